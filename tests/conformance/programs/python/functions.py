"""The conformance functions on the official Python SDK; programs/README.md says what they do."""
import argparse
import os
from collections import Counter
from datetime import timedelta

from aiohttp import web
from statefun import (
    BoolType,
    DoubleType,
    FloatType,
    IntType,
    LongType,
    RequestReplyHandler,
    StatefulFunctions,
    StringType,
    ValueSpec,
    egress_message_builder,
    kafka_egress_message,
    make_json_type,
    message_builder,
    simple_type,
)

import smoke

ORDER = make_json_type("conformance/Order")
REPORT = make_json_type("conformance/Report")
GREET_REQUEST = make_json_type("conformance/GreetRequest")
EGRESS_RECORD = make_json_type("io.statefun.playground/EgressRecord")
PLAYGROUND = "io.statefun.playground/egress"
# Of Kafka, for the greeter; without it greetings go to the playground.
GREETINGS = os.environ.get("GREETINGS_EGRESS")
POINT = simple_type(
    "conformance/Point",
    lambda point: "{},{}".format(*point).encode(),
    lambda raw: tuple(int(part) for part in bytes(raw).decode().split(",")),
)
JSON = make_json_type("conformance/Json")
PRIMITIVES = {
    t.typename: t for t in (BoolType, IntType, LongType, FloatType, DoubleType, StringType)
}

PROBE_STATES = [
    ValueSpec("count", IntType),
    ValueSpec("a_bool", BoolType),
    ValueSpec("an_int", IntType),
    ValueSpec("a_long", LongType),
    ValueSpec("a_float", FloatType),
    ValueSpec("a_double", DoubleType),
    ValueSpec("a_string", StringType),
    ValueSpec("a_json", JSON),
    ValueSpec("a_point", POINT),
]
# A newer version of the program declares one more.
PROBE_STATES += [ValueSpec(name, IntType) for name in os.environ.get("EXTRA_STATE", "").split()]
TTL = timedelta(milliseconds=int(os.environ.get("TTL_MS", "1000")))
FLEETING_STATES = [
    ValueSpec("kept", IntType),
    ValueSpec("written", IntType, expire_after_write=TTL),
    ValueSpec("called", IntType, expire_after_call=TTL),
]

functions = StatefulFunctions()
failures = Counter()


def emit(context, topic, payload, egress=PLAYGROUND):
    record = {"topic": topic, "payload": payload}
    context.send_egress(egress_message_builder(egress, record, EGRESS_RECORD))


def order_to(target, value):
    return message_builder(target[0], target[1], value=value, value_type=ORDER)


class Turn:
    """One order, for one of the functions that carry out steps."""

    def __init__(self, context, message, specs):
        self.context = context
        self.order = message.as_type(ORDER)
        self.types = {spec.name: spec.type for spec in specs}
        caller = context.caller
        self.caller = [caller.typename, caller.id] if caller else None
        self.reply_to = self.order.get("reply_to") or self.caller

    def run(self):
        for step in self.order["steps"]:
            getattr(self, "do_" + step["do"])(step)

    def do_set(self, step):
        name, value = step["state"], step["value"]
        if self.types[name] is LongType:
            value = int(value)
        elif self.types[name] is POINT:
            value = tuple(int(part) for part in value.split(","))
        setattr(self.context.storage, name, value)

    def do_delete(self, step):
        delattr(self.context.storage, step["state"])

    def do_count(self, step):
        storage, name = self.context.storage, step["state"]
        setattr(storage, name, (getattr(storage, name) or 0) + 1)

    def _forwarded(self, step):
        me = self.context.address
        trail = self.order.get("trail", []) + [me.typename]
        return {**step["order"], "reply_to": self.reply_to, "trail": trail}

    def do_send(self, step):
        self.context.send(order_to(step["to"], self._forwarded(step)))

    def do_after(self, step):
        delay = timedelta(milliseconds=step["delay_ms"])
        message = order_to(step["to"], self._forwarded(step))
        self.context.send_after(delay, message, step.get("token", ""))

    def do_cancel(self, step):
        self.context.cancel_delayed_message(step["token"])

    def do_emit(self, step):
        emit(self.context, step["topic"], step["payload"], step.get("egress", PLAYGROUND))

    def do_kafka(self, step):
        self.context.send_egress(
            kafka_egress_message(
                step["egress"], step["topic"], value=step["value"], key=step["key"]
            )
        )

    def do_report(self, step):
        storage = self.context.storage
        states = {}
        for name, kind in self.types.items():
            value = getattr(storage, name)
            if value is not None and kind is LongType:
                value = str(value)
            elif value is not None and kind is POINT:
                value = "{},{}".format(*value)
            states[name] = value
        me = self.context.address
        report = {
            "me": [me.typename, me.id],
            "caller": self.caller,
            "trail": self.order.get("trail", []),
            "states": states,
        }
        if "topic" in step:
            emit(self.context, step["topic"], REPORT.serializer().serialize(report).decode())
        elif self.reply_to:
            self.context.send(
                message_builder(*self.reply_to, value=report, value_type=REPORT)
            )

    def do_fail(self, step):
        failures[step["key"]] += 1
        if step["times"] < 0 or failures[step["key"]] <= step["times"]:
            raise RuntimeError(f"told to fail: {step['key']}")


@functions.bind("python/probe", specs=PROBE_STATES)
def probe(context, message):
    Turn(context, message, PROBE_STATES).run()


@functions.bind("python/fleeting", specs=FLEETING_STATES)
def fleeting(context, message):
    Turn(context, message, FLEETING_STATES).run()


@functions.bind("python/plain")
def plain(context, message):
    Turn(context, message, []).run()


@functions.bind("python/mirror")
def mirror(context, message):
    typename = message.value_typename()
    kind = PRIMITIVES.get(typename) or {"conformance/Json": JSON, "conformance/Point": POINT}.get(
        typename, simple_type(typename, bytes, bytes)
    )
    caller = context.caller
    value = message.as_type(kind)
    context.send(message_builder(caller.typename, caller.id, value=value, value_type=kind))


@functions.bind("python/person", specs=[ValueSpec("visits", IntType)])
async def person(context, message):
    visits = (context.storage.visits or 0) + 1
    context.storage.visits = visits
    request = {**message.as_type(GREET_REQUEST), "visits": visits}
    context.send(
        message_builder(
            "python/greeter", request["name"], value=request, value_type=GREET_REQUEST
        )
    )


@functions.bind("python/greeter")
async def greeter(context, message):
    request = message.as_type(GREET_REQUEST)
    name, visits = request["name"], request["visits"]
    text = f"Welcome, {name}!" if visits == 1 else f"Visit number {visits}, {name}."
    if GREETINGS:
        context.send_egress(kafka_egress_message(GREETINGS, "greetings", value=text, key=name))
    else:
        emit(context, "greetings", text)


smoke.bind(functions)


async def application():
    handler = RequestReplyHandler(functions)

    async def handle(request):
        answer = await handler.handle_async(await request.read())
        return web.Response(body=answer, content_type="application/octet-stream")

    app = web.Application(**({} if "OWN_LIMIT" in os.environ else {"client_max_size": 64 << 20}))
    app.add_routes([web.post("/{path:.*}", handle)])
    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    web.run_app(application(), host="127.0.0.1", port=parser.parse_args().port)
