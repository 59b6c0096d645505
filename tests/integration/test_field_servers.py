"""Function servers, and proxies before them, that misbehave as people have reported it.

tests/field_cases.md lists the cases. The servers are scripted here: each connection or request gets
the next answer of a list, the last one again and again.
"""
import contextlib
import http.server
import json
import os
import pathlib
import socket
import tempfile
import threading
import time
import unittest
from collections import Counter

from statefun.request_reply_pb2 import FromFunction, ToFunction

from client import Client, Events, entity_path, pipeline, post
from polling import let_run, wait_until
from processes import Gateway, free_port

COUNTER = "test/counter"
IDS = int(os.environ.get("FIELD_IDS", "100000"))
OCTETS = "application/octet-stream"


def done(batch, count):
    """Replies with the count to all callers."""
    response = FromFunction()
    result = response.invocation_result
    for invocation in batch.invocations:
        if invocation.HasField("caller"):
            sent = result.outgoing_messages.add()
            sent.target.CopyFrom(invocation.caller)
            sent.argument.typename, sent.argument.has_value = "test/bytes", True
            sent.argument.value = str(count).encode()
    return response.SerializeToString()


class Script(http.server.BaseHTTPRequestHandler):
    """Answers with what the server's `script` gives: status, media type or None, seconds."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        batch = ToFunction.FromString(body).invocation
        step = self.server.step(batch)
        let_run(step.get("seconds", 0))
        status, media_type = step.get("status", 200), step.get("type", OCTETS)
        answer = step.get("body")
        self.send_response(status)
        if media_type:
            self.send_header("Content-Type", media_type)
        answer = done(batch, self.server.messages) if answer is None else answer
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024  # Every connection that is tried is there to be counted.

    def __init__(self, script, port=0):
        super().__init__(("127.0.0.1", port), Script)
        self._script = script
        self._lock = threading.Lock()
        self.requests = 0
        self.messages = 0  # Of requests that got a good answer.
        self.taken = Counter()  # The same, by entity.
        self.connects = []  # When.
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def get_request(self):
        self.connects.append(time.monotonic())
        return super().get_request()

    def step(self, batch):
        messages = len(batch.invocations)
        with self._lock:
            step = self._script[min(self.requests, len(self._script) - 1)]
            self.requests += 1
            if step.get("status", 200) == 200 and "type" not in step:
                self.messages += messages
                self.taken[batch.target.id] += messages
            return step

    def handle_error(self, *_):
        pass  # The gateway may leave.


class ServerTest(unittest.TestCase):
    def serve(self, port, policy="attempts: 2"):
        directory = tempfile.TemporaryDirectory(prefix="sfg-")
        self.addCleanup(directory.cleanup)
        self.gateway = Gateway(
            pathlib.Path(directory.name),
            "kind: io.statefun.endpoints.v2/http\nspec:\n  functions: test/*\n"
            f"  urlPathTemplate: http://127.0.0.1:{port}/statefun\n"
            f"  gateway:\n    {policy}\n    backoff: {{initial: 5ms, max: 20ms}}\n",
        )
        self.addCleanup(self.gateway.kill)
        self.gateway.start()
        self.client = Client(lambda: self.gateway.api)
        self.addCleanup(self.client.close)
        self.admin = Client(lambda: self.gateway.admin)
        self.addCleanup(self.admin.close)

    def server(self, *steps, port=0):
        server = Server(steps, port)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server

    def script(self, *steps):
        server = self.server(*steps)
        self.serve(server.server_port, "attempts: 5")
        return server

    def entity(self, name):
        return self.admin.request("GET", entity_path("entities", COUNTER, name)).json()

    def metrics(self):
        """{series: value}"""
        text = self.admin.request("GET", "/metrics").body.decode()
        lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
        return {series: float(value) for series, _, value in lines}

    def failures(self):
        return {
            series: value for series, value in self.metrics().items()
            if series.startswith("statefun_endpoint_failures_total{")
        }

    def wait_parked(self, name):
        return wait_until(
            lambda: (page := self.entity(name))["status"] == "parked" and page, "it is parked"
        )


class Answers(ServerTest):
    def test_R24_an_error_that_comes_as_200_without_a_type_is_a_failed_attempt(self):
        """As the Undertow sample does; a type with parameters counts."""
        error, html = {"type": None, "body": b""}, {"type": "text/html", "body": b"<p>no</p>"}
        server = self.script(error, error, html, {"type": f"{OCTETS}; charset=utf-8"}, {})
        answer = self.client.call(COUNTER, "a", "test/Add", {})
        self.assertEqual(200, answer.status, answer.body)
        self.assertEqual(4, server.requests)
        self.assertEqual(200, self.client.call(COUNTER, "a", "test/Add", {}).status)
        self.assertEqual((5, 1), (server.requests, server.messages))

    def test_R24_the_type_of_a_page_is_in_the_last_error(self):
        self.script({"type": "text/html", "body": b"<p>no</p>"})
        self.client.send(COUNTER, "a", "test/Add", {})
        self.assertIn("text/html", self.wait_parked("a")["last_error"])

    def test_R03_a_proxy_without_its_backend_is_waited_for_and_its_page_is_kept(self):
        page = {"status": 502, "type": "text/html", "body": b"<h1>Bad Gateway</h1>"}
        server = self.script(page, page, {"status": 503, "type": None, "body": b"later"}, {})
        answer = self.client.call(COUNTER, "a", "test/Add", {})
        self.assertEqual((200, b"1"), (answer.status, answer.body))
        self.assertEqual(4, server.requests)

    def test_R19_a_proxy_cuts_calls_that_go_on_behind_it_and_one_answer_counts(self):
        cut = {"status": 504, "type": "application/json", "body": b'{"message": "timed out"}',
               "seconds": 0.1}
        server = self.script(cut, cut, {})
        answer = self.client.call(COUNTER, "a", "test/Add", {})
        self.assertEqual((200, b"1"), (answer.status, answer.body))
        self.assertEqual(3, server.requests)
        failures = self.failures()
        self.assertEqual([2.0], [value for value in failures.values() if value])
        self.assertIn('kind="down"', max(failures, key=failures.get))
        answers = {
            series.split('status="')[1].split('"')[0]: value
            for series, value in self.metrics().items()
            if series.startswith("statefun_endpoint_answers_total{")
        }
        self.assertEqual({"200": 1.0, "504": 2.0}, answers)

    def test_R34_whoever_listens_hears_within_a_second_what_is_parked(self):
        self.script({"status": 500, "type": None, "body": b"no such column"})
        with Events(self.gateway.admin) as events:
            self.client.send(COUNTER, "a", "test/Add", {})
            page = self.wait_parked("a")
            parked_at = time.monotonic()
            kind, parked = events.take()
            self.assertLess(time.monotonic() - parked_at, 1)
            self.assertEqual("parked", kind)
            head = page["mailbox"]["head"]["message_id"]
            self.assertEqual(
                (*COUNTER.split("/"), "a", page["last_error"], head),
                tuple(parked[n] for n in ("namespace", "type", "id", "last_error", "message_id")),
            )
            path = entity_path("entities", COUNTER, "a") + "?action=purge-to-dead-letters"
            self.assertEqual(200, self.admin.request("POST", path).status)
            self.assertEqual("dead_letter", events.take()[0])
            self.assertEqual("resumed", events.take()[0])
            metrics = self.metrics()
            self.assertEqual(1, metrics["statefun_event_listeners"])
            self.assertEqual(0, metrics["statefun_parked_entities"])
        wait_until(lambda: self.metrics()["statefun_event_listeners"] == 0, "it has left")

    def test_R34_what_is_parked_is_counted_and_shown_within_a_second(self):
        self.script({"status": 500, "type": None, "body": b"no such column"})
        self.client.send(COUNTER, "a", "test/Add", {})
        page = self.wait_parked("a")
        self.assertIn("no such column", page["last_error"])
        parked = 'statefun_waiting_entities{reason="parked"}'
        wait_until(lambda: self.metrics()[parked] == 1, "it is counted", deadline_s=1)
        self.assertIn("can't be processed; the entity is parked", self.gateway.log())
        self.assertEqual(1, self.metrics()["statefun_parked_entities"])
        names = COUNTER.split("/")
        labels = f'function_namespace="{names[0]}",function_name="{names[1]}"'
        self.assertEqual(1, self.metrics()[f"statefun_parked_total{{{labels}}}"])
        self.gateway.restart()
        self.assertEqual(1, self.metrics()["statefun_parked_entities"])


class Cold(ServerTest):
    def test_R18_a_server_that_comes_back_to_very_many_entities_is_met_gently(self):
        port, entities = free_port(), [f"e{n}" for n in range(500)]
        self.serve(port)
        for _ in range(2):
            paths = [entity_path("send", COUNTER, entity) for entity in entities]
            answers = pipeline(self.gateway.api, [post(path, "test/Add", b"{}") for path in paths])
            self.assertEqual({202}, {answer.status for answer in answers})
        wait_until(lambda: sum(self.failures().values()) >= 3, "it was looked for")
        server = self.server({"seconds": 0.05}, port=port)  # Cold: each answer takes its time.
        wait_until(lambda: server.messages == 2 * len(entities), "all is taken")
        self.assertEqual(dict.fromkeys(entities, 2), server.taken)
        first_second = [at for at in server.connects if at < server.connects[0] + 1]
        self.assertLessEqual(len(first_second), 64)
        self.assertEqual(0, self.metrics()['statefun_waiting_entities{reason="parked"}'])


class Sockets(ServerTest):
    def test_R17_a_server_that_speaks_http2_at_once_is_named(self):
        """It begins with a SETTINGS frame, as servers with prior knowledge do."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        accepted = []

        def answer():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    connection.sendall(b"\x00\x00\x00\x04\x00\x00\x00\x00\x00")
                    accepted.append(connection)

        threading.Thread(target=answer, daemon=True).start()
        self.serve(listener.getsockname()[1])
        self.client.send(COUNTER, "a", "test/Add", {})
        page = self.wait_parked("a")
        self.assertIn("speaks HTTP/2 (prior knowledge) on an http/1.1", page["last_error"])
        self.assertGreaterEqual(page["attempts"], 2)
        self.assertGreaterEqual(len(accepted), 2)


class Scrapes(ServerTest):
    def test_R66_a_scrape_is_as_small_with_very_many_entities(self):
        """FIELD_IDS of them (100,000)."""
        self.script({})

        def send(first, count):
            body = json.dumps({}).encode()
            paths = [entity_path("send", COUNTER, f"id/{n}?") for n in range(first, first + count)]
            answers = pipeline(self.gateway.api, [post(path, "test/Add", body) for path in paths])
            self.assertEqual({202}, {answer.status for answer in answers})

        send(0, 10)
        self.client.call(COUNTER, "last", "test/Add", {})
        before = self.metrics()
        # Paused, so that only ids grow: no call needs to be made for each.
        self.admin.request("POST", f"/v1/types/{COUNTER}?action=pause")
        for first in range(10, IDS, 5_000):
            send(first, 5_000)
        after = self.metrics()
        self.assertEqual(set(before), set(after))
        self.assertLess(len(self.admin.request("GET", "/metrics").body), 200_000)


if __name__ == "__main__":
    unittest.main()
