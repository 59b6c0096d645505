"""Functions with large states, messages and replies, for the tests of memory.

  test/keeper   keeps a state of {"bytes"} bytes, counts its messages; replies {"count", "bytes"}
  test/echo     replies what it is sent
  test/spray    sends {"messages"} messages of {"bytes"} bytes to as many of test/sink
  test/sink     takes them
  test/poster   posts what it is sent to test/echo through the gateway's own API, then replies that
"""
import http.client
import os

from function_server import octets, run
from statefun import (
    IntType,
    RequestReplyHandler,
    StatefulFunctions,
    ValueSpec,
    make_json_type,
    message_builder,
    simple_type,
)

BLOB = simple_type("test/Blob", lambda value: value, bytes)
ORDER = make_json_type("test/Order")
functions = StatefulFunctions()


def reply(context, value, value_type):
    caller = context.caller
    if caller is not None:
        context.send(
            message_builder(caller.typename, caller.id, value=value, value_type=value_type)
        )


@functions.bind("test/keeper", specs=[ValueSpec("kept", BLOB), ValueSpec("count", IntType)])
def keeper(context, message):
    context.storage.kept = os.urandom(64) * (message.as_type(ORDER)["bytes"] // 64)
    context.storage.count = (context.storage.count or 0) + 1
    state = {"count": context.storage.count, "bytes": len(context.storage.kept)}
    reply(context, state, ORDER)


@functions.bind("test/spray")
def spray(context, message):
    order = message.as_type(ORDER)
    blob = bytes(order["bytes"])
    for n in range(order["messages"]):
        context.send(message_builder("test/sink", f"s{n}", value=blob, value_type=BLOB))


@functions.bind("test/sink")
def sink(context, message):
    pass


@functions.bind("test/echo")
def echo(context, message):
    reply(context, message.as_type(BLOB), BLOB)


@functions.bind("test/poster")
def poster(context, message):
    status = 503
    while status == 503:  # The commit queue is half full: a moment.
        gateway = http.client.HTTPConnection("127.0.0.1", int(context.address.id), timeout=60)
        gateway.request(
            "POST", "/v1/send/test/echo/posted", message.as_type(BLOB),
            {"Content-Type": "application/vnd.test/Blob"},
        )
        status = gateway.getresponse().status
        gateway.close()
    reply(context, {"status": status}, ORDER)


handler = RequestReplyHandler(functions)


async def statefun(request):
    body = await request.read()
    # A thread of its own: test/poster waits for the gateway.
    return octets(await request.app.loop.run_in_executor(None, handler.handle_sync, body))


if __name__ == "__main__":
    run(statefun, body_bytes_max=128 * 1024 * 1024)
