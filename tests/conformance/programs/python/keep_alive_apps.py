"""One counting function for Python's servers: `flask_app` for WSGI, `asgi_app` for ASGI, or run by itself.

  python keep_alive_apps.py --server aiohttp|flask|gunicorn|uvicorn --port N

Each server runs with its default settings, as its own documentation starts it. gunicorn's default
worker keeps no connection, so it runs with threads, which keep one for two seconds.
"""
import argparse
import os
import sys

import flask
from aiohttp import web
from statefun import IntType, RequestReplyHandler, StatefulFunctions, ValueSpec, make_json_type
from statefun import message_builder

from asgi import asgi_of

REPORT = make_json_type("conformance/Report")
OCTETS = "application/octet-stream"
functions = StatefulFunctions()


@functions.bind("python/probe", specs=[ValueSpec("count", IntType)])
def probe(context, message):
    context.storage.count = (context.storage.count or 0) + 1
    report = {"states": {"count": context.storage.count}}
    context.send(message_builder(
        context.caller.typename, context.caller.id, value=report, value_type=REPORT
    ))


handler = RequestReplyHandler(functions)
flask_app = flask.Flask(__name__)


@flask_app.get("/")
def root():
    return ""


@flask_app.post("/<path:_>")
def handle_sync(_):
    return flask.Response(handler.handle_sync(flask.request.data), mimetype=OCTETS)


asgi_app = asgi_of(handler.handle_async)


async def handle_aiohttp(request):
    answer = await handler.handle_async(await request.read())
    return web.Response(body=answer, content_type=OCTETS)


def serve(server, port):
    if server == "aiohttp":
        app = web.Application()
        app.add_routes([web.post("/{path:.*}", handle_aiohttp)])
        web.run_app(app, host="127.0.0.1", port=port)
    elif server == "flask":
        flask_app.run(host="127.0.0.1", port=port)
    else:
        module = ["-m", server]
        what = {
            "gunicorn": ["--threads", "8", "--bind", f"127.0.0.1:{port}", "keep_alive_apps:flask_app"],
            "uvicorn": ["--host", "127.0.0.1", "--port", str(port), "keep_alive_apps:asgi_app"],
        }[server]
        here = os.path.dirname(os.path.abspath(__file__))
        environment = {**os.environ, "PYTHONPATH": here}
        os.execve(sys.executable, [sys.executable, "-B", *module, *what], environment)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    serve(arguments.server, arguments.port)
