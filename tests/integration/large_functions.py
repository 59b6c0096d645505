"""Functions with large states, messages and replies, for the tests of memory.

  test/keeper   keeps a state of {"bytes"} bytes, counts its messages; replies {"count", "bytes"}
  test/echo     replies what it is sent
  test/poster   posts what it is sent to test/echo through the gateway's own API, then replies that
"""
import argparse
import http.client
import os

from aiohttp import web
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
    loop = request.app.loop
    answer = await loop.run_in_executor(None, handler.handle_sync, body)
    return web.Response(body=answer, content_type="application/octet-stream")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    app = web.Application(client_max_size=128 * 1024 * 1024)
    app.add_routes([web.post("/statefun", statefun)])
    web.run_app(app, host="127.0.0.1", port=parser.parse_args().port)
