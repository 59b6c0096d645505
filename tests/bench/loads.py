"""Load: requests to functions through the gateway, and the same ones straight to the functions.

All processes are measured over the same seconds. The requests straight to the function server are
the ceiling: no gateway can be faster on this machine while the functions run on it, unless it calls
them for several messages at a time.
"""
import dataclasses

from bed import Result
from processes import cpu_us_of

EGRESS = """\
---
kind: io.statefun.playground.v1/egress
spec:
  port: 0
  topics: [greetings]
"""


@dataclasses.dataclass(frozen=True)
class Load:
    mode: str = "send"  # Or call.
    target: str = "bench/counter"
    connections: int = 64
    ids: int = 10_000
    zipf: float = 0
    pipeline: int = 1
    argument: str = ""
    argument_bytes: int = 8
    server: str = "reference_function"
    is_unix: bool = False  # The functions are behind a Unix socket.
    more: str = ""  # Of module.yaml.
    # What straight requests are like: all types that are called, as often as each is called.
    direct_target: str = ""
    state_bytes: int = 8
    # What one request makes in the end, itself included.
    messages: int = 1
    records: int = 0
    timers: int = 0

    def run(self, bed):
        where = [bed.socket_path()] if self.is_unix else []
        with bed.function_server(self.server, *where) as server:
            ceiling = self.straight(bed, server)
            with bed.gateway(server.url, self.more) as gateway:
                through = self.through(bed, server, gateway)
                self.check(through, gateway.settle(bed.scaled(60, 20)))
        through.faults += ceiling.faults
        add_ratios(through.figures, ceiling.figures, bed.sync_us())
        return through

    def straight(self, bed, server):
        """The ceiling."""
        found = self._measure(
            bed, server, None, mode="direct", target=self.direct_target or self.target,
            state_bytes=self.state_bytes, warm_up=bed.scaled(0.5, 0.02),
            seconds=bed.scaled(2, 0.1), **server.address(),
        )
        found.faults = [f"straight to the functions: {fault}" for fault in found.faults]
        return found

    def through(self, bed, server, gateway, **more):
        """The same through the gateway; `more` changes what the load generator is told."""
        options = {
            "mode": self.mode, "target": self.target, "port": gateway.port,
            "warm_up": bed.scaled(1.5, 0.05), "seconds": bed.scaled(5, 0.15),
        }
        if self.pipeline > 1:
            options["pipeline"] = self.pipeline
        found = self._measure(bed, server, gateway, **(options | more))
        found.figures["rss_mb"] = gateway.memory_mb()
        found.figures["rss_peak_mb"] = gateway.memory_mb("VmHWM")
        return found

    def _measure(self, bed, server, gateway, **options):
        if self.argument:
            options["argument"] = self.argument
        result, samples = bed.load_generator.run(
            lambda pid: sample(pid, server, gateway), connections=self.connections, ids=self.ids,
            zipf=self.zipf, argument_bytes=self.argument_bytes, **options,
        )
        found = Result(figures_of(result, *samples))
        found.accepted = result["succeeded"]
        if result["errors"]:
            found.faults.append(f"{result['errors']} errors, the first: {result['first_error']}")
        return found

    def check(self, found, metrics):
        """Nothing was lost, nothing came twice, nothing failed."""
        for what, metric, each in (
            ("messages consumed", "statefun_invocations_total", self.messages),
            ("egress records", "statefun_egress_records_total", self.records),
            ("delayed messages", "statefun_timers_fired_total", self.timers),
            ("failed calls", "statefun_call_failures_total", 0),
        ):
            found.expect(what, metrics.get(metric, 0), found.accepted * each)


@dataclasses.dataclass(frozen=True)
class OpenLoop:
    """Requests that arrive by the clock, at a share of what a closed loop of them reached before."""

    load: Load
    share: float = 0.5

    def run(self, bed):
        load = self.load
        with bed.function_server(load.server) as server:
            with bed.gateway(server.url, load.more) as gateway:
                closed = load.through(bed, server, gateway, seconds=bed.scaled(3, 0.15))
                gateway.settle()
                rate = max(1, int(closed.figures["requests_per_s"] * self.share))
                found = load.through(
                    bed, server, gateway, rate=rate, seconds=bed.scaled(8, 0.2),
                )
                accepted = found.accepted
                found.accepted += closed.accepted
                load.check(found, gateway.settle())
        found.faults += closed.faults
        found.figures["rate_per_s"] = rate
        if accepted == 0:
            found.faults.append("no request was made")
        return found


def sample(load_pid, server, gateway):
    """What is counted at one moment, each count from its own beginning."""
    counts = {"load_us": cpu_us_of(load_pid), "function_us": server.cpu_us()}
    if gateway:
        metrics = gateway.metrics()
        counts |= {
            "gateway_us": gateway.cpu_us(),
            "turns": metrics.get("statefun_turns_total", 0),
            "messages": metrics.get("statefun_invocations_total", 0),
            "syncs": metrics["statefun_commit_groups_total"],
            "written_bytes": gateway.written_bytes(),
        }
    return counts


def figures_of(result, begin, end):
    """The figures of one run of the load generator; per turn where there is one, else per request."""
    counted = {name: end[name] - begin[name] for name in end}
    seconds = result["seconds"]
    turns = counted.pop("turns", result["requests"])
    messages = counted.pop("messages", result["requests"])
    figures = {
        "requests_per_s": result["requests_per_s"],
        "messages_per_s": messages / seconds,
        "turns_per_s": turns / seconds,
        "batch_messages": messages / max(turns, 1),
        "load_cores": counted["load_us"] / seconds / 1e6,
    }
    figures |= {name: result[name] for name in ("p50_us", "p99_us", "p999_us", "max_us")}
    figures |= {f"turn_{name}": value / max(turns, 1) for name, value in counted.items()}
    if "gateway_us" in counted:
        figures["cost_ratio"] = counted["gateway_us"] / max(counted["function_us"], 1)
    return figures


def add_ratios(figures, ceiling, sync_us):
    figures["sync_us"] = sync_us
    figures |= {f"ceiling_{name}": value for name, value in ceiling.items()}
    for rate in ("messages_per_s", "turns_per_s"):
        figures[rate.replace("per_s", "ratio")] = figures[rate] / ceiling["requests_per_s"]
    figures["p50_ratio"] = figures["p50_us"] / (ceiling["p50_us"] + sync_us)
