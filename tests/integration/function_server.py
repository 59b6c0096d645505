"""The frame of these tests' function servers: aiohttp on one port, with /statefun and doors to it."""
import argparse

from aiohttp import web
from statefun import RequestReplyHandler

BODY_BYTES_MAX = 64 * 1024 * 1024


def octets(body):
    """An answer as the protocol wants it."""
    return web.Response(body=body, content_type="application/octet-stream")


def of_sdk(functions):
    """What serves functions of the official SDK, and does nothing else."""
    handler = RequestReplyHandler(functions)

    async def statefun(request):
        return octets(await handler.handle_async(await request.read()))

    return statefun


def application(statefun, *, control=None, shown=None, body_bytes_max=BODY_BYTES_MAX):
    """`control(order)` takes what is posted to /control; `shown`: what GETs of a path answer."""
    app = web.Application(client_max_size=body_bytes_max)
    app.add_routes([web.post("/statefun", statefun)])

    async def take_order(request):
        control(await request.json())
        return web.json_response({})

    def door(value):
        async def show(_):
            return web.json_response(value)

        return show

    if control:
        app.add_routes([web.post("/control", take_order)])
    for path, value in (shown or {}).items():
        app.add_routes([web.get(path, door(value))])
    return app


def run(statefun, **how):
    """Serves until it is told to end. `how`: see application()."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    web.run_app(application(statefun, **how), host="127.0.0.1", port=parser.parse_args().port)
