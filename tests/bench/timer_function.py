"""The functions of timers.py: as little work as possible, so that the gateway is what is measured.

  /arm    answers with PER_TURN delayed messages to timers/sink, due at --due (Unix seconds)
  /sink   takes messages and answers nothing
"""
import argparse
import socket
import time

from aiohttp import web
from statefun.request_reply_pb2 import FromFunction

PER_TURN = 2_000
SINKS = 2_000
EMPTY = FromFunction(invocation_result=FromFunction.InvocationResponse()).SerializeToString()


def armed(due):
    response = FromFunction()
    delay_ms = max(0, int((due - time.time()) * 1000))
    for n in range(PER_TURN):
        one = response.invocation_result.delayed_invocations.add()
        one.delay_in_ms = delay_ms + n % 1000
        one.target.namespace, one.target.type, one.target.id = "timers", "sink", f"k{n % SINKS}"
        one.argument.typename, one.argument.has_value = "timers/Note", True
        one.argument.value = b"x" * 50
    return response.SerializeToString()


def application(due):
    async def arm(request):
        await request.read()
        return web.Response(body=armed(due), content_type="application/octet-stream")

    async def sink(request):
        await request.read()
        return web.Response(body=EMPTY, content_type="application/octet-stream")

    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.add_routes([web.post("/arm", arm), web.post("/sink", sink)])
    return app


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--due", type=float, required=True)
    arguments = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    web.run_app(application(arguments.due), sock=listener, print=None, access_log=None)


if __name__ == "__main__":
    main()
