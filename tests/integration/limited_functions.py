"""A function server that takes ten calls at a time and answers the others with 429.

  test/counter   counts its messages

GET /seen   {"refused", "most", "early", "counts"}: calls that were refused, the most that were
            taken at a time, calls that came before their Retry-After was over, the counts
"""
import asyncio
import time

from aiohttp import web
from function_server import octets, run
from statefun import IntType, RequestReplyHandler, StatefulFunctions, ValueSpec
from statefun.request_reply_pb2 import ToFunction

PARALLEL = 10
SERVICE_S = 0.02
RETRY_AFTER_S = 2
functions = StatefulFunctions()
seen = {"refused": 0, "most": 0, "early": 0, "counts": {}}
not_before = {}
running = 0


@functions.bind("test/counter", specs=[ValueSpec("count", IntType)])
def counter(context, message):
    context.storage.count = (context.storage.count or 0) + 1
    seen["counts"][context.address.id] = context.storage.count


handler = RequestReplyHandler(functions)


async def statefun(request):
    global running
    body = await request.read()
    entity = ToFunction.FromString(body).invocation.target.id
    seen["early"] += time.monotonic() < not_before.get(entity, 0)
    if running == PARALLEL:
        seen["refused"] += 1
        not_before[entity] = time.monotonic() + RETRY_AFTER_S
        return web.Response(status=429, headers={"Retry-After": str(RETRY_AFTER_S)})
    running += 1
    seen["most"] = max(seen["most"], running)
    try:
        await asyncio.sleep(SERVICE_S)
        answer = await handler.handle_async(body)
    finally:
        running -= 1
    return octets(answer)


if __name__ == "__main__":
    run(statefun, shown={"/seen": seen})
