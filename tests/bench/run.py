"""make bench: what the gateway costs, beside the functions that it calls.

Starts the reference function server, the gateway and the load generator on this machine, and prints
one table. The figures that mean something on a noisy machine are ratios within one row: all
processes of a row are measured over the same seconds.

    python3 tests/bench/run.py [--build build/release]     QUICK=1 for a smoke test

requests/s  answers that came in the window: `send` when the message is durable, `call` with the
            function's reply, `direct` straight from the function server (the ceiling)
turns/s     calls of a function that the gateway completed: fewer than requests where batches form
ratio       requests/s over those of `direct` with as many connections
gateway,    CPU microseconds per turn (per request for `direct`)
function,
load gen
gw/fn       the gateway's CPU over the function's, in the same seconds
"""
import argparse
import dataclasses
import fcntl
import json
import os
import pathlib
import platform
import shutil
import statistics
import sys
import time

from processes import BenchError, Gateway, LoadGenerator, cpu_us_of, function_server

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
WORK = ROOT / "build" / "bench"
QUICK = os.environ.get("QUICK", "") not in ("", "0")
WARM_UP_S, MEASURED_S, STARTS, SYNCS = (0.5, 2, 2, 50) if QUICK else (2, 6, 5, 200)
MANY_IDS = 10_000
CONNECTIONS = (1, 16, 64)
BUSY_LOAD = 0.5  # Runnable processes of others, before anything starts.


@dataclasses.dataclass
class Row:
    function: str  # reference or sdk
    mode: str
    connections: int
    ids: int
    requests_per_s: float
    turns_per_s: float
    p50_us: float
    p99_us: float
    p999_us: float
    errors: int
    first_error: str
    gateway_us: float | None
    function_us: float
    load_generator_us: float
    ratio: float | None = None

    @property
    def gateway_per_function(self):
        if self.gateway_us is None or not self.function_us:
            return None
        return self.gateway_us / self.function_us


def measure(load, mode, connections, ids, function, gateway=None):
    if gateway is not None:
        gateway.settle()

    def sample(pid):
        return {
            "load": cpu_us_of(pid),
            "function": function.cpu_us(),
            "gateway": gateway.cpu_us() if gateway else 0.0,
            "turns": gateway.turns() if gateway else None,
        }

    request = {
        "mode": mode, "port": gateway.api_port if gateway else function.port,
        "connections": connections, "ids": ids, "warm-up": WARM_UP_S, "seconds": MEASURED_S,
    }
    try:
        result, (begin, end) = load.run(request, sample)
    finally:
        # If one of them died, that is the news, whatever the load generator made of it.
        function.check_alive()
        if gateway is not None:
            gateway.check_alive()
    turns = result["requests"] if begin["turns"] is None else end["turns"] - begin["turns"]
    per_turn = {
        key: (end[key] - begin[key]) / max(turns, 1) for key in ("load", "function", "gateway")
    }
    return Row(
        function=function.name.removesuffix("_function"), mode=mode,
        connections=connections, ids=ids,
        requests_per_s=result["requests_per_s"], turns_per_s=turns / result["seconds"],
        p50_us=result["p50_us"], p99_us=result["p99_us"], p999_us=result["p999_us"],
        errors=result["errors"], first_error=result["first_error"],
        gateway_us=per_turn["gateway"] if gateway else None,
        function_us=per_turn["function"], load_generator_us=per_turn["load"],
    )


def sync_us():
    """The median time of one fdatasync of a small append on the disk that holds the store."""
    times = []
    path = WORK / "sync"
    with open(path, "wb", buffering=0) as file:
        for _ in range(SYNCS):
            file.write(bytes(4096))
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - began) * 1e6)
    path.unlink()
    return statistics.median(times)


def start_times_ms(binary, function):
    times = []
    for _ in range(STARTS):
        gateway = Gateway(binary, function.port, WORK)
        times.append(gateway.ready_ms)
        gateway.stop()
    return times


TABLE = (
    ("function", 10, lambda r: r.function),
    ("mode", 7, lambda r: r.mode),
    ("conn", 5, lambda r: r.connections),
    ("ids", 6, lambda r: r.ids),
    ("requests/s", 11, lambda r: f"{r.requests_per_s:,.0f}"),
    ("turns/s", 9, lambda r: "" if r.gateway_us is None else f"{r.turns_per_s:,.0f}"),
    ("p50 ms", 8, lambda r: f"{r.p50_us / 1000:.3f}"),
    ("p99 ms", 8, lambda r: f"{r.p99_us / 1000:.3f}"),
    ("ratio", 6, lambda r: "" if r.ratio is None else f"{r.ratio:.2f}"),
    ("gateway", 8, lambda r: "" if r.gateway_us is None else f"{r.gateway_us:.1f}"),
    ("function", 9, lambda r: f"{r.function_us:.1f}"),
    ("load gen", 9, lambda r: f"{r.load_generator_us:.1f}"),
    ("gw/fn", 6, lambda r: f"{r.gateway_per_function:.2f}" if r.gateway_per_function else ""),
    ("errors", 7, lambda r: r.errors),
)


def print_row(row):
    cells = (f"{value(row) if row else name:>{width}}" for name, width, value in TABLE)
    print("".join(cells), flush=True)


