"""Greeter: the first program of StateFun's playground, on the playground's doors.

A message for `example/person` is counted there and passed on to `example/greeter`, which composes a
greeting that fits the number of visits and emits it to the topic `greetings`. Nothing here knows of
the gateway; the same file runs on Flink.
"""
import argparse

from aiohttp import web
from statefun import (
    Context,
    IntType,
    Message,
    RequestReplyHandler,
    StatefulFunctions,
    ValueSpec,
    egress_message_builder,
    make_json_type,
    message_builder,
)

GREET_REQUEST = make_json_type(typename="example/GreetRequest")
EGRESS_RECORD = make_json_type(typename="io.statefun.playground/EgressRecord")

functions = StatefulFunctions()


@functions.bind(typename="example/person", specs=[ValueSpec(name="visits", type=IntType)])
async def person(context: Context, message: Message):
    visits = (context.storage.visits or 0) + 1
    context.storage.visits = visits

    request = message.as_type(GREET_REQUEST)
    request["visits"] = visits
    context.send(
        message_builder(
            target_typename="example/greeter",
            target_id=request["name"],
            value=request,
            value_type=GREET_REQUEST,
        )
    )


@functions.bind(typename="example/greeter")
async def greeter(context: Context, message: Message):
    request = message.as_type(GREET_REQUEST)
    record = {"topic": "greetings", "payload": greeting(request["name"], request["visits"])}
    context.send_egress(
        egress_message_builder(
            target_typename="io.statefun.playground/egress",
            value=record,
            value_type=EGRESS_RECORD,
        )
    )


def greeting(name: str, visits: int) -> str:
    if visits == 1:
        return f"Welcome, {name}!"
    if visits == 2:
        return f"Nice to see you again, {name}."
    return f"Visit number {visits}, {name}: you must like it here."


async def handle(request: web.Request) -> web.Response:
    answer = await RequestReplyHandler(functions).handle_async(await request.read())
    return web.Response(body=answer, content_type="application/octet-stream")


app = web.Application()
app.add_routes([web.post("/statefun", handle)])

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8000)
    web.run_app(app, host="127.0.0.1", port=parser.parse_args().port)
