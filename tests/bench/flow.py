"""make bench: flow control. What a hot entity and a dead endpoint cost the others, and memory.

    python3 tests/bench/flow.py [fairness] [hot] [down]     [--scale 0.1] for a shorter run

fairness  the p99 of calls to 10,000 entities: alone, and while one entity receives 10,000 messages
          a second and 1,000 a second go to an endpoint that is down (goal: at most twice)
hot       memory with 1,000,000 messages that wait for one entity, and of a start on them
down      memory with 100,000 entities of an endpoint that is down, and of a start on them
          (goals: what is charged within the budget, the process under 64 MB)

The functions of `down/*` are at a port that nobody listens on.
"""
import argparse
import pathlib
import shutil
import socket
import subprocess
import sys
import time

from processes import BenchError, Gateway, LoadGenerator, function_server

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
WORK = ROOT / "build" / "bench-flow"
PROCESS_MB_MAX = 64
FAIRNESS_S = 8
VICTIM_RATE = 2_000

DOWN = """\
---
kind: io.statefun.endpoints.v2/http
spec:
  functions: down/*
  urlPathTemplate: http://127.0.0.1:{port}/
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Noise:
    """A load generator that runs beside the measured one."""

    def __init__(self, binary, **options):
        command = [str(binary)]
        for name, value in options.items():
            command += [f"--{name.replace('_', '-')}", str(value)]
        self._child = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def stop(self):
        self._child.kill()
        self._child.wait()


class Flow:
    def __init__(self, build, scale):
        self.binary = build / "gateway/statefun-gateway"
        self.generator = build / "tests/bench/load_generator"
        self.build = build
        self.scale = scale
        self.down = DOWN.format(port=free_port())
        self.missed = False

    def say(self, text, reached=None):
        mark = "" if reached is None else "reached  " if reached else "MISSED   "
        self.missed = self.missed or reached is False
        print(f"{mark}{text}", flush=True)

    def send(self, gateway, **options):
        load = LoadGenerator(self.generator)
        peak = {"charged": 0, "rss": 0}

        def sample(_pid):
            return None

        result, _ = load.run({"mode": "send", "port": gateway.api_port, **options}, sample)
        peak["rss"] = gateway.memory_mb("VmHWM")
        return result, peak

    def gateway(self, function, keep=False):
        return Gateway(self.binary, function.port, WORK, more=self.down, keep=keep)

    def fairness(self, function):
        seconds = max(2, FAIRNESS_S * self.scale)
        gateway = self.gateway(function)
        try:
            def victims():
                result, _ = LoadGenerator(self.generator).run({
                    "mode": "call", "port": gateway.api_port, "connections": 8, "ids": 10_000,
                    "rate": VICTIM_RATE, "warm-up": 1, "seconds": seconds,
                }, lambda _pid: None)
                if result["errors"]:
                    raise BenchError(f"a call failed: {result['first_error']}")
                return result

            alone = victims()
            noise = [
                Noise(self.generator, mode="send", port=gateway.api_port, connections=16, ids=1,
                      rate=10_000, warm_up=0, seconds=600),
                Noise(self.generator, mode="send", port=gateway.api_port, connections=4,
                      ids=100_000, rate=1_000, target="down/any", warm_up=0, seconds=600),
            ]
            try:
                beside = victims()
            finally:
                for one in noise:
                    one.stop()
            ratio = beside["p99_us"] / alone["p99_us"]
            self.say(
                f"fairness: p50 {alone['p50_us'] / 1000:.2f} ms alone,"
                f" {beside['p50_us'] / 1000:.2f} beside"
            )
            self.say(
                f"fairness: p99 {alone['p99_us'] / 1000:.2f} ms alone,"
                f" {beside['p99_us'] / 1000:.2f} beside a hot entity and a dead endpoint:"
                f" {ratio:.1f} times (goal: at most 2)",
                ratio <= 2,
            )
        finally:
            gateway.stop()

    def memory(self, name, gateway):
        charged = gateway.metric("statefun_memory_charged_bytes") / 2**20
        budget = gateway.metric("statefun_memory_budget_bytes") / 2**20
        waiting = gateway.metric("statefun_waiting_messages")
        now, peak = gateway.memory_mb("VmRSS"), gateway.memory_mb("VmHWM")
        text = (
            f"{name}: {waiting:,.0f} messages wait, charged {charged:.1f} of {budget:.1f} MiB,"
            f" process {now:.0f} MB, at most {peak:.0f} (goal: within the budget, under"
            f" {PROCESS_MB_MAX} MB)"
        )
        self.say(text, charged <= budget and peak < PROCESS_MB_MAX)

    def backlog(self, name, function, messages, ids):
        messages = int(messages * self.scale)
        gateway = self.gateway(function)
        try:
            result, _ = self.send(
                gateway, connections=16, ids=max(1, int(ids * self.scale)), count=messages,
                target="down/any", **{"warm-up": 0},
            )
            if result["errors"]:
                raise BenchError(f"a message was refused: {result['first_error']}")
            self.memory(name, gateway)
        finally:
            gateway.stop()
        gateway = self.gateway(function, keep=True)
        try:
            time.sleep(3)  # It reads the backlog in the background.
            self.say(f"{name}: ready {gateway.ready_ms:.0f} ms after the start")
            self.memory(f"{name}, after a start", gateway)
        finally:
            gateway.stop()

    def run(self, rows):
        function = function_server(self.build, "reference_function", WORK)
        try:
            if "fairness" in rows:
                self.fairness(function)
            if "hot" in rows:
                self.backlog("hot", function, 1_000_000, 1 / self.scale)
            if "down" in rows:
                self.backlog("down", function, 100_000, 100_000)
        finally:
            function.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", default=["fairness", "hot", "down"])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--scale", type=float, default=1.0)
    arguments = parser.parse_args()
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    flow = Flow(arguments.build.resolve(), arguments.scale)
    try:
        flow.run(arguments.rows)
    except BenchError as error:
        print(error, file=sys.stderr)
        return 1
    return 0  # A missed goal is a finding.


if __name__ == "__main__":
    sys.exit(main())
