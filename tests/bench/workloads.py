"""The table of the benchmark: what is run, and what is to be reached.

A workload is a name, a sentence, something with run(bed) that gives a Result, and the targets for
its figures. README.md, beside this file, tells people what each row means; a test compares the two.
"""
import dataclasses
import os
import typing

from bed import BODY
from cold import Cold
from kafka import Kafka
from loads import EGRESS, Load, OpenLoop
from scenarios import CommitPath, EngineAlone, Neighbours, Starts, Waiting
from timers import Timers


@dataclasses.dataclass(frozen=True)
class Target:
    """A figure is to be at most or at least so much, and later still better."""

    figure: str
    at_most: float | None = None
    at_least: float | None = None
    later: float | None = None

    def __post_init__(self):
        assert (self.at_most is None) != (self.at_least is None), "one of the two"

    def reached(self, value):
        return value <= self.at_most if self.at_least is None else value >= self.at_least


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    what: str
    work: typing.Any
    targets: tuple = ()

    def needs_kafka(self):
        return isinstance(self.work, Kafka)


FEW_MB = Target("rss_peak_mb", at_most=64)
RESTARTED = (
    FEW_MB,
    Target("ready_ms", at_most=1000),
    Target("restarted_rss_peak_mb", at_most=64),
    Target("charged_ratio", at_most=1.0),
)

COUNTER = Load()
BULK = Load("ndjson", connections=16, messages=BODY)
KILOBYTE = Load("call", "bench/state1024", server="workload_function", state_bytes=1024)
LARGE = Load("call", "bench/state102400", server="workload_function", state_bytes=102_400)
FAN = Load(
    "call", "bench/fan2", server="workload_function", argument="10000", messages=111,
    direct_target="bench/fan1" + 9 * ",bench/fan0",
)
PIPELINE = Load(
    "call", "bench/stage1", server="workload_function", messages=4,
    direct_target="bench/stage1,bench/stage2,bench/stage3,bench/stage4",
)


# How long memory is watched.
FLAT_S = float(os.environ.get("FLAT_S", 60))


def like(load, **other):
    return dataclasses.replace(load, **other)


