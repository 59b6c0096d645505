"""Functions for the tests of delayed messages, on the official SDK.

  timers/sender   {"steps": [...]}: in their order, {"arm": text, "ms": delay, "to": id, "token": t}
                  sends the text to timers/target later, {"cancel": t} cancels; replies {}
  timers/target   notes each text that is sent to it, and by whom; {"query": true} replies
                  {"notes": [[text, sender], ...]}
"""
import argparse
from datetime import timedelta

from aiohttp import web
from statefun import (
    RequestReplyHandler,
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


handler = RequestReplyHandler(functions)


async def statefun(request):
    answer = await handler.handle_async(await request.read())
    return web.Response(body=answer, content_type="application/octet-stream")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.add_routes([web.post("/statefun", statefun)])
    web.run_app(app, host="127.0.0.1", port=parser.parse_args().port)
