"""Functions for the end-to-end tests, on the official SDK, with a door to control them.

  test/counter   adds {"n"} to its state and replies {"count", "calls"}; {"emit"} emits a record
  test/sequence  notes whether {"n"} arrives as 1, 2, 3, ...; replies {"next", "in_order"}
  test/held      like test/counter, but its calls wait until they are released
  test/relay     sends {"n"} on to test/counter {"to"}, or to the type {"type"}
  test/mute      never replies
  test/later     counts and sends a delayed message

POST /control {"fail": 3}         the next three calls are answered with 500
POST /control {"hold": true}      calls of test/held wait (or stop waiting)
GET  /calls                       [[type, id, number of messages], ...] of all calls so far
"""
import asyncio
from datetime import timedelta

from aiohttp import web
from function_server import octets, run
from statefun import (
    LongType,
    RequestReplyHandler,
    StatefulFunctions,
    ValueSpec,
    egress_message_builder,
    make_json_type,
    message_builder,
)
from statefun.request_reply_pb2 import ToFunction

ADD = make_json_type("test/Add")
COUNT = make_json_type("test/Count")
EGRESS_RECORD = make_json_type("io.statefun.playground/EgressRecord")

functions = StatefulFunctions()


def reply(context, value):
    """To a call; functions here want no replies of each other."""
    if context.caller is not None and not context.caller.typename.startswith("test/"):
        context.send(
            message_builder(
                context.caller.typename, context.caller.id, value=value, value_type=COUNT
            )
        )


def count(context, message):
    add = message.as_type(ADD)
    context.storage.count = (context.storage.count or 0) + add["n"]
    context.storage.calls = (context.storage.calls or 0) + 1
    reply(context, {"count": context.storage.count, "calls": context.storage.calls})
    if add.get("emit"):
        record = {"topic": "records", "payload": f"{context.address.id}={context.storage.count}"}
        context.send_egress(
            egress_message_builder("io.statefun.playground/egress", record, EGRESS_RECORD)
        )


COUNTS = [ValueSpec("count", LongType), ValueSpec("calls", LongType)]
SEQUENCE = [ValueSpec("next", LongType), ValueSpec("in_order", LongType)]


@functions.bind("test/counter", specs=COUNTS)
def counter(context, message):
    count(context, message)


@functions.bind("test/held", specs=COUNTS)
def held(context, message):
    count(context, message)


@functions.bind("test/sequence", specs=SEQUENCE)
def sequence(context, message):
    n = message.as_type(ADD)["n"]
    expected = context.storage.next or 1
    if n == expected:
        context.storage.in_order = (context.storage.in_order or 0) + 1
    if n > 0:
        context.storage.next = expected + 1
    reply(context, {"next": context.storage.next, "in_order": context.storage.in_order})


@functions.bind("test/relay")
def relay(context, message):
    order = message.as_type(ADD)
    context.send(
        message_builder(
            order.get("type", "test/counter"), order["to"], value={"n": order["n"]}, value_type=ADD
        )
    )


@functions.bind("test/mute")
def mute(context, message):
    pass


@functions.bind("test/later", specs=COUNTS)
def later(context, message):
    count(context, message)
    again = message_builder("test/counter", "later", value={"n": 1}, value_type=ADD)
    context.send_after(timedelta(milliseconds=1), again)


class Server:
    def __init__(self):
        self._handler = RequestReplyHandler(functions)
        self._to_fail = 0
        self._released = asyncio.Event()
        self._released.set()
        self.calls = []

    async def statefun(self, request):
        body = await request.read()
        batch = ToFunction.FromString(body).invocation
        self.calls.append([batch.target.type, batch.target.id, len(batch.invocations)])
        if self._to_fail > 0:
            self._to_fail -= 1
            return web.Response(status=500, text="told to fail")
        if batch.target.type == "held":
            await self._released.wait()
        return octets(await self._handler.handle_async(body))

    def control(self, order):
        self._to_fail = order.get("fail", self._to_fail)
        if "hold" in order:
            self._released.clear() if order["hold"] else self._released.set()


if __name__ == "__main__":
    server = Server()
    run(server.statefun, control=server.control, shown={"/calls": server.calls})
