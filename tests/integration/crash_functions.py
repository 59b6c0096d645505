"""The function of the crash test: counts each message, emits a record, sends the message on."""
import json

from function_server import of_sdk, run
from statefun import (
    LongType,
    StatefulFunctions,
    ValueSpec,
    egress_message_builder,
    make_json_type,
    message_builder,
)

from crash_model import Hop, children, topic_of

HOP = make_json_type("crash/Hop")
QUERY = "crash/Query"
COUNT = make_json_type("crash/Count")
EGRESS_RECORD = make_json_type("io.statefun.playground/EgressRecord")

functions = StatefulFunctions()


def reply(context, value):
    if context.caller is not None and context.caller.typename != "crash/node":
        context.send(
            message_builder(
                context.caller.typename, context.caller.id, value=value, value_type=COUNT
            )
        )


@functions.bind("crash/node", specs=[ValueSpec("received", LongType)])
def node(context, message):
    received = context.storage.received or 0
    if message.value_typename() == QUERY:
        reply(context, {"n": received})
        return
    body = message.as_type(HOP)
    hop = Hop(body["root"], body["path"], body["hops"])
    received += 1
    context.storage.received = received
    me = context.address.id
    reply(context, {"n": received, "root": hop.root})
    payload = json.dumps([me, received, hop.root, hop.path, body["sender"], body["sender_n"]])
    record = {"topic": topic_of(me), "payload": payload}
    context.send_egress(
        egress_message_builder("io.statefun.playground/egress", record, EGRESS_RECORD)
    )
    for target, child in children(hop):
        context.send(
            message_builder(
                "crash/node", target, value=child.as_json(me, received), value_type=HOP
            )
        )


if __name__ == "__main__":
    run(of_sdk(functions))
