"""Functions that show what the runtime hands them, on the official SDK.

  conformance/states   one state of each built-in type and one of JSON: set, get, delete
  conformance/caller   replies with who sent the message; {"to"} makes it send one itself
  conformance/steps    sends messages to itself, and emits a record for each
  conformance/echo     replies with the very bytes and type it was given
  conformance/text     replies to a string with a string
  conformance/partial  changes its state and then raises an exception, the first time

GET /requests lists every request, decoded.
"""
import argparse

from aiohttp import web
from statefun import (
    BoolType,
    DoubleType,
    FloatType,
    IntType,
    LongType,
    RequestReplyHandler,
    StatefulFunctions,
    StringType,
    ValueSpec,
    egress_message_builder,
    make_json_type,
    message_builder,
)
from statefun.messages import Message
from statefun.request_reply_pb2 import ToFunction

JSON = make_json_type("conformance/Json")
EGRESS_RECORD = make_json_type("io.statefun.playground/EgressRecord")
STATES = {
    "a_bool": BoolType,
    "an_int": IntType,
    "a_long": LongType,
    "a_float": FloatType,
    "a_double": DoubleType,
    "a_string": StringType,
    "a_json": JSON,
}

functions = StatefulFunctions()


def reply(context, value, value_type=JSON):
    if context.caller is not None:
        context.send(
            message_builder(
                context.caller.typename, context.caller.id, value=value, value_type=value_type
            )
        )


def emit(context, payload):
    record = {"topic": "records", "payload": payload}
    context.send_egress(
        egress_message_builder("io.statefun.playground/egress", record, EGRESS_RECORD)
    )


@functions.bind("conformance/states", specs=[ValueSpec(n, t) for n, t in STATES.items()])
def states(context, message):
    order = message.as_type(JSON)
    for name, value in order.get("set", {}).items():
        setattr(context.storage, name, value)
    for name in order.get("delete", []):
        delattr(context.storage, name)
    reply(context, {name: getattr(context.storage, name) for name in STATES})


@functions.bind("conformance/caller")
def caller(context, message):
    order = message.as_type(JSON)
    sender = context.caller
    emit(context, f"{context.address.id} from {sender and f'{sender.typename}/{sender.id}'}")
    if "to" in order:
        context.send(
            message_builder("conformance/caller", order["to"], value={}, value_type=JSON)
        )


@functions.bind("conformance/steps", specs=[ValueSpec("steps", IntType)])
def steps(context, message):
    left = message.as_type(JSON)["left"]
    context.storage.steps = (context.storage.steps or 0) + 1
    emit(context, f"step {context.storage.steps}, {left} left")
    if left:
        me = context.address
        context.send(
            message_builder(me.typename, me.id, value={"left": left - 1}, value_type=JSON)
        )


@functions.bind("conformance/echo")
def echo(context, message):
    context.send(Message(context.caller.typename, context.caller.id, message.typed_value))


@functions.bind("conformance/text")
def text(context, message):
    reply(context, f"you said: {message.as_string()}", StringType)


@functions.bind("conformance/partial", specs=[ValueSpec("count", IntType)])
def partial(context, message):
    context.storage.count = (context.storage.count or 0) + 1
    emit(context, f"count {context.storage.count}")
    reply(context, {"count": context.storage.count})
    if not partial.has_failed:
        partial.has_failed = True
        raise RuntimeError("after the state was changed")


partial.has_failed = False


def decoded(body):
    batch = ToFunction.FromString(body).invocation
    return {
        "target": f"{batch.target.namespace}/{batch.target.type}/{batch.target.id}",
        "states": {s.state_name: s.HasField("state_value") for s in batch.state},
        "messages": [
            {"caller": i.HasField("caller"), "type": i.argument.typename,
             "has_value": i.argument.has_value, "value": i.argument.value.hex()}
            for i in batch.invocations
        ],
    }


async def application():
    handler = RequestReplyHandler(functions)
    requests = []

    async def statefun(request):
        assert request.content_type == "application/octet-stream", request.content_type
        assert request.content_length is not None
        body = await request.read()
        requests.append(decoded(body))
        answer = await handler.handle_async(body)
        return web.Response(body=answer, content_type="application/octet-stream")

    async def listed(request):
        return web.json_response(requests)

    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.add_routes([web.post("/statefun", statefun), web.get("/requests", listed)])
    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    web.run_app(application(), host="127.0.0.1", port=parser.parse_args().port)
