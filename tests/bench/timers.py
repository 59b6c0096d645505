"""make bench: 1,000,000 delayed messages. Memory while they are pending, a start, the firing.

    python3 tests/bench/timers.py     [--count 1000000] [--arm-seconds 90]

armed    how fast a function's delayed messages are taken, and what the process holds then
start    ready after so long, with all of them pending
fired    all are overdue at a start: when the first one is fired, and how many a second while the
         functions take them (goals: within 1 s; 20,000/s)

All are due `arm-seconds` after the run begins: so long arming may take.
"""
import argparse
import pathlib
import shutil
import sys
import threading
import time
import urllib.request

from processes import BenchError, Gateway, Process
from timer_function import PER_TURN

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
WORK = ROOT / "build" / "bench-timers"
PROCESS_MB_MAX = 64
FIRED_GOAL = 20_000
SENDERS = 500
CLIENTS = 4

MORE = """\
---
kind: io.statefun.endpoints.v2/http
spec:
  functions: timers/*
  urlPathTemplate: http://127.0.0.1:{port}/{{function.name}}
"""


def start_functions(due):
    program = pathlib.Path(__file__).with_name("timer_function.py")
    process = Process("timer_function", [sys.executable, "-B", program, "--due", due], WORK)
    process.port = process.port_after("listening on")
    return process


class Timers:
    def __init__(self, build, count, arm_seconds):
        self.binary = build / "gateway/statefun-gateway"
        self.turns = max(1, count // PER_TURN)
        self.count = self.turns * PER_TURN
        self.due = time.time() + arm_seconds
        self.functions = start_functions(self.due)

    def gateway(self, keep=True):
        port = self.functions.port
        return Gateway(self.binary, port, WORK, more=MORE.format(port=port), keep=keep)

    @staticmethod
    def say(text, reached=None):
        mark = "" if reached is None else "reached  " if reached else "MISSED   "
        print(f"{mark}{text}", flush=True)

    def until(self, what, condition, seconds):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise BenchError(f"not within {seconds} s: {what}")
            time.sleep(0.02)

    def order_arms(self, gateway):
        def some(first):
            for n in range(first, self.turns, CLIENTS):
                url = f"http://127.0.0.1:{gateway.api_port}/v1/send/timers/arm/s{n % SENDERS}"
                headers = {"Content-Type": "application/vnd.timers/Go"}
                urllib.request.urlopen(urllib.request.Request(url, b"", headers)).close()

        clients = [threading.Thread(target=some, args=(n,)) for n in range(CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()

    def arm(self):
        gateway = self.gateway(keep=False)
        try:
            began = time.monotonic()
            self.order_arms(gateway)
            pending = "statefun_timers_pending"
            self.until(
                "all are armed", lambda: gateway.metric(pending) == self.count,
                max(1, self.due - time.time()),
            )
            took = time.monotonic() - began
            self.say(f"armed: {self.count:,} delayed messages, {self.count / took:,.0f}/s")
            self.memory("armed", gateway)
        finally:
            gateway.stop()

    def memory(self, name, gateway):
        now, peak = gateway.memory_mb("VmRSS"), gateway.memory_mb("VmHWM")
        self.say(
            f"{name}: process {now:.0f} MB, at most {peak:.0f} (goal: under {PROCESS_MB_MAX})",
            peak < PROCESS_MB_MAX,
        )

    def start(self):
        gateway = self.gateway()
        try:
            self.say(f"start: ready after {gateway.ready_ms:.0f} ms")
            time.sleep(2)  # It reads what comes next.
            self.memory("start", gateway)
        finally:
            gateway.stop()

    def fire(self):
        time.sleep(max(0, self.due + 2 - time.time()))
        gateway = self.gateway()
        try:
            began = time.monotonic()
            fired = "statefun_timers_fired_total"
            self.until("the first one is fired", lambda: gateway.metric(fired) > 0, 30)
            first = time.monotonic() - began
            self.say(f"fired: the first {first:.2f} s after ready (goal: 1)", first < 1)
            self.until("all are fired", lambda: gateway.metric(fired) == self.count, 600)
            rate = self.count / (time.monotonic() - began)
            self.say(f"fired: {rate:,.0f}/s (goal: {FIRED_GOAL:,})", rate >= FIRED_GOAL)
            self.until(
                "all are delivered", lambda: gateway.metric("statefun_waiting_messages") == 0, 600
            )
            rate = self.count / (time.monotonic() - began)
            self.say(f"fired: and delivered, {rate:,.0f}/s")
            self.memory("fired", gateway)
        finally:
            gateway.stop()

    def run(self):
        try:
            self.arm()
            self.start()
            self.fire()
        finally:
            self.functions.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--arm-seconds", type=float, default=90)
    arguments = parser.parse_args()
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    try:
        Timers(arguments.build.resolve(), arguments.count, arguments.arm_seconds).run()
    except BenchError as error:
        print(error, file=sys.stderr)
        return 1
    return 0  # A missed goal is a finding.


if __name__ == "__main__":
    sys.exit(main())
