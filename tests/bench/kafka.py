"""Kafka to a function to Kafka, exactly once, with the broker of tests/kafka on this machine.

A closed run finds what can be done: the records are in the topic before the gateway starts. An open
one finds how long a record takes from its writer to a reader that sees committed ones only.
"""
import dataclasses
import pathlib
import sys
import time

from bed import Result
from processes import BenchError, whole_cpu_us_of

TESTS = pathlib.Path(__file__).resolve().parents[1]
LIBS = TESTS.parent / "build" / "kafka" / "libs"
PARTITIONS = 4
BYTES = 300

MODULE = """\
---
kind: io.statefun.kafka.v1/ingress
spec:
  id: bench/in
  address: {address}
  consumerGroupId: bench
  startupPosition: {{type: earliest}}
  topics:
    - {{topic: in, valueType: bench/record, targets: [bench/kafka]}}
---
kind: io.statefun.kafka.v1/egress
spec:
  id: bench/out
  address: {address}
  deliverySemantic: {{type: exactly-once, transactionTimeout: 1min}}
"""


def is_there():
    """Whether the broker and what it is administered with are installed."""
    try:
        import confluent_kafka  # noqa: F401
    except ImportError:
        return False
    return LIBS.is_dir()


def start_broker(bed):
    sys.path.insert(0, str(TESTS / "kafka"))
    from broker import Broker

    return Broker(bed.empty_folder("broker")).start()


@dataclasses.dataclass(frozen=True)
class Kafka:
    count: int
    ids: int = 10_000
    rate: int = 0  # Records a second by the clock; 0: all are there before.
    unmeasured_share: float = 0.1  # Of the records, the first ones.

    def run(self, bed):
        broker = start_broker(bed)
        try:
            for topic in ("in", "out"):
                broker.create_topic(topic, PARTITIONS)
            with bed.function_server("workload_function") as server:
                return self._through(bed, broker, server)
        finally:
            broker.stop()

    def _through(self, bed, broker, server):
        count = bed.scaled(self.count, 500)
        load = bed.load("kafka_load")
        common = {
            "brokers": broker.address, "count": count, "ids": self.ids, "bytes": BYTES,
            "unmeasured": int(count * self.unmeasured_share),
        }
        if self.rate == 0:
            load.finish({**common, "in": "in"})
        more = MODULE.replace("{address}", broker.address)
        with self._runtime(bed, server.url, more) as runtime:
            if self.rate > 0:
                self._until_reading(runtime)
                common |= {"in": "in", "rate": self.rate}
            result, samples = load.run(
                lambda pid: {
                    "load_us": whole_cpu_us_of(pid), "function_us": server.cpu_us(),
                    "broker_us": whole_cpu_us_of(broker.pid), "gateway_us": runtime.cpu_us(),
                    "turns": self._turns(runtime),
                },
                **common, out="out", partitions=PARTITIONS,
            )
            rss_mb = runtime.memory_mb()
        begin, end = samples
        used = {name: end[name] - begin[name] for name in end}
        turns = used.pop("turns")
        found = Result({
            "records_per_s": result["records_per_s"],
            "record_p50_us": result["p50_us"], "record_p99_us": result["p99_us"],
            "turn_records": result["window_records"] / max(turns, 1),
            **{f"record_{name}": us / max(result["window_records"], 1)
               for name, us in used.items()},
            "rss_mb": rss_mb,
        })
        if self.rate == 0:  # They waited for the gateway's start.
            del found.figures["record_p50_us"], found.figures["record_p99_us"]
        found.expect("records", result["records"], count)
        return found

    # What compare.py puts others in place of.

    def _runtime(self, bed, url, more):
        return bed.gateway(url, more)

    @staticmethod
    def _turns(gateway):
        return gateway.metric("statefun_turns_total")

    @staticmethod
    def _until_reading(gateway):
        """What is written before its first look would be measured as late."""
        deadline = time.monotonic() + 30
        while not gateway.metrics().get("statefun_ingress_partitions"):
            if time.monotonic() > deadline:
                raise BenchError(f"the ingress reads nothing; see {gateway.log_path}")
            time.sleep(0.05)
