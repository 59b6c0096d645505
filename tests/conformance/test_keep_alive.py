"""Kept connections and the servers of the official samples, at their default settings.

Servers close a connection that rests: gunicorn after 2 s, uvicorn and Node after 5 s, Flask
at once. A close must never meet a request in a way that counts: under load with pauses around
those times no attempt fails, nobody waits, and counts are exact. KEEP_ALIVE_S seconds for each
server.
"""
import concurrent.futures
import os
import pathlib
import random
import sys
import tempfile
import time
import unittest

import sdks
from bed import ORDER, endpoint
from client import Client
from polling import let_run
from processes import Functions, Gateway, get

SECONDS = float(os.environ.get("KEEP_ALIVE_S", "8"))
# On a machine that runs other tests. A retry after a backoff would be seen as a failure.
STALL_S = 2.0
APPS = sdks.PROGRAMS / "python/keep_alive_apps.py"
PYTHON_SERVERS = ("aiohttp", "flask", "gunicorn", "uvicorn")
SDK_SERVERS = {"node": "javascript", "net_http": "go", "undertow": "java"}
# Around the times after which the servers and the gateway give a connection up.
PAUSES_S = (1.0, 2.0, 4.0, 5.0)


def failures(gateway):
    lines = get(f"{gateway.admin}/metrics")[1].decode().splitlines()
    counts = [
        float(line.split()[-1]) for line in lines
        if line.startswith("statefun_endpoint_failures_total{")
    ]
    assert counts, "no metric of failed attempts"
    return sum(counts)


class Caller:
    """One entity that is called again and again, after pauses that `pause` gives."""

    def __init__(self, gateway, function, entity, pause):
        self._client = Client(lambda: gateway.api)
        self._function, self._entity, self._pause = function, entity, pause
        self.calls, self.slowest_s = 0, 0.0

    def run(self, deadline):
        try:
            while time.monotonic() < deadline:
                self._call()
                left = deadline - time.monotonic()
                let_run(max(0.0, min(self._pause(), left)))
        finally:
            self._client.close()
        return self

    def _call(self):
        order = {"steps": [{"do": "count", "state": "count"}, {"do": "report"}]}
        begun = time.monotonic()
        answer = self._client.call(self._function, self._entity, ORDER, order)
        self.slowest_s = max(self.slowest_s, time.monotonic() - begun)
        self.calls += 1
        assert answer.status == 200, answer.body
        assert answer.json()["states"]["count"] == self.calls, answer.body


class KeepAlive(unittest.TestCase):
    def keep(self, command, environment, language):
        directory = tempfile.TemporaryDirectory(prefix="sfg-keep-alive-")
        self.addCleanup(directory.cleanup)
        path = pathlib.Path(directory.name)
        functions = Functions(path, command, environment)
        self.addCleanup(functions.kill)
        functions.start()
        gateway = Gateway(path, endpoint(f"{language}/*", f"{functions.url}/statefun"))
        self.addCleanup(gateway.kill)
        gateway.start()

        random.seed(7)
        steady = [lambda: random.uniform(0, 0.02)] * 2
        resting = [
            lambda at=at: at + random.uniform(-0.02, 0.02) for at in PAUSES_S if at < SECONDS
        ]
        callers = [
            Caller(gateway, f"{language}/probe", f"entity-{n}", pause)
            for n, pause in enumerate(steady + resting)
        ]
        deadline = time.monotonic() + SECONDS
        with concurrent.futures.ThreadPoolExecutor(len(callers)) as pool:
            done = list(pool.map(lambda caller: caller.run(deadline), callers))
        self.assertEqual(0, failures(gateway), gateway.log())
        self.assertGreater(sum(caller.calls for caller in done), SECONDS * 10)
        self.assertLess(max(caller.slowest_s for caller in done), STALL_S)


def _python(server):
    def test(self):
        self.keep([sys.executable, "-B", str(APPS), "--server", server], {}, "python")
    return test


def _sdk(language):
    def test(self):
        self.keep(sdks.command(language), sdks.environment(language), language)
    return test


for _server in PYTHON_SERVERS:
    setattr(KeepAlive, f"test_{_server}", _python(_server))
for _server, _language in SDK_SERVERS.items():
    setattr(KeepAlive, f"test_{_server}", _sdk(_language))
