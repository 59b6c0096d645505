"""Functions for the tests of delayed messages, on the official SDK.

  timers/sender   {"steps": [...]}: in their order, {"arm": text, "ms": delay, "to": id, "token": t}
                  sends the text to timers/target later, {"cancel": t} cancels; replies {}
  timers/target   notes each text that is sent to it, and by whom; {"query": true} replies
                  {"notes": [[text, sender], ...]}
"""
from datetime import timedelta

from function_server import of_sdk, run
from statefun import (
    StatefulFunctions,
    ValueSpec,
    make_json_type,
    message_builder,
)

ORDER = make_json_type("timers/Order")
NOTES = make_json_type("timers/Notes")

functions = StatefulFunctions()


def is_call(context):
    return context.caller is not None and context.caller.typename == "io.statefun.gateway/call"


def reply(context, value):
    if is_call(context):
        caller = context.caller
        context.send(message_builder(caller.typename, caller.id, value=value, value_type=ORDER))


@functions.bind("timers/sender")
def sender(context, message):
    for step in message.as_type(ORDER)["steps"]:
        if "cancel" in step:
            context.cancel_delayed_message(step["cancel"])
            continue
        note = message_builder(
            "timers/target", step["to"], value={"text": step["arm"]}, value_type=ORDER
        )
        context.send_after(timedelta(milliseconds=step["ms"]), note, step.get("token", ""))
    reply(context, {})


@functions.bind("timers/target", specs=[ValueSpec("notes", NOTES)])
def target(context, message):
    order = message.as_type(ORDER)
    notes = context.storage.notes or []
    if "query" in order:
        reply(context, {"notes": notes})
        return
    notes.append([order["text"], context.caller.id if context.caller else ""])
    context.storage.notes = notes


if __name__ == "__main__":
    run(of_sdk(functions))