WORKLOADS = (
    Workload("start", "a start on an empty store", Starts(), (
        Target("ready_ms", at_most=100),
        Target("rss_mb", at_most=30),
    )),
    Workload("send", "a message to one of 10,000 entities", COUNTER, (
        Target("cost_ratio", at_most=2.0, later=1.6),
        Target("turns_ratio", at_least=0.35, later=0.40),
    )),
    Workload("send-1", "the same from one client", like(COUNTER, connections=1)),
    Workload("send-zipf", "as send; some entities are more frequent (Zipf 0.99)",
             like(COUNTER, zipf=0.99)),
    Workload("send-unix", "as send; the functions are behind a Unix socket",
             like(COUNTER, is_unix=True)),
    Workload("send-1k", "as send; messages of 1 KiB", like(COUNTER, argument_bytes=1024)),
    Workload("send-1m", "as send; messages of 1 MiB, from 8 clients",
             like(COUNTER, argument_bytes=2**20, connections=8)),
    Workload("send-sdk", "as send; functions on the C++ SDK", like(COUNTER, server="sdk_function")),
    Workload("hot", "messages to one entity, one a request", like(COUNTER, ids=1), (
        Target("messages_ratio", at_least=0.7, later=0.9),
    )),
    Workload("hot-pipelined", "as hot; each client has 16 requests out",
             like(COUNTER, ids=1, connections=16, pipeline=16), (
                 Target("messages_ratio", at_least=1.5),
             )),
    Workload("bulk", "bodies of 100 messages to any of 10,000 entities, as NDJSON", BULK),
    Workload("bulk-protobuf", "the same as delimited protobuf", like(BULK, mode="protobuf")),
    Workload("bulk-hot", "bodies of 100 messages to one entity", like(BULK, ids=1), (
        Target("messages_ratio", at_least=1.5),
    )),
    Workload("call", "a message with its reply", like(COUNTER, mode="call")),
    Workload("call-1", "the same from one client", like(COUNTER, mode="call", connections=1), (
        Target("p50_ratio", at_most=2.0),
    )),
    Workload("call-hot", "calls of one entity", like(COUNTER, mode="call", ids=1)),
    Workload("call-sdk", "as call; functions on the C++ SDK",
             like(COUNTER, mode="call", server="sdk_function")),
    Workload("greeter", "a call whose reply is text",
             like(COUNTER, mode="call", target="bench/greeter")),
    Workload("slow", "calls of a function that takes 100 ms, from 192 clients",
             Load("call", "bench/slow", server="workload_function", connections=192)),
    Workload("fan-out", "a call makes 10 messages, each of them 10 more", FAN, (
        Target("messages_ratio", at_least=0.6),
    )),
    Workload("fan-out-few", "the same among 100 entities, so that batches form",
             like(FAN, ids=100, argument="100"), (
                 Target("messages_ratio", at_least=1.0),
             )),
    Workload("pipeline", "a call passes 4 function types", PIPELINE, (
        Target("messages_ratio", at_least=0.6),
    )),
    Workload("egress", "a record for each message",
             Load(target="bench/egress", server="workload_function", records=1, more=EGRESS)),
    Workload("timer", "a message makes another one, half a second later",
             Load(target="bench/timer", server="workload_function", messages=2, timers=1,
                  direct_target="bench/timer,bench/sink")),
    Workload("state-1k", "calls that write 1 KiB of state", KILOBYTE),
    Workload("state-100k", "calls that write 100 KiB of state",
             like(LARGE, ids=1000, connections=16)),
    Workload("open-counter", "calls by the clock, at half of what was reached before",
             OpenLoop(like(COUNTER, mode="call"))),
    Workload("open-1k", "the same with 1 KiB of state", OpenLoop(KILOBYTE), (
        Target("p99_us", at_most=10_000),
    )),
    Workload("open-100k", "the same with 100 KiB of state",
             OpenLoop(like(LARGE, ids=1000, connections=16))),
    Workload("cold", "1,000,000 entities of 1 KiB, any of them",
             Cold(like(KILOBYTE, mode="send", ids=1_000_000), FLAT_S), (
                 FEW_MB,
                 Target("growth_mb", at_most=2),
             )),
    Workload("neighbours", "calls beside a hot entity and functions that are down", Neighbours(), (
        Target("p99_ratio", at_most=2.0),
    )),
    Workload("waiting-hot", "1,000,000 messages wait for one entity; kill -9; start",
             Waiting(1_000_000, ids=1), RESTARTED),
    Workload("waiting-down", "100,000 entities wait for functions that are down; kill -9; start",
             Waiting(100_000, ids=100_000), RESTARTED),
    Workload("timers", "1,000,000 delayed messages; kill -9; all are due at the start",
             Timers(1_000_000, arm_s=60), (
                 Target("armed_rss_peak_mb", at_most=64),
                 FEW_MB,
                 Target("first_fired_ms", at_most=1000),
                 Target("fired_per_s", at_least=20_000),
             )),
    Workload("kafka", "from Kafka to one of 10,000 entities and to Kafka, exactly once",
             Kafka(200_000), (
                 Target("records_per_s", at_least=15_000),
             )),
    Workload("kafka-hot", "the same to one entity", Kafka(1_000_000, ids=1), (
        Target("records_per_s", at_least=100_000),
    )),
    Workload("kafka-1k-s", "the same by the clock, 1,000 records a second",
             Kafka(30_000, rate=1_000, unmeasured_share=0.2), (
                 Target("record_p99_us", at_most=100_000),
             )),
    Workload("kafka-10k-s", "the same, 10,000 records a second",
             Kafka(200_000, rate=10_000, unmeasured_share=0.3)),
    Workload("engine-counter", "a turn in the engine alone", EngineAlone("counter")),
    Workload("engine-chain", "the same, with a message to another entity", EngineAlone("chain")),
    Workload("commit-path", "200,000 small effects a second, committed without an engine",
             CommitPath(), (
                 Target("effects_per_s", at_least=198_000),
                 Target("append_p999_ns", at_most=100_000),
             )),
)
