"""A broker, a gateway and functions for the tests with Kafka; readers and writers of topics."""
import http.client
import json
import pathlib
import random
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "integration"))

from broker import Broker  # noqa: E402
from client import Client  # noqa: E402
from confluent_kafka import Consumer, Producer, TopicPartition  # noqa: E402
from polling import wait_until  # noqa: E402
from processes import Functions, Gateway  # noqa: E402

QUIET = {"log_level": 0}
READ_S = 60


def endpoint(url, namespace):
    return (
        f"kind: io.statefun.endpoints.v2/http\nspec:\n  functions: {namespace}/*\n"
        f"  urlPathTemplate: {url}/statefun\n"
    )


def egress(address, semantic, extra="", timeout="1min", name="k/out"):
    timeout = f"\n    transactionTimeout: {timeout}" if semantic == "exactly-once" else ""
    return (
        f"kind: io.statefun.kafka.v1/egress\nspec:\n  id: {name}\n"
        f"  address: {address}\n  deliverySemantic:\n    type: {semantic}{timeout}\n{extra}"
    )


def ingress(address, topics, group="tests", start="earliest", name="k/in", extra="",
            value_type="k/text"):
    """`topics` are {topic: target}. `extra`: further lines of the spec."""
    listed = "".join(
        f"    - {{topic: {topic}, valueType: {value_type}, targets: [{target}]}}\n"
        for topic, target in topics.items()
    )
    return (
        f"kind: io.statefun.kafka.v1/ingress\nspec:\n  id: {name}\n  address: {address}\n"
        f"  consumerGroupId: {group}\n  startupPosition: {{type: {start}}}\n"
        f"  topics:\n{listed}{extra}"
    )


class Writer:
    """Writes records, each acknowledged by the broker."""

    def __init__(self, broker, **more):
        self._producer = Producer({
            **broker.client, **QUIET, "enable.idempotence": True,
            "partitioner": "murmur2_random", **more,
        })
        self._errors = []

    def write(self, topic, key, value, **more):
        self._producer.produce(
            topic, key=key, value=value, on_delivery=self._delivered, **more
        )
        self._producer.poll(0)

    def _delivered(self, error, _):
        if error is not None:
            self._errors.append(error)

    def flush(self):
        left = self._producer.flush(READ_S)
        assert left == 0 and not self._errors, f"{left} are not written: {self._errors[:3]}"


class Reader:
    """What a consumer sees of a topic, from its beginning."""

    def __init__(self, broker, topic, partitions=1, isolation="read_committed"):
        self._consumer = Consumer({
            **broker.client, **QUIET, "group.id": "test-reader", "enable.auto.commit": False,
            "isolation.level": isolation, "auto.offset.reset": "earliest",
        })
        self._consumer.assign([TopicPartition(topic, p, 0) for p in range(partitions)])
        self.records = []  # (key, value, partition), as they came.

    def read(self, enough, deadline_s=READ_S):
        """Reads until `enough(records)`; fails after the deadline."""
        deadline = time.monotonic() + deadline_s
        while not enough(self.records):
            message = self._consumer.poll(0.2)
            if message is not None and message.error() is None:
                self.records.append((message.key(), message.value(), message.partition()))
            if time.monotonic() > deadline:
                raise AssertionError(f"only {len(self.records)} records within {deadline_s} s")
        return self.records

    def read_more(self, seconds):
        """What else comes within so long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            message = self._consumer.poll(0.1)
            if message is not None and message.error() is None:
                self.records.append((message.key(), message.value(), message.partition()))
        return self.records

    def close(self):
        self._consumer.close()


class KafkaTest(unittest.TestCase):
    """One broker for the class; a gateway and a function server (if a program is named) per test.
    """

    namespace = "k"
    program = pathlib.Path(__file__).with_name("kafka_functions.py")

    @classmethod
    def make_broker(cls, directory):
        return Broker(directory)

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="sfg-kafka-")
        cls.addClassCleanup(directory.cleanup)
        cls.broker = cls.make_broker(pathlib.Path(directory.name))
        cls.addClassCleanup(cls.broker.stop)
        cls.broker.start()

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="sfg-")
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.own_topic = self.id().rpartition(".")[2]  # A topic of this test's own.
        if self.program is not None:
            self.functions = Functions(self.directory, self.program, {"ECHO_TOPIC": self.own_topic})
            self.addCleanup(self.functions.kill)
            self.functions.start()

    def module(self, *documents):
        return "---\n".join([endpoint(self.functions.url, self.namespace), *documents])

    def change_module(self, *documents):
        self.gateway.module.write_text(self.module(*documents))
        self.assertEqual(200, self.admin("POST", "/v1/module").status)

    def start_gateway(self, *documents):
        self.gateway = Gateway(self.directory, self.module(*documents))
        self.addCleanup(self.gateway.kill)
        self.addCleanup(self._show_log_of_failure)
        self.gateway.start()
        self.client = Client(lambda: self.gateway.api)
        self.addCleanup(self.client.close)

    def _show_log_of_failure(self):
        outcome = getattr(self, "_outcome", None)
        if outcome is not None and not outcome.success:
            print(f"--- the gateway's log, {self.id()}\n{self.gateway.log()[-4000:]}---",
                  file=sys.stderr)

    def admin(self, method, path):
        """One request to the admin port."""
        client = Client(lambda: self.gateway.admin)
        try:
            return client.request(method, path)
        finally:
            client.close()

    def letters(self):
        return self.admin("GET", "/v1/dead-letters").json()["dead_letters"]

    def emit(self, entity, topic, count=1, size=0, **more):
        """Repeats until it is accepted: the gateway may be gone for a moment."""
        key = f"{entity}-{random.getrandbits(64)}"
        order = {"topic": topic, "count": count, "bytes": size, **more}

        def accepted():
            try:
                return self.client.send("k/emit", entity, "k/Order", order, key).status == 202
            except (OSError, http.client.HTTPException):
                return False

        wait_until(accepted, "a message is accepted")

    def check_emitted_once_in_order(self, records, totals):
        """The records of k/emit: of each key all its numbers, once."""
        by_key = {}
        for key, value, _ in records:
            by_key.setdefault(key.decode(), []).append(json.loads(value)["n"])
        self.assertEqual(
            {key: list(range(1, total + 1)) for key, total in totals.items()}, by_key
        )

    def writer(self, **more):
        return Writer(self.broker, **more)

    def reader(self, topic, partitions=1, **more):
        reader = Reader(self.broker, topic, partitions, **more)
        self.addCleanup(reader.close)
        return reader
