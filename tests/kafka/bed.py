"""A broker, a gateway and functions for the tests with Kafka; readers and writers of topics."""
import pathlib
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "integration"))

from broker import Broker  # noqa: E402
from client import Client  # noqa: E402
from confluent_kafka import Consumer, TopicPartition  # noqa: E402
from processes import Functions, Gateway  # noqa: E402

QUIET = {"log_level": 0}
READ_S = 60


def endpoint(url):
    return (
        "kind: io.statefun.endpoints.v2/http\nspec:\n  functions: k/*\n"
        f"  urlPathTemplate: {url}/statefun\n"
    )


def egress(address, semantic, extra=""):
    timeout = "\n    transactionTimeout: 1min" if semantic == "exactly-once" else ""
    return (
        "kind: io.statefun.kafka.v1/egress\nspec:\n  id: k/out\n"
        f"  address: {address}\n  deliverySemantic:\n    type: {semantic}{timeout}\n{extra}"
    )


class Reader:
    """What a read_committed consumer sees of a topic, from its beginning."""

    def __init__(self, broker, topic, partitions=1):
        self._consumer = Consumer({
            **broker.client, **QUIET, "group.id": "test-reader", "enable.auto.commit": False,
            "isolation.level": "read_committed", "auto.offset.reset": "earliest",
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
    """One broker for the class; a gateway and a function server per test."""

    broker_options = {}

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="sfg-kafka-")
        cls.addClassCleanup(directory.cleanup)
        cls.broker = Broker(directory.name, **cls.broker_options)
        cls.addClassCleanup(cls.broker.stop)
        cls.broker.start()

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="sfg-")
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.functions = Functions(
            self.directory, pathlib.Path(__file__).with_name("kafka_functions.py")
        )
        self.addCleanup(self.functions.kill)
        self.functions.start()

    def start_gateway(self, *documents):
        module = "---\n".join([endpoint(self.functions.url), *documents])
        self.gateway = Gateway(self.directory, module)
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

    def reader(self, topic, partitions=1):
        reader = Reader(self.broker, topic, partitions)
        self.addCleanup(reader.close)
        return reader
