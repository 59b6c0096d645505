"""The processes of the benchmark: start, watch, stop.

CPU, memory and what was written come from /proc, so the benchmark runs on Linux only.
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
    """User and system time so far, of all threads that still run.

    To the nanosecond where the kernel says it, else to a tick (10 ms).
    """
    try:
        tasks = pathlib.Path(f"/proc/{pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1000
    except OSError:
        return whole_cpu_us_of(pid)


def whole_cpu_us_of(pid):
    """The same with the threads that have ended, to a tick (10 ms)."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_US


class Process:
    """A child process whose output goes to a log and is searched for the addresses it names."""

    def __init__(self, name, command, log_dir):
        self.name = name
        self.log_path = pathlib.Path(log_dir) / f"{name}.log"
        self._lines = []
        self._changed = threading.Condition()
        self._is_killed = False
        self._child = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self):
        return self._child.pid

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

    def said(self, text):
        """What follows `text` in the first line of output that has it."""
        pattern = re.compile(re.escape(text) + r"\s*(\S+)")

        def found():
            return next((m for m in map(pattern.search, self._lines) if m), None)

        with self._changed:
            self._changed.wait_for(lambda: found() or "" in self._lines, timeout=START_S)
            match = found()
        if match is None:
            raise BenchError(f"{self.name} did not say '{text} ...'; see {self.log_path}")
        return match.group(1)

    def check_alive(self):
        if self._child.poll() is not None and not self._is_killed:
            raise BenchError(
                f"{self.name} ended with {self._child.returncode}; see {self.log_path}"
            )

    def cpu_us(self):
        return cpu_us_of(self._child.pid)

    def memory_mb(self, key="VmRSS"):
        """VmRSS (now) or VmHWM (the most so far)."""
        status = pathlib.Path(f"/proc/{self._child.pid}/status").read_text()
        return int(re.search(rf"^{key}:\s+(\d+) kB", status, re.MULTILINE).group(1)) / 1024

    def written_bytes(self):
        """What it caused to be written to the disk."""
        text = pathlib.Path(f"/proc/{self._child.pid}/io").read_text()
        return int(re.search(r"^write_bytes: (\d+)$", text, re.MULTILINE).group(1))

    def stop(self):
        self._child.terminate()
        try:
            self._child.wait(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._reader.join(timeout=STOP_S)

    def kill(self):
        self._is_killed = True
        self._child.kill()
        self._child.wait()


class FunctionServer(Process):
    def __init__(self, binary, arguments, work):
        super().__init__(binary.name, [binary, *arguments], work)
        self.url = self.said("listening on").rstrip("/")

    def address(self):
        """Where it is, in the load generator's words."""
        scheme, _, rest = self.url.partition("://")
        if scheme == "http+unix":
            return {"socket": rest}
        return {"port": int(rest.rpartition(":")[2])}


class Gateway(Process):
    """The gateway in front of one function server, on a fresh store unless `keep` says otherwise.

    `more` is appended to its module.yaml, where {url} is the function server's.
    """

    MODULE = """\
kind: io.statefun.endpoints.v2/http
spec:
  functions: bench/*
  urlPathTemplate: {url}/
"""

    def __init__(self, binary, function_url, work, more="", keep=False):
        data = work / "data"
        if not keep:
            shutil.rmtree(data, ignore_errors=True)
        module = work / "module.yaml"
        module.write_text((self.MODULE + more).format(url=function_url))
        began = time.monotonic()
        super().__init__("gateway", [
            binary, "serve", "--module", module, "--data", data,
            "--api", "127.0.0.1:0", "--admin", "127.0.0.1:0",
        ], work)
        try:
            self.admin_url = self.said("admin listening on").rstrip("/")
            self.api_url = self.said("api listening on").rstrip("/")
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise
        self.ready_ms = (time.monotonic() - began) * 1000

    @property
    def port(self):
        return int(self.api_url.rpartition(":")[2])

    def _get(self, path):
        with urllib.request.urlopen(self.admin_url + path, timeout=START_S) as answer:
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

    def metrics(self):
        """{name: the sum of its series}. Buckets of histograms are left out."""
        found = {}
        pattern = re.compile(r"^(\w+)(?:\{[^}]*\})? (\S+)$", re.MULTILINE)
        for name, value in pattern.findall(self._get("/metrics")):
            if not name.endswith("_bucket"):
                found[name] = found.get(name, 0.0) + float(value)
        return found

    def metric(self, name):
        return self.metrics()[name]

    def settle(self, seconds=STOP_S):
        """Waits until nothing waits and nothing is called, and returns the metrics of then."""
        deadline = time.monotonic() + seconds
        before = None
        while time.monotonic() < deadline:
            metrics = self.metrics()
            is_quiet = not any(metrics[f"statefun_{what}"] for what in (
                "waiting_messages", "calls_in_flight", "timers_pending",
            ))
            if is_quiet and before == metrics["statefun_invocations_total"]:
                return metrics
            before = metrics["statefun_invocations_total"] if is_quiet else None
            time.sleep(0.02)
        raise BenchError(
            f"after {seconds} s {metrics['statefun_waiting_messages']:,.0f} messages still wait;"
            f" see {self.log_path}"
        )


class LoadGenerator:
    """Runs of the load generator, with what others did over its window."""

    def __init__(self, binary):
        self._binary = str(binary)

    def command(self, options):
        command = [self._binary]
        for name, value in options.items():
            command += [f"--{name.replace('_', '-')}", str(value)]
        return command

    def run(self, sample=lambda pid: None, **options):
        """Its result, and what `sample(its pid)` said when the window opened and when it closed."""
        command = self.command(options)
        samples = []
        result = None
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            for line in child.stdout:
                if line.strip() in ("begin", "end"):
                    samples.append(sample(child.pid))
                elif line.startswith("{"):
                    result = json.loads(line)
        if child.returncode != 0 or len(samples) != 2 or result is None:
            raise BenchError(f"the load generator failed: {' '.join(command)}")
        return result, samples

    def finish(self, options):
        """A run that is not measured."""
        if subprocess.run(self.command(options), check=False).returncode != 0:
            raise BenchError(f"the load generator failed: {' '.join(self.command(options))}")

    def start(self, **options):
        """A run beside the measured one, to be killed."""
        return subprocess.Popen(self.command(options), stdout=subprocess.DEVNULL)
