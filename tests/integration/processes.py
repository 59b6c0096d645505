"""The processes of a test: the gateway, and function servers on the official SDK.

A gateway listens on free ports and names them in the first lines of its standard error. It can be
killed, stopped and started again on the same data directory; `api`, `ingress` and the others are
the addresses of its current life.
"""
import http.client
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

from client import Client
from polling import wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
GATEWAY = os.environ.get("GATEWAY_UNDER_TEST", str(ROOT / "build/release/gateway/statefun-gateway"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(url):
    """Status and body of a GET; (0, b"") if nobody answers."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    try:
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()


class Process:
    """A child process with its log in a file; `environment` is added to that of the tests."""

    def __init__(self, command, log_path, environment=None):
        self.log_path = log_path
        self.addresses = {}  # Of a gateway, by door.
        with open(log_path, "wb") as log:
            self._child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=log_path.parent,
                env={**os.environ, **(environment or {})},
            )
        self.pid = self._child.pid

    def log(self):
        return self.log_path.read_text(errors="replace")

    def running(self):
        return self._child.poll() is None

    def kill(self):
        self._child.kill()
        self._child.wait()

    def send_signal(self, number):
        self._child.send_signal(number)

    def terminate(self):
        self.send_signal(signal.SIGTERM)

    def exit_code(self, deadline_s=30):
        return self._child.wait(timeout=deadline_s)


class Functions:
    """A function server: a program that takes --port and serves /statefun.

    `program` is a Python file, or a command in any language as a list. `environment` may change
    between two starts.
    """

    def __init__(self, directory, program, environment=None):
        self.environment = environment or {}
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._directory = directory
        is_command = isinstance(program, list)
        self._command = program if is_command else [sys.executable, "-B", str(program)]
        self._lives = 0
        self._process = None

    def start(self):
        self._lives += 1
        self._process = Process(
            [*self._command, "--port", str(self.port)],
            self._directory / f"functions-{self._lives}.log",
            self.environment,
        )
        wait_until(self._answers, f"functions answer: {self._process.log()}")

    def _answers(self):
        assert self._process.running(), self._process.log()
        return get(f"{self.url}/")[0] != 0

    def running(self):
        return self._process is not None and self._process.running()

    def freeze(self):
        """Whatever is called from now on waits until thaw()."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self._process.send_signal(signal.SIGCONT)

    def stop(self):
        """SIGTERM: a server of several processes ends them all."""
        if self.running():
            self._process.terminate()
            self._process.exit_code()
        self._process = None

    def kill(self):
        if self._process is not None:
            self._process.kill()
            self._process = None

    def log(self):
        return self._process.log()


class Gateway:
    def __init__(self, directory, module, options=()):
        self.data = directory / "data"
        self.module = directory / "module.yaml"
        self.module.write_text(module)
        self._directory = directory
        self._options = list(options)
        self._lives = 0
        self.process = None

    def command(self):
        return [
            GATEWAY, "serve", "--module", str(self.module), "--data", str(self.data),
            "--api", "127.0.0.1:0", "--admin", "127.0.0.1:0", *self._options,
        ]

    def spawn(self):
        """Starts a process and does not wait for it to be ready."""
        self._lives += 1
        self.process = Process(self.command(), self._directory / f"gateway-{self._lives}.log")

    def start(self):
        self.spawn()
        self.wait_ready()
        return self

    def wait_ready(self):
        wait_until(self._ready, "the gateway is ready")

    def _ready(self):
        assert self.process.running(), f"the gateway ended:\n{self.process.log()}"
        admin = self._address("admin")
        return admin and get(f"{admin}/readyz")[0] == 200

    def _address(self, door):
        """Of the current life; None as long as it is not known. Any thread."""
        process = self.process  # What it said is kept with it: another thread may start the next.
        if door not in process.addresses:
            match = re.search(rf"{door} listening on (http://[^\s\"]+)\n", process.log())
            if match is None:
                return None
            process.addresses[door] = match.group(1).replace("0.0.0.0", "127.0.0.1")
        return process.addresses[door]

    @property
    def api(self):
        return self._address("api")

    @property
    def admin(self):
        return self._address("admin")

    @property
    def ingress(self):
        return self._address("playground ingress")

    @property
    def egress(self):
        return self._address("playground egress")

    def kill(self):
        """kill -9."""
        if self.process is not None:
            self.process.kill()

    def restart(self):
        self.kill()
        return self.start()

    def stop(self):
        """SIGTERM; returns the exit code."""
        self.process.terminate()
        return self.process.exit_code()

    def log(self):
        return self.process.log()


def module_yaml(functions_url, types, topics=()):
    """A module with one endpoint per pattern, the playground's doors on free ports."""
    documents = [
        f"kind: io.statefun.endpoints.v2/http\nspec:\n  functions: {pattern}\n"
        f"  urlPathTemplate: {functions_url}/statefun\n"
        for pattern in types
    ]
    if topics:
        documents.append("kind: io.statefun.playground.v1/ingress\nspec:\n  port: 0\n")
        listed = "".join(f"    - {topic}\n" for topic in topics)
        documents.append(
            f"kind: io.statefun.playground.v1/egress\nspec:\n  port: 0\n  topics:\n{listed}"
        )
    return "---\n".join(documents)


class GatewayTest(unittest.TestCase):
    """A gateway and a function server per test, in a directory of their own."""

    program = pathlib.Path(__file__).with_name("probe_functions.py")
    types = ("test/*",)
    topics = ("records",)

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="sfg-")
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.functions = Functions(self.directory, self.program)
        self.gateway = Gateway(
            self.directory, module_yaml(self.functions.url, self.types, self.topics)
        )
        self.addCleanup(self.functions.kill)
        self.addCleanup(self.gateway.kill)
        self.addCleanup(self._show_logs_of_failure)
        self.functions.start()
        self.gateway.start()
        self.client = Client(lambda: self.gateway.api)
        self.addCleanup(self.client.close)

    def _show_logs_of_failure(self):
        outcome = getattr(self, "_outcome", None)
        if outcome is not None and not outcome.success and self.gateway.process is not None:
            print(f"--- the gateway's log, {self.id()}\n{self.gateway.log()[-4000:]}---",
                  file=sys.stderr)

    def control(self, order):
        """Tells the function server of probe_functions.py how to behave."""
        door = Client(lambda: self.functions.url)
        self.addCleanup(door.close)
        self.assertEqual(200, door.request("POST", "/control", order).status)

    def take_record(self, topic="records"):
        """The next record of a topic, or None if there is none now."""
        status, body = get(f"{self.gateway.egress}/{topic}")
        return body.decode() if status == 200 and body else None

    def take_records(self, count, topic="records"):
        """The next `count` records; waits for them."""
        return [
            wait_until(lambda: self.take_record(topic), f"record {n + 1} of {count} in {topic}")
            for n in range(count)
        ]
