"""The processes of the benchmark: start, watch, stop.

CPU and memory come from /proc, so the benchmark runs on Linux only.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.request

START_S = 10
STOP_S = 20
TICK_US = 1_000_000 / os.sysconf("SC_CLK_TCK")


class BenchError(Exception):
    """The benchmark cannot go on; the text says why."""


def cpu_us_of(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_US


class Process:
    """A child process whose output goes to a log and is searched for the addresses it names."""

    def __init__(self, name, command, log_dir):
        self.name = name
        self.log_path = pathlib.Path(log_dir) / f"{name}.log"
        self._lines = []
        self._changed = threading.Condition()
        self._child = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        with open(self.log_path, "ab") as log:
            for line in self._child.stdout:
                log.write(line)
                log.flush()
                with self._changed:
                    if len(self._lines) < 200:  # Addresses come first; the rest is for the log.
                        self._lines.append(line.decode(errors="replace"))
                    self._changed.notify_all()
        with self._changed:
            self._lines.append("")  # The end: nothing else will come.
            self._changed.notify_all()

    def port_after(self, text):
        """The port in the first line of output that has `text` followed by an address."""
        pattern = re.compile(re.escape(text) + r"\s*http://[^\s:]+:(\d+)")

        def found():
            return next((m for m in map(pattern.search, self._lines) if m), None)

        with self._changed:
            self._changed.wait_for(lambda: found() or "" in self._lines, timeout=START_S)
            match = found()
        if match is None:
            raise BenchError(f"{self.name} did not say '{text} http://...'; see {self.log_path}")
        return int(match.group(1))

    def check_alive(self):
        if self._child.poll() is not None:
            raise BenchError(
                f"{self.name} ended with {self._child.returncode}; see {self.log_path}"
            )

    def cpu_us(self):
        """User and system time so far, of all threads. Its resolution is a tick (10 ms)."""
        return cpu_us_of(self._child.pid)

    def memory_mb(self, key):
        """VmRSS (now) or VmHWM (the most so far)."""
        status = pathlib.Path(f"/proc/{self._child.pid}/status").read_text()
        return int(re.search(rf"^{key}:\s+(\d+) kB", status, re.MULTILINE).group(1)) / 1024

    def stop(self):
        self._child.terminate()
        try:
            self._child.wait(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._reader.join(timeout=STOP_S)


class Gateway(Process):
    """The gateway in front of one function server, on a fresh store unless `keep` says otherwise.

    `more` is appended to its module.yaml.
    """

    MODULE = """\
kind: io.statefun.endpoints.v2/http
spec:
  functions: bench/*
  urlPathTemplate: http://127.0.0.1:{port}/
"""

    def __init__(self, binary, function_port, work, more="", keep=False):
        data = work / "data"
        if not keep:
            shutil.rmtree(data, ignore_errors=True)
        module = work / "module.yaml"
        module.write_text(self.MODULE.format(port=function_port) + more)
        began = time.monotonic()
        super().__init__("gateway", [
            binary, "serve", "--module", module, "--data", data,
            "--api", "127.0.0.1:0", "--admin", "127.0.0.1:0",
        ], work)
        try:
            self.admin_port = self.port_after("admin listening on")
            self.api_port = self.port_after("api listening on")
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise
        self.ready_ms = (time.monotonic() - began) * 1000

    def _get(self, path):
        url = f"http://127.0.0.1:{self.admin_port}{path}"
        with urllib.request.urlopen(url, timeout=START_S) as answer:
            return answer.read().decode()

    def _wait_until_ready(self):
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            self.check_alive()
            try:
                self._get("/readyz")
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.001)
        raise BenchError(f"the gateway is not ready after {START_S} s; see {self.log_path}")

    def metric(self, name):
        """The sum of a metric's series, or nothing if this gateway has none of that name."""
        try:
            metrics = self._get("/metrics")
        except (urllib.error.URLError, OSError):
            return None
        found = re.findall(rf"^{name}(?:\{{[^}}]*\}})? (\S+)$", metrics, re.MULTILINE)
        return sum(map(float, found)) if found else None

    def turns(self):
        """Turns so far, or nothing if this gateway does not count them."""
        return self.metric("statefun_turns_total")

    def settle(self):
        """Waits until what was accepted has been processed, so that a row starts without debts."""
        deadline = time.monotonic() + STOP_S
        before = self.turns()
        while before is not None and time.monotonic() < deadline:
            time.sleep(0.1)
            now = self.turns()
            if now == before:
                return
            before = now


def function_server(build, name, work):
    process = Process(name, [build / "tests/bench" / name], work)
    process.port = process.port_after("listening on")
    return process


class LoadGenerator:
    """Runs of the load generator, with other processes' CPU over its window."""

    def __init__(self, binary):
        self._binary = str(binary)

    def run(self, options, sample):
        """Its result, and what `sample(its pid)` said when the window opened and when it closed."""
        command = [self._binary]
        for name, value in options.items():
            command += [f"--{name}", str(value)]
        samples = []
        result = None
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            for line in child.stdout:
                if line.strip() in ("begin", "end"):
                    # After "end" the child is a zombie at worst: /proc still knows its CPU.
                    samples.append(sample(child.pid))
                elif line.startswith("{"):
                    result = json.loads(line)
        if child.returncode != 0 or len(samples) != 2 or result is None:
            raise BenchError(f"the load generator failed: {' '.join(command)}")
        return result, samples
