"""Functions for the tests with Kafka, on the official SDK.

  k/emit     {"topic": t, "count": n, "bytes": b}: n records to the egress k/out, their key the
             entity's id or "key", their values {"n": 1}, {"n": 2}, ... (over all messages), of
             b bytes
  k/echo     any bytes from a topic: counts them, and sends {"seen": n, "value": text} with the key
             of its id to the topic "out", or $ECHO_TOPIC
"""
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from function_server import of_sdk, run  # noqa: E402
from statefun import (  # noqa: E402
    IntType,
    StatefulFunctions,
    ValueSpec,
    kafka_egress_message,
    make_json_type,
)

ORDER = make_json_type("k/Order")
EGRESS = "k/out"
ECHO = os.environ.get("ECHO_TOPIC", "out")

functions = StatefulFunctions()


@functions.bind("k/emit", specs=[ValueSpec("n", IntType)])
def emit(context, message):
    order = message.as_type(ORDER)
    n = context.storage.n or 0
    key = order.get("key", context.address.id)
    for _ in range(order.get("count", 1)):
        n += 1
        value = json.dumps({"n": n}).ljust(order.get("bytes", 0))
        context.send_egress(
            kafka_egress_message(
                typename=EGRESS, topic=order["topic"], key=key, value=value
            )
        )
    context.storage.n = n


@functions.bind("k/echo", specs=[ValueSpec("seen", IntType)])
def echo(context, message):
    seen = (context.storage.seen or 0) + 1
    context.storage.seen = seen
    value = json.dumps({"seen": seen, "value": message.raw_value().decode()})
    context.send_egress(
        kafka_egress_message(typename=EGRESS, topic=ECHO, key=context.address.id, value=value)
    )


if __name__ == "__main__":
    run(of_sdk(functions))
