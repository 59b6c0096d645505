"""The bed of the conformance tests: one gateway, and the functions of one SDK behind a wire tap.

It is made once for each language and shared by the tests of a process. Each test has an entity and
an egress topic of its own, named after it.
"""
import atexit
import functools
import json
import pathlib
import tempfile
import unittest

import sdks
from client import Client, entity_path
from polling import wait_until
from processes import Functions, Gateway, get
from tee import Tee

ORDER = "conformance/Order"
TOPICS = [f"topic-{n}" for n in range(100)]


def endpoint(pattern, url, more=""):
    return (
        f"kind: io.statefun.endpoints.v2/http\nspec:\n  functions: {pattern}\n"
        f"  urlPathTemplate: {url}\n{more}"
    )


def playground(topics):
    listed = "".join(f"    - {topic}\n" for topic in topics)
    return [
        "kind: io.statefun.playground.v1/ingress\nspec:\n  port: 0\n",
        f"kind: io.statefun.playground.v1/egress\nspec:\n  port: 0\n  topics:\n{listed}",
    ]


class Bed:
    """`more`: what its endpoint has beside functions and URL; `options`: of the gateway;
    `environment`: of the functions.

    With `tapped=False` the gateway calls the functions' server itself, without the tap.
    """

    def __init__(self, language, directory, more="", tapped=True, options=(), **environment):
        self.language = language
        directory.mkdir(parents=True, exist_ok=True)
        self.functions = Functions(
            directory, sdks.command(language), sdks.environment(language, **environment)
        )
        self.functions.start()
        self.tee = Tee(self.functions.port)
        # {function.name} in the path: the servers of all SDKs serve every path.
        base = self.tee.url if tapped else self.functions.url
        url = f"{base}/statefun/{{function.name}}"
        documents = [endpoint(f"{language}/*", url, more), *playground(["greetings", *TOPICS])]
        self.gateway = Gateway(directory, "---\n".join(documents), options).start()
        self.client = Client(lambda: self.gateway.api)
        self.topics = iter(TOPICS)

    def close(self):
        self.client.close()
        self.gateway.kill()
        self.functions.kill()
        self.tee.close()


@functools.cache
def shared(language):
    directory = tempfile.TemporaryDirectory(prefix=f"sfg-{language}-")
    atexit.register(directory.cleanup)
    bed = Bed(language, pathlib.Path(directory.name))
    atexit.register(bed.close)  # Runs first: the last one registered does.
    return bed


def for_each_sdk(*behaviours):
    """{class name: test class}: the behaviours for every SDK; "test.Go" names those of one."""
    classes = {}
    for language in sdks.LANGUAGES:
        for behaviour in behaviours:
            name = f"{behaviour.__name__}_{language}"
            classes[name] = type(name, (behaviour, SdkTest), {"language": language})
    return classes


class SdkTest(unittest.TestCase):
    language = None

    def setUp(self):
        self.bed = self.make_bed()
        self.gateway, self.tee, self.client = self.bed.gateway, self.bed.tee, self.bed.client
        self.functions = self.bed.functions
        self.me = self._testMethodName.removeprefix("test_")
        self.topic = next(self.bed.topics)
        self.addCleanup(self._show_log_of_failure)

    def make_bed(self):
        return shared(self.language)

    def bed_of_its_own(self, **how):
        """See Bed."""
        directory = tempfile.TemporaryDirectory(prefix=f"sfg-{self.language}-")
        self.addCleanup(directory.cleanup)
        bed = Bed(self.language, pathlib.Path(directory.name), **how)
        self.addCleanup(bed.close)
        return bed

    def _show_log_of_failure(self):
        outcome = getattr(self, "_outcome", None)
        if outcome is not None and not outcome.success:
            print(f"--- the gateway, {self.id()}\n{self.gateway.log()[-3000:]}"
                  f"--- the functions\n{self.functions.log()[-1500:]}---", flush=True)

    def function(self, name="probe"):
        return f"{self.language}/{name}"

    def at(self, entity, function="probe"):
        """An address in an order's "to"."""
        return [self.function(function), entity]

    def send(self, entity, *steps, function="probe", key=None):
        answer = self.client.send(self.function(function), entity, ORDER, {"steps": steps}, key)
        self.assertEqual(202, answer.status, answer.body)

    def call(self, entity, *steps, function="probe", timeout=None):
        """Orders the steps and a report; returns the report."""
        order = {"steps": [*steps, {"do": "report"}]}
        answer = self.client.call(self.function(function), entity, ORDER, order, None, timeout)
        self.assertEqual(200, answer.status, answer.body)
        return answer.json()

    def states(self, entity, *steps, function="probe"):
        return self.call(entity, *steps, function=function)["states"]

    def call_typed(self, name, entity, typename, body, **headers):
        """Calls with a value of any type; returns the answer."""
        fields = {"Content-Type": f"application/vnd.{typename}", **headers}
        path = entity_path("call", self.function(name), entity)
        return self.client.request("POST", path, body, fields)

    def exchanges(self, entity, function="probe"):
        return self.tee.exchanges(self.function(function), entity)

    def emit(self, payload):
        return {"do": "emit", "topic": self.topic, "payload": payload}

    def report_to_topic(self):
        return {"do": "report", "topic": self.topic}

    def take(self, topic=None):
        """The next record of this test's topic; None if there is none now."""
        status, body = get(f"{self.gateway.egress}/{topic or self.topic}")
        return body.decode() if status == 200 and body else None

    def take_all(self, count, topic=None):
        return [
            wait_until(lambda: self.take(topic), f"record {n + 1} of {count}")
            for n in range(count)
        ]

    def take_reports(self, count):
        return [json.loads(record) for record in self.take_all(count)]

    def settle(self):
        """Waits until no message waits anywhere."""
        wait_until(lambda: self.metric("statefun_backlog_messages") == 0, "nothing waits")

    def metric(self, name):
        """The sum over all labels."""
        lines = get(f"{self.gateway.admin}/metrics")[1].decode().splitlines()
        values = [
            float(line.split()[-1]) for line in lines
            if line.split(" ")[0].partition("{")[0] == name
        ]
        assert values, f"no metric {name}"
        return sum(values)
