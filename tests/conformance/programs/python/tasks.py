"""A worker that catches every exception and answers success, as task queues on StateFun do.

tasks/worker takes JSON: {"seconds": s} holds its call, {"fail": true} raises, {"ask": true} replies
with what its state and this process have counted, and who this process is.

With --workers it is served by so many processes of uvicorn, else by aiohttp.
"""
import argparse
import asyncio
import os

import uvicorn
from aiohttp import web
from statefun import RequestReplyHandler, StatefulFunctions, ValueSpec, make_json_type
from statefun import message_builder

from asgi import asgi_of

TASK = make_json_type("tasks/Task")
COUNTS = make_json_type("tasks/Counts")
functions = StatefulFunctions()
calls = 0


@functions.bind("tasks/worker", specs=[ValueSpec("counts", COUNTS)])
async def worker(context, message):
    counts = context.storage.counts or {"done": 0, "failed": 0}
    task = message.as_type(TASK)
    try:
        await asyncio.sleep(task.get("seconds", 0))
        if task.get("fail"):
            raise ValueError("the task fails")
        counts["done"] += 1
    except Exception:
        counts["failed"] += 1
    context.storage.counts = counts
    if task.get("ask"):
        reply = {**counts, "calls": calls, "pid": os.getpid()}
        context.send(message_builder(
            context.caller.typename, context.caller.id, value=reply, value_type=COUNTS
        ))


handler = RequestReplyHandler(functions)


async def answer_to(body):
    global calls
    calls += 1
    return await handler.handle_async(body)


asgi_app = asgi_of(answer_to)


async def application():
    async def handle(request):
        answer = await answer_to(await request.read())
        return web.Response(body=answer, content_type="application/octet-stream")

    app = web.Application(client_max_size=100 << 20)
    app.add_routes([web.post("/{path:.*}", handle)])
    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int)
    arguments = parser.parse_args()
    where = {"host": "127.0.0.1", "port": arguments.port}
    if arguments.workers:
        uvicorn.run("tasks:asgi_app", workers=arguments.workers, log_level="warning", **where)
    else:
        web.run_app(application(), **where)
