"""What people reported of systems like this one, each case played against the real gateway.

tests/field_cases.md lists all of them and where their tests are; the numbers are its numbers.
"""
import concurrent.futures
import hashlib
import os
import pathlib
import random
import re
import socket
import subprocess
import time
import unittest
import urllib.parse

from client import Client, entity_path
from polling import let_run, wait_until
from processes import GATEWAY, GatewayTest, get

ADD = "test/Add"
ROLLS = int(os.environ.get("FIELD_ROLLS", "6"))
IDS = [
    "", "a", "A", "a b", "a/b", "a%2Fb", "A/B", "a//b", "/", "//", "?", "a?b=c", "#", "a#b", "%", "%25",
    "+", "a+b", "a||b", "@", "me@example.com", "https://example.com/x?y=z#f", "a\x00b", "\x00", "\t",
    "line\nbreak", "\r\n", "..", ".", "../../etc/passwd", "é", "e\u0301", "日本語", "🦊", "\u202e",
    "\ufeff", " ", "  ", "a:b", "x" * 1000,
]


def tree_digest(directory):
    digest = hashlib.sha256()
    for path in sorted(directory.rglob("*")):
        digest.update(str(path.relative_to(directory)).encode())
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()


class RawTest(GatewayTest):
    program = pathlib.Path(__file__).with_name("raw_functions.py")

    def seen(self):
        door = Client(lambda: self.functions.url)
        self.addCleanup(door.close)
        return door.request("GET", "/seen").json()

    def count(self, entity, function="test/counter"):
        answer = self.client.call(function, entity, ADD, {})
        self.assertEqual(200, answer.status, answer.body)
        return int(answer.body.rsplit(b" ", 1)[1])


class Ids(RawTest):
    def test_R71_any_text_is_an_id_and_none_is_another(self):
        for entity in IDS:
            for n in (1, 2):
                answer = self.client.call("test/counter", entity, ADD, {})
                self.assertEqual((200, entity.encode() + b" %d" % n), (answer.status, answer.body))
        seen = {bytes.fromhex(entity).decode() for _, entity, _ in self.seen()}
        self.assertEqual(set(IDS), seen)

    def test_R71_an_id_of_64_KiB_comes_by_a_function_and_is_the_same_bytes(self):
        entity = "".join(chr(ord("a") + n % 26) for n in range(64 * 1024))
        answer = self.client.call("test/counter", entity, ADD, {})
        self.assertEqual(414, answer.status)  # A request target ends at 16 KiB.
        path = entity_path("send", "test/relay", "r")
        headers = {"Content-Type": "application/vnd.test/id"}
        answer = self.client.request("POST", path, entity.encode(), headers)
        self.assertEqual(202, answer.status)
        arrived = ["counter", entity.encode().hex(), 1]
        wait_until(lambda: arrived in self.seen(), "the entity is called")

    def test_R66_the_number_of_series_does_not_depend_on_the_ids(self):
        def series():
            status, body = get(f"{self.gateway.admin}/metrics")
            self.assertEqual(200, status)
            self.assertLess(len(body), 200_000)
            lines = [line for line in body.decode().splitlines() if not line.startswith("#")]
            return {line.rsplit(" ", 1)[0] for line in lines}

        for n in range(10):
            self.count(f"id-{n}")
        before = series()
        for n in range(500):
            self.client.send("test/counter", f"id/{n}?#", ADD, {})
        self.count("last")
        self.assertEqual(before, series())