class Bench:
    def __init__(self, build):
        self.gateway_binary = build / "gateway/statefun-gateway"
        self.build = build
        self.load = LoadGenerator(build / "tests/bench/load_generator")
        self.rows = []
        self.facts = {}

    def add(self, *arguments, **named):
        row = measure(self.load, *arguments, **named)
        ceiling = self.find(row.function, "direct", row.connections)
        if row.mode != "direct" and ceiling:
            row.ratio = row.requests_per_s / ceiling.requests_per_s
        self.rows.append(row)
        print_row(row)

    def find(self, function, mode, connections, ids=MANY_IDS):
        wanted = (function, mode, connections, ids)
        return next(
            (r for r in self.rows if (r.function, r.mode, r.connections, r.ids) == wanted), None
        )

    def with_function(self, name, direct, through_gateway):
        """Rows against one function server: the direct ones, then those through the gateway."""
        function = function_server(self.build, name, WORK)
        try:
            for connections in direct:
                self.add("direct", connections, MANY_IDS, function)
            if not self.gateway_binary.exists():
                return
            if "ready_ms" not in self.facts:
                self.facts["ready_ms"] = statistics.median(
                    start_times_ms(self.gateway_binary, function)
                )
            gateway = Gateway(self.gateway_binary, function.port, WORK)
            try:
                self.facts.setdefault("rss_idle_mb", gateway.memory_mb("VmRSS"))
                for mode, connections, ids in through_gateway:
                    self.add(mode, connections, ids, function, gateway)
                self.facts.setdefault("rss_peak_mb", gateway.memory_mb("VmHWM"))
            finally:
                gateway.stop()
        finally:
            function.stop()

    def run(self):
        self.facts["load_before"] = os.getloadavg()[0]
        self.facts["sync_us"] = sync_us()
        print_row(None)
        self.with_function("reference_function", CONNECTIONS, [
            (mode, connections, ids)
            for mode in ("send", "call") for ids in (MANY_IDS, 1) for connections in CONNECTIONS
        ])
        self.with_function("sdk_function", (64,), [("send", 64, MANY_IDS), ("call", 64, MANY_IDS)])

    def goals(self):
        """What is to be reached, and whether it was: (text, reached)."""
        facts = self.facts
        send = self.find("reference", "send", 64)
        call = self.find("reference", "call", 1)
        if send is None or call is None:
            return []
        ceiling = self.find("reference", "direct", 64).requests_per_s
        share = send.turns_per_s / ceiling
        # A gateway that never reached the function has no ratio, and no goal.
        cost = send.gateway_per_function or float("inf")
        return [
            (f"start to ready {facts['ready_ms']:.0f} ms (goal: under 100)",
             facts["ready_ms"] < 100),
            (f"RSS idle {facts['rss_idle_mb']:.1f} MB (goal: under 30)",
             facts["rss_idle_mb"] < 30),
            (f"send, 64 connections: gateway CPU {cost:.2f} times the function's"
             " (goal: at most 3.0)",
             cost <= 3.0),
            (f"send, 64 connections: {send.turns_per_s:,.0f} turns/s, {share:.2f} of the direct"
             " ceiling (goal: at least 0.25)",
             share >= 0.25),
            (f"call, 1 connection: p50 {call.p50_us / 1000:.2f} ms (goal: under 0.7 where a sync"
             f" takes 0.2 ms; here {facts['sync_us'] / 1000:.2f})",
             call.p50_us < 700),
        ]

    def report(self):
        print(f"\none sync of the disk (median): {self.facts['sync_us'] / 1000:.3f} ms")
        if self.facts["load_before"] > BUSY_LOAD:
            print(f"the machine was busy (load {self.facts['load_before']:.1f}): only ratios within"
                  " a row mean something")
        if "rss_peak_mb" in self.facts:
            print(f"gateway's RSS: {self.facts['rss_idle_mb']:.1f} MB idle,"
                  f" {self.facts['rss_peak_mb']:.1f} MB at peak")
        for text, reached in self.goals():
            print(f"{'reached' if reached else 'MISSED '}  {text}")
        for row in self.rows:
            if row.errors:
                print(f"errors in {row.mode} x{row.connections}: {row.first_error}")
        machine = {"cpus": os.cpu_count(), "kernel": platform.release(), "quick": QUICK}
        results = {
            "machine": machine, "facts": self.facts,
            "rows": [
                dataclasses.asdict(r) | {"gateway_per_function": r.gateway_per_function}
                for r in self.rows
            ],
            "goals": [{"text": text, "reached": reached} for text, reached in self.goals()],
        }
        path = WORK / "results.json"
        path.write_text(json.dumps(results, indent=2) + "\n")
        print(f"all figures: {path.relative_to(ROOT)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    bench = Bench(parser.parse_args().build.resolve())
    WORK.parent.mkdir(exist_ok=True)
    lock = open(WORK.with_suffix(".lock"), "w")  # Held until the process ends.
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("another benchmark is running: two at once measure each other", file=sys.stderr)
        return 1
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir()
    try:
        bench.run()
    except BenchError as error:
        print(error, file=sys.stderr)
        return 1
    bench.report()
    if not bench.gateway_binary.exists():
        print(f"no gateway at {bench.gateway_binary}: make build", file=sys.stderr)
        return 1
    # A missed goal is a finding; errors are a failure.
    return 1 if any(row.errors for row in bench.rows) else 0


if __name__ == "__main__":
    sys.exit(main())
