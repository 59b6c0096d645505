"""Timers: many delayed messages. Memory while they are pending, a start, the firing."""
import dataclasses
import time

from bed import Result
from processes import BenchError

PER_TURN = 2_000  # kArmed of workload_function.cc: so many each of its turns arms.
SENDERS = 500
SPREAD_S = 1.0  # And so far apart the last one is due.
PENDING = "statefun_timers_pending"
FIRED = "statefun_timers_fired_total"


def until(what, condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise BenchError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.02)


@dataclasses.dataclass(frozen=True)
class Timers:
    """All are armed, then the gateway is killed; it starts when all of them are due."""

    count: int
    arm_s: float  # In which they must be armed.

    def run(self, bed):
        found = Result()
        turns = bed.scaled(self.count, 4000) // PER_TURN
        due = time.time() + bed.scaled(self.arm_s, 2)
        with bed.function_server("workload_function") as server:
            with bed.gateway(server.url) as gateway:
                self._arm(bed, gateway, turns, due, found)
                gateway.kill()
            time.sleep(max(0.0, due + SPREAD_S - time.time()))
            with bed.gateway(server.url, keep=True) as gateway:
                self._fire(gateway, turns * PER_TURN, found)
        return found

    @staticmethod
    def _arm(bed, gateway, turns, due, found):
        count = turns * PER_TURN
        began = time.monotonic()
        result, _ = bed.load_generator.run(
            mode="send", target="bench/arm", port=gateway.port, connections=4, count=turns,
            ids=SENDERS, argument=int(due * 1000), warm_up=0,
        )
        if result["errors"]:
            found.faults.append(f"refused: {result['first_error']}")
        until("all are armed", lambda: gateway.metric(PENDING) == count, due - time.time())
        # Else the kill undoes turns, which are then made again.
        until("all are durable", lambda: not gateway.metric("statefun_commit_queue_bytes"), 10)
        found.figures |= {
            "armed_per_s": count / (time.monotonic() - began),
            "armed_rss_peak_mb": gateway.memory_mb("VmHWM"),
        }

    @staticmethod
    def _fire(gateway, count, found):
        found.figures["ready_ms"] = gateway.ready_ms
        began = time.monotonic()
        until("the first one is fired", lambda: gateway.metric(FIRED) > 0, 30)
        found.figures["first_fired_ms"] = (time.monotonic() - began) * 1000
        until("all are fired", lambda: gateway.metric(FIRED) >= count, 300)
        found.figures["fired_per_s"] = count / (time.monotonic() - began)
        metrics = gateway.settle(300)
        found.figures["delivered_per_s"] = count / (time.monotonic() - began)
        found.figures["rss_peak_mb"] = gateway.memory_mb("VmHWM")
        found.expect("delivered", metrics["statefun_invocations_total"], count)