class Callers(RawTest):
    def test_R26_a_call_past_its_deadline_is_processed_once_and_its_reply_is_kept(self):
        self.count("warm")
        self.control(b'{"delay": 1.5}')
        ids = set()
        for _ in range(3):
            answer = self.client.call("test/counter", "slow", ADD, {}, key="k", timeout="200ms")
            self.assertEqual(504, answer.status)
            ids.add(answer.headers["statefun-message-id"])
        self.assertEqual(1, len(ids))
        reply = lambda: self.client.request("GET", f"/v1/replies/{ids.copy().pop()}")
        wait_until(lambda: reply().status == 200, "the reply is kept")
        self.assertEqual(b"slow 1", reply().body)
        self.control(b'{"delay": 0}')
        self.assertEqual(b"slow 1", self.client.call("test/counter", "slow", ADD, {}, key="k").body)

    def exchange(self, head, body=b""):
        """One request by hand; the first status line that comes back, and how long it took."""
        parts = urllib.parse.urlsplit(self.gateway.api)
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
            start = time.monotonic()
            connection.sendall(head)
            stream = connection.makefile("rb")
            first = stream.readline()
            took_s = time.monotonic() - start
            if b" 100 " not in first:
                return first, took_s, None
            stream.readline()
            connection.sendall(body)
            return first, took_s, stream.readline()

    def test_R06_an_expected_100_comes_at_once_and_a_refusal_instead_of_it(self):
        head = (
            "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/vnd.test/Add\r\n"
            "Expect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
        )
        good = head.format(path=entity_path("send", "test/counter", "e"), length=2048).encode()
        first, took_s, final = self.exchange(good, b"x" * 2048)
        self.assertIn(b" 100 ", first)
        self.assertLess(took_s, 0.1)
        self.assertIn(b" 202 ", final)
        large = head.format(path=entity_path("send", "test/counter", "e"), length=10**9).encode()
        first, took_s, _ = self.exchange(large)
        self.assertIn(b" 413 ", first)
        self.assertLess(took_s, 0.1)
        ghost = head.format(path=entity_path("send", "ghost/x", "e"), length=2048).encode()
        first, took_s, _ = self.exchange(ghost)
        self.assertIn(b" 404 ", first)
        self.assertLess(took_s, 0.1)


class Directories(RawTest):
    def test_R62_an_unknown_format_is_refused_by_name_and_not_one_byte_is_written(self):
        self.count("a")
        self.assertEqual(0, self.gateway.stop())
        path = self.gateway.data / "FORMAT"
        text = path.read_text()
        path.write_text(re.sub(r"(format[\" :=]+)\d+", r"\g<1>99", text, count=1))
        self.assertNotEqual(text, path.read_text())
        before = tree_digest(self.gateway.data)
        self.gateway.spawn()
        self.assertEqual(3, self.gateway.process.exit_code())
        self.assertIn("99", self.gateway.log())
        self.assertEqual(before, tree_digest(self.gateway.data))
        path.write_text(text)
        self.gateway.start()
        self.assertEqual(2, self.count("a"))

    def test_R59_a_second_start_names_the_holder_and_a_killed_one_does_not_hold(self):
        start = time.monotonic()
        second = subprocess.run(self.gateway.command(), capture_output=True, text=True, timeout=10)
        self.assertLess(time.monotonic() - start, 1)
        self.assertEqual(3, second.returncode)
        self.assertIn(str(self.gateway.process.pid), second.stderr)
        self.gateway.restart()
        self.assertEqual(1, self.count("a"))

    def test_R63_a_directory_that_cannot_be_used_is_one_sentence_and_an_exit_code(self):
        blocked = self.directory / "file"
        blocked.write_text("not a directory")
        command = [
            GATEWAY, "serve", "--module", str(self.gateway.module), "--data", str(blocked / "data"),
            "--api", "127.0.0.1:0", "--admin", "127.0.0.1:0",
        ]
        refused = subprocess.run(command, capture_output=True, text=True, timeout=10)
        self.assertEqual(3, refused.returncode)
        self.assertIn(str(blocked), refused.stderr)


class Rolls(RawTest):
    def test_R68_rolling_gateway_and_functions_under_load_is_exact(self):
        """SIGTERM to both, in either order, again and again; every message counts once."""
        sent = {}
        stop = False

        def load(worker):
            client = Client(lambda: self.gateway.api, timeout_s=10)
            n = 0
            while not stop:
                entity, key = f"{worker}-{n % 5}", f"{worker}/{n}"
                try:
                    answer = client.send("test/counter", entity, ADD, {}, key=key)
                except Exception:  # The connection broke, or nobody listens now.
                    let_run(0.01)
                    continue
                if answer.status == 202:
                    sent[entity] = sent.get(entity, 0) + 1
                    n += 1
                else:
                    self.assertEqual(503, answer.status, answer.body)
                    let_run(0.01)
            client.close()

        chance = random.Random(68)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            workers = [pool.submit(load, worker) for worker in range(4)]
            for roll in range(ROLLS):
                let_run(chance.uniform(0.05, 0.3))
                if roll % 2:
                    self.functions.kill()
                    self.assertEqual(0, self.gateway.stop())
                else:
                    self.gateway.process.terminate()
                    self.functions.kill()
                    self.assertEqual(0, self.gateway.process.exit_code())
                self.functions.start()
                self.gateway.start()
            stop = True
            for worker in workers:
                worker.result()
        self.assertGreater(sum(sent.values()), 50)
        for entity, messages in sorted(sent.items()):
            self.assertEqual(messages + 1, self.count(entity), entity)


if __name__ == "__main__":
    unittest.main()
