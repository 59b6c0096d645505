"""A worker that catches every exception and answers success, as task queues on StateFun do.

tasks/worker takes JSON: {"seconds": s} holds its call, {"fail": true} raises, {"ask": true} replies
with what its state and this process have counted.
"""
import argparse
import asyncio

from aiohttp import web
from statefun import RequestReplyHandler, StatefulFunctions, ValueSpec, make_json_type
from statefun import message_builder

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
        reply = {**counts, "calls": calls}
        context.send(message_builder(
            context.caller.typename, context.caller.id, value=reply, value_type=COUNTS
        ))


async def application():
    handler = RequestReplyHandler(functions)

    async def handle(request):
        global calls
        calls += 1
        answer = await handler.handle_async(await request.read())
        return web.Response(body=answer, content_type="application/octet-stream")

    app = web.Application(client_max_size=100 << 20)
    app.add_routes([web.post("/{path:.*}", handle)])
    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    web.run_app(application(), host="127.0.0.1", port=parser.parse_args().port)
