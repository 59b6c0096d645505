"""make compare: the gateway beside StateFun 3.3 on Flink, on this machine, one after the other.

Both get the same module.yaml and the same function servers. StateFun runs in one JVM, with
exactly-once checkpoints a second apart (state in memory, checkpoints in files), its asynchronous
transport, and buffers of 1 ms where one entity or a clock is what limits. Where the gateway is
asked over HTTP and says that a message is durable, StateFun's messages come from a source inside
its process, which costs nothing and promises nothing: it has no HTTP ingress.

    python3 tests/bench/compare.py [--only send,kafka] [--build build/release]
"""
import argparse
import contextlib
import dataclasses
import pathlib
import sys
import time

from bed import Bed, Result
from kafka import Kafka
from processes import BenchError, Process
from run import exclusively
from workloads import WORKLOADS

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
STATEFUN = ROOT / "build" / "statefun"
WARM_UP_S, MEASURED_S = 20, 10  # Java compiles for as long.
NAMES = ("send", "bulk-protobuf", "kafka", "kafka-hot", "kafka-1k-s")
# What Flink 1.16 looks into, and Java 17 keeps closed.
OPENED = [
    part for package in (
        "io", "lang", "lang.invoke", "lang.reflect", "math", "net", "nio", "text", "time", "util",
        "util.concurrent", "util.concurrent.atomic", "util.concurrent.locks", "util.regex",
    )
    for part in ("--add-opens", f"java.base/java.{package}=ALL-UNNAMED")
]
COLUMNS = (
    ("messages/s", "messages_per_s", ",.0f"), ("turns/s", "turns_per_s", ",.0f"),
    ("p50 ms", "p50_ms", ".1f"), ("p99 ms", "p99_ms", ".1f"),
    ("its CPU us", "cpu_us", ".1f"), ("function us", "function_us", ".1f"),
    ("RSS MB", "rss_mb", ",.0f"),
)


class StateFun(Process):
    """`ids`: the job has a source in its process, for counters with so many ids."""

    ENDPOINT = """\
kind: io.statefun.endpoints.v2/http
spec:
  functions: bench/*
  urlPathTemplate: {url}/
  maxNumBatchRequests: 1000
  transport: {{type: io.statefun.transports.v1/async}}
"""

    def __init__(self, work, function_url, more="", ids=0, settings=()):
        classes = work / "classes"
        classes.mkdir()
        (classes / "module.yaml").write_text((self.ENDPOINT + more).format(url=function_url))
        self._taken = work / "taken"
        super().__init__("statefun", [
            "java", "-Xmx1g", *OPENED, f"-Dbench.ids={ids}", f"-Dbench.taken={self._taken}",
            "-cp", f"{classes}:{STATEFUN}/source/target/classes:{STATEFUN}/libs/*", "bench.Main",
            "execution.checkpointing.interval=1s", "execution.checkpointing.mode=EXACTLY_ONCE",
            f"state.checkpoints.dir=file://{work}/checkpoints", *settings,
        ], work)

    def taken(self):
        """Messages that its source could hand over."""
        return int(self._taken.read_text())


@contextlib.contextmanager
def statefun(bed, url, more="", **options):
    work = bed.empty_folder("statefun")
    work.mkdir()
    runtime = StateFun(work, url, more, **options)
    try:
        yield runtime
        runtime.check_alive()
    finally:
        runtime.kill()


def data_segments():
    """TCP segments with data that this machine has sent: two for each turn, of small requests."""
    names, values = (
        line.split() for line in pathlib.Path("/proc/net/netstat").read_text().splitlines()
        if line.startswith("TcpExt:")
    )
    return int(values[names.index("TCPOrigDataSent")])


