"""Workloads that are a story, not a rate: starts, waiting messages, a neighbour that is too loud.

Each has figures of its own.
"""
import contextlib
import dataclasses
import socket
import statistics
import time

from bed import BODY, Result

DOWN = """\
---
kind: io.statefun.endpoints.v2/http
spec:
  functions: down/*
  urlPathTemplate: http://127.0.0.1:{port}/
"""


def without_a_server():
    """The functions `down/*`, at a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return DOWN.format(port=probe.getsockname()[1])


@dataclasses.dataclass(frozen=True)
class Starts:
    """A start on an empty store, and what the process takes then."""

    times: int = 5

    def run(self, bed):
        ready_ms = []
        with bed.function_server("reference_function") as server:
            for _ in range(bed.scaled(self.times, 1)):
                with bed.gateway(server.url) as gateway:
                    ready_ms.append(gateway.ready_ms)
                    rss_mb = gateway.memory_mb()
        return Result({"ready_ms": statistics.median(ready_ms), "rss_mb": rss_mb})


@dataclasses.dataclass(frozen=True)
class Waiting:
    """Messages for functions that are down, kill -9, a start."""

    messages: int
    ids: int

    def run(self, bed):
        messages = bed.scaled(self.messages, 2000)
        found = Result()
        module = without_a_server()
        with bed.function_server("reference_function") as server:
            with bed.gateway(server.url, module) as gateway:
                result, _ = bed.load_generator.run(
                    mode="protobuf", count=messages // BODY, port=gateway.port,
                    connections=16, target="down/any", ids=min(self.ids, messages), warm_up=0,
                )
                if result["errors"]:
                    found.faults.append(f"refused: {result['first_error']}")
                found.figures["accepted_per_s"] = result["requests_per_s"] * BODY
                self._look(found, gateway, messages, "")
                gateway.kill()
            with bed.gateway(server.url, module, keep=True) as gateway:
                found.figures["ready_ms"] = gateway.ready_ms
                time.sleep(bed.scaled(3, 0.1))  # It reads what waits in the background.
                self._look(found, gateway, messages, "restarted_")
        return found

    @staticmethod
    def _look(found, gateway, messages, prefix):
        metrics = gateway.metrics()
        found.expect(f"{prefix}waiting", metrics["statefun_waiting_messages"], messages)
        charged = metrics["statefun_memory_charged_bytes"]
        found.figures |= {
            f"{prefix}charged_ratio": charged / metrics["statefun_memory_budget_bytes"],
            f"{prefix}rss_peak_mb": gateway.memory_mb("VmHWM"),
        }


@dataclasses.dataclass(frozen=True)
class Neighbours:
    """Calls to 10,000 entities: alone, and beside what should not concern them.

    One entity gets 10,000 messages a second, and 1,000 a second go to functions that are down.
    """

    rate: int = 2_000

    def run(self, bed):
        with bed.function_server("reference_function") as server:
            with bed.gateway(server.url, without_a_server()) as gateway:
                alone = self._calls(bed, gateway)
                with contextlib.ExitStack() as noise:
                    for options in (
                        {"connections": 16, "ids": 1, "rate": 10_000},
                        {"connections": 4, "ids": 100_000, "rate": 1_000, "target": "down/any"},
                    ):
                        child = bed.load_generator.start(
                            mode="send", port=gateway.port, warm_up=0, seconds=600, **options
                        )
                        noise.callback(lambda child=child: (child.kill(), child.wait()))
                    beside = self._calls(bed, gateway)
        found = Result({
            "alone_p50_us": alone["p50_us"], "alone_p99_us": alone["p99_us"],
            "p50_us": beside["p50_us"], "p99_us": beside["p99_us"],
            "p99_ratio": beside["p99_us"] / alone["p99_us"],
        })
        for run in (alone, beside):
            if run["errors"]:
                found.faults.append(f"a call failed: {run['first_error']}")
        return found

    def _calls(self, bed, gateway):
        result, _ = bed.load_generator.run(
            mode="call", port=gateway.port, connections=8, rate=self.rate,
            warm_up=bed.scaled(1, 0.05), seconds=bed.scaled(8, 0.2),
        )
        return result


@dataclasses.dataclass(frozen=True)
class EngineAlone:
    """What a turn costs in the engine, without sockets, disk and threads (core_turn.cc)."""

    work: str
    turns: int = 200_000

    def run(self, bed):
        figures = bed.program("core_turn", self.work, bed.scaled(self.turns, 2000))
        return Result({
            "turn_ns": figures["ns_per_turn"], "turn_allocations": figures["allocations_per_turn"],
        })


@dataclasses.dataclass(frozen=True)
class CommitPath:
    """The committer with a LevelDB, without engine and sockets (commit_path.cc)."""

    effects_per_s: int = 200_000

    def run(self, bed):
        found = Result(bed.program(
            "commit_path", bed.empty_folder(), self.effects_per_s, bed.scaled(5, 0.2)
        ))
        turns = found.figures.pop("turns")
        if turns == 0:
            found.faults.append("no turn was made")
        return found
