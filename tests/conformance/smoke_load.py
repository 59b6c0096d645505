"""The smoke test's driver: sends the commands, kills at random, and asks until all is as expected."""
import base64
import http.client
import random
import threading

from client import Client, entity_path
from commands_pb2 import Command, Commands, SourceCommand, VerificationResult
from polling import let_run
from smoke_model import INSTANCES, Expected, Generator

INTERPRETER = "statefun.smoke.e2e/command-interpreter-fn"
SOURCE_COMMAND = "application/vnd.statefun.smoke.e2e/source-command"
CLIENTS = 4
AHEAD = 200  # Commands on their way at the moment of a kill.


class Source:
    """Clients that repeat each command, with one key, until the gateway says that it has it."""

    def __init__(self, gateway, seed, count):
        self._gateway = gateway
        self._seed = seed
        generator = Generator(seed)
        self._commands = [generator.source_command() for _ in range(count)]
        self.expected = Expected()
        for command in self._commands:
            self.expected.add(command)
        self._next = iter(range(count))
        self._lock = threading.Lock()
        self.accepted = self.repeats = 0
        self.limit = count  # Commands beyond it wait, so that kills always meet clients at work.
        self.errors = []
        self._threads = [threading.Thread(target=self._run) for _ in range(CLIENTS)]

    def start(self):
        for thread in self._threads:
            thread.start()

    def finish(self):
        for thread in self._threads:
            thread.join()

    def stop(self):
        """No more commands, for a test that has failed."""
        self.errors.append("stopped")
        self.finish()

    def _run(self):
        client = Client(lambda: self._gateway.api)
        try:
            while (number := self._take()) is not None and not self.errors:
                self._send(client, number)
        except Exception as problem:  # Whatever it is, the test must see it.
            self.errors.append(repr(problem))
        finally:
            client.close()

    def _take(self):
        with self._lock:
            return next(self._next, None)

    def _send(self, client, number):
        command = self._commands[number]
        path = entity_path("send", INTERPRETER, str(command.target))
        headers = {"Content-Type": SOURCE_COMMAND, "Idempotency-Key": f"{self._seed}-{number}"}
        while number >= self.limit and not self.errors:
            let_run(0.005)
        while not self.errors:
            status = post(client, path, command.SerializeToString(), headers)
            if status == 202:
                with self._lock:
                    self.accepted += 1
                return
            if status not in (None, 429, 503, 504):
                raise AssertionError(f"{status} for command {number} of seed {self._seed}")
            with self._lock:
                self.repeats += 1
            let_run(0.01)


def post(client, path, body, headers):
    """The status; None when the connection broke."""
    try:
        return client.request("POST", path, body, headers).status
    except (OSError, http.client.HTTPException):
        return None


class Killer:
    """kill -9 of the gateway, of the function server, of both, whenever chance says so."""

    def __init__(self, gateway, functions, source, seed, kills):
        self._gateway, self._functions, self._source = gateway, functions, source
        self._random = random.Random(f"kills {seed}")
        self.of_gateway = self.of_functions = 0
        self._moments = sorted(self._random.random() for _ in range(kills))

    def run(self, total):
        """Kills as the accepted commands pass random numbers up to `total`."""
        for moment in self._moments:
            self._source.limit = moment * total + AHEAD
            while self._source.accepted < moment * total and not self._source.errors:
                let_run(0.005)
            let_run(self._random.uniform(0, 0.1))
            self.kill()
        self._source.limit = total

    def kill(self):
        what = self._random.choices(["gateway", "functions", "both"], [6, 3, 1])[0]
        if what != "functions":
            self.of_gateway += 1
            self._gateway.kill()
        if what != "gateway":
            self.of_functions += 1
            self._functions.kill()
            self._functions.start()
        if what != "functions":
            self._gateway.start()


class Verifier:
    """Asks every instance for its counter until it is what it must be. More is an error at once."""

    def __init__(self, gateway, expected):
        self._gateway = gateway
        self._expected = expected
        self._client = Client(lambda: gateway.api)
        self._door = Client(lambda: gateway.egress)
        self._done = set()
        self.actual = {}

    def close(self):
        self._client.close()
        self._door.close()

    def ask_all_again(self):
        self._done.clear()

    def ask(self):
        """One question to each instance that is not done; False if one could not be asked."""
        for instance in set(range(INSTANCES)) - self._done:
            verify = Command(verify=Command.Verify(expected=self._expected.counters[instance]))
            body = SourceCommand(target=instance, commands=Commands(command=[verify]))
            path = entity_path("send", INTERPRETER, str(instance))
            headers = {"Content-Type": SOURCE_COMMAND}
            if post(self._client, path, body.SerializeToString(), headers) != 202:
                return False
        return True

    def read(self):
        """Takes all answers that are there; whether every instance is done."""
        for payload, _ in self.records("verification-sink"):
            self.judge(VerificationResult.FromString(base64.b64decode(payload)))
        return len(self._done) == INSTANCES

    def judge(self, result):
        self.actual[result.id] = result.actual
        if result.actual > result.expected:
            raise AssertionError(
                f"instance {result.id} counted {result.actual}, more than {result.expected}"
            )
        if result.actual == result.expected:
            self._done.add(result.id)

    def records(self, topic):
        """(payload, position) of each record of a topic that is there now; takes them."""
        while True:
            try:
                answer = self._door.request("GET", f"/{topic}")
            except (OSError, http.client.HTTPException):
                return
            if answer.status != 200 or not answer.body:
                return
            yield answer.body, answer.headers["statefun-position"]

    def missing(self):
        """{instance: (actual, expected)} of those that are not done."""
        return {
            instance: (self.actual.get(instance), self._expected.counters[instance])
            for instance in sorted(set(range(INSTANCES)) - self._done)
        }