@dataclasses.dataclass(frozen=True)
class InProcess:
    """StateFun with a source that is never empty; `in_flight` messages are taken at a time."""

    in_flight: int

    def run(self, bed):
        setting = f"statefun.async.max-per-task={self.in_flight}"
        with bed.function_server("reference_function") as server, \
                statefun(bed, server.url, ids=10_000, settings=[setting]) as runtime:
            def look():
                return (runtime.taken(), data_segments() / 2, runtime.cpu_us(),
                        server.cpu_us(), time.monotonic())

            time.sleep(WARM_UP_S)
            before = look()
            time.sleep(MEASURED_S)
            messages, turns, cpu_us, function_us, seconds = (
                now - then for now, then in zip(look(), before)
            )
            return Result({
                "messages_per_s": messages / seconds, "turns_per_s": turns / seconds,
                "cpu_us": cpu_us / messages, "function_us": function_us / messages,
                "rss_mb": runtime.memory_mb(),
            })


class KafkaOnStateFun(Kafka):
    def _runtime(self, bed, url, more):
        # Its buffers wait 100 ms to be full, else; that is better where there is much to do for many.
        settings = ["execution.buffer-timeout=1ms"] if self.ids == 1 or self.rate else []
        return statefun(bed, url, more, settings=settings)

    @staticmethod
    def _turns(runtime):
        return 0  # It does not count them.

    @staticmethod
    def _until_reading(runtime):
        time.sleep(WARM_UP_S)
        runtime.check_alive()


def on_statefun(name, work):
    if name == "send":
        return InProcess(in_flight=work.connections)
    if name == "bulk-protobuf":
        return InProcess(in_flight=100_000)
    return KafkaOnStateFun(**dataclasses.asdict(work))


def longer(work):
    """Half a minute at least, the first half not measured: for Java to compile."""
    if not isinstance(work, Kafka):
        return work
    count = 30_000 if work.rate else 2_000_000
    return dataclasses.replace(work, count=count, unmeasured_share=0.5)


def told_alike(figures):
    """The figures of a workload by the names of COLUMNS, per message."""
    if "record_gateway_us" in figures:
        alike = {"messages_per_s": figures["records_per_s"], "rss_mb": figures["rss_mb"],
                 "cpu_us": figures["record_gateway_us"], "function_us": figures["record_function_us"]}
        for name in ("p50", "p99"):
            if f"record_{name}_us" in figures:
                alike[f"{name}_ms"] = figures[f"record_{name}_us"] / 1000
        return alike
    if "turn_gateway_us" in figures:
        turns = figures["turns_per_s"] / figures["messages_per_s"]
        return figures | {
            "cpu_us": figures["turn_gateway_us"] * turns,
            "function_us": figures["turn_function_us"] * turns,
            "p50_ms": figures["p50_us"] / 1000, "p99_ms": figures["p99_us"] / 1000,
        }
    return figures


def chosen(names):
    """The workloads of these names, in the table's order."""
    unknown = set(names) - set(NAMES)
    if unknown:
        known = ", ".join(NAMES)
        raise BenchError(f"no comparison {', '.join(sorted(unknown))}; there are {known}")
    if not (STATEFUN / "libs").is_dir():
        raise BenchError("StateFun is missing: tests/bench/statefun/build.sh brings it")
    return [workload for workload in WORKLOADS if workload.name in names]


def compare(bed, workloads):
    print("| workload | runtime | " + " | ".join(title for title, _, _ in COLUMNS) + " |")
    print("|---|---|" + "---|" * len(COLUMNS))
    faults = []
    for workload in workloads:
        work = longer(workload.work)
        for runtime, runs in (("gateway", work), ("StateFun", on_statefun(workload.name, work))):
            result = runs.run(bed)
            faults += [f"{workload.name} on {runtime}: {fault}" for fault in result.faults]
            figures = told_alike(result.figures)
            cells = (
                format(figures[figure], form) if figure in figures else ""
                for _, figure, form in COLUMNS
            )
            print(f"| `{workload.name}` | {runtime} | " + " | ".join(cells) + " |", flush=True)
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--only", default=",".join(NAMES), help="names, with commas")
    options = parser.parse_args()
    workloads = chosen(options.only.split(","))
    with exclusively() as work:
        faults = compare(Bed(options.build.resolve(), work, False), workloads)
    for fault in faults:
        print(f"FAULT  {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BenchError as problem:
        print(problem, file=sys.stderr)
        sys.exit(1)
