"""Memory stays bounded, whatever waits and however large it is (design D4 and D5).

The bounds on the process have a margin: they are there to catch growth, `make bench` measures.
"""
import contextlib
import json
import pathlib
import re
import threading
import unittest

from client import Client, entity_path, pipeline, post
from polling import wait_until
from processes import Gateway, GatewayTest, get, module_yaml

MIB = 1024 * 1024
LARGE = 30 * MIB
BLOB = {"Content-Type": "application/vnd.test/Blob"}
PROCESS_MB_MAX = 64


class Memory(GatewayTest):
    program = pathlib.Path(__file__).with_name("large_functions.py")
    topics = ()

    def memory_mb(self, key="VmHWM"):
        """VmRSS (now) or VmHWM (the most so far)."""
        status = pathlib.Path(f"/proc/{self.gateway.process.pid}/status").read_text()
        return int(re.search(rf"^{key}:\s+(\d+) kB", status, re.MULTILINE).group(1)) / 1024

    def metric(self, name):
        text = get(f"{self.gateway.admin}/metrics")[1].decode()
        found = re.findall(rf"^{name}(?:\{{[^}}]*\}})? (\S+)$", text, re.MULTILINE)
        return sum(map(float, found))

    def check_budget(self):
        charged = self.metric("statefun_memory_charged_bytes")
        self.assertLessEqual(charged, self.metric("statefun_memory_budget_bytes"))
        self.assertLess(self.memory_mb(), PROCESS_MB_MAX)

    def send_all(self, requests):
        """Sends them, pipelined; what is refused because much waits for the disk, once more."""
        while requests:
            refused = []
            for at in range(0, len(requests), 200):
                portion = requests[at:at + 200]
                answers = pipeline(self.gateway.api, portion)
                self.assertLessEqual({answer.status for answer in answers}, {202, 503})
                refused += [r for r, a in zip(portion, answers) if a.status == 503]
            requests = refused

    def test_the_backlog_of_an_endpoint_that_is_down_waits_on_disk(self):
        self.functions.kill()
        self.gateway.kill()
        self.gateway = Gateway(
            self.directory, module_yaml(self.functions.url, self.types),
            ["--memory-budget", "2MiB"],
        )
        self.addCleanup(self.gateway.kill)
        self.gateway.start()
        order = b'{"bytes": 64}'
        many = [post(entity_path("send", "test/keeper", f"k{n}"), "test/Order", order)
                for n in range(10_000)]
        hot = [post(entity_path("send", "test/keeper", "hot"), "test/Order", order)] * 20_000
        self.send_all(many + hot)
        self.check_budget()
        self.gateway.restart()
        self.check_budget()
        self.functions.start()
        wait_until(lambda: self.metric("statefun_waiting_messages") == 0, "all is done", 120)
        self.check_budget()
        for entity, count in (("k0", 2), ("k9999", 2), ("hot", 20_001)):
            answer = self.client.call("test/keeper", entity, "test/Order", {"bytes": 64})
            self.assertEqual(count, answer.json()["count"])

    def test_large_states_of_many_entities_do_not_add_up_in_memory(self):
        entities = 120
        order = json.dumps({"bytes": MIB}).encode()
        for _ in range(3):
            requests = [post(entity_path("send", "test/keeper", f"k{n}"), "test/Order", order)
                        for n in range(entities)]
            self.send_all(requests)
            wait_until(lambda: self.metric("statefun_waiting_messages") == 0, "all is done", 120)
        print(f"\n{self.memory_mb():.0f} MB at most", flush=True)
        for n in (0, entities - 1):
            answer = self.client.call("test/keeper", f"k{n}", "test/Order", {"bytes": MIB})
            self.assertEqual({"count": 4, "bytes": MIB}, answer.json())
        self.assertLess(self.memory_mb(), 2 * PROCESS_MB_MAX)

    def test_largest_bodies_in_and_out_at_once_come_to_an_end(self):
        body = bytes(LARGE)
        self.at_once([self.echo(body, n) for n in range(4)])
        self.at_once([self.post_from_within(body) for _ in range(3)])
        wait_until(lambda: self.metric("statefun_waiting_messages") == 0, "all is done", 60)
        print(f"\n{self.memory_mb():.0f} MB at most", flush=True)
        self.check_given_back()

    def check_given_back(self):
        """The gates bound what is under way; nothing of it stays."""
        wait_until(lambda: self.memory_mb("VmRSS") < PROCESS_MB_MAX, "memory is given back")

    def test_large_answers_of_many_messages_do_not_add_up_in_memory(self):
        order = b'{"messages": 10000, "bytes": 900}'
        self.send_all([post(entity_path("send", "test/spray", f"a{n}"), "test/Order", order)
                       for n in range(12)])
        wait_until(lambda: self.metric("statefun_waiting_messages") == 0, "all is done", 120)
        print(f"\n{self.memory_mb():.0f} MB at most", flush=True)
        self.assertLess(self.memory_mb(), 4 * PROCESS_MB_MAX)
        self.check_given_back()

    def test_large_messages_that_wait_cost_the_others_no_reads(self):
        """What stands before a large value on disk stands in one block with it."""
        self.order_type("test/echo", "pause")
        self.at_once([lambda n=n: self.large_send("test/echo", f"e{n}", bytes(LARGE))
                      for n in range(2)])
        small = [post(entity_path("send", "test/keeper", f"k{n}"), "test/Order", b'{"bytes": 64}')
                 for n in range(3_000)]
        read = []
        for _ in range(4):
            before = self.read_bytes()
            self.send_all(small)
            wait_until(lambda: self.metric("statefun_waiting_messages") == 2, "small ones are done")
            read.append(self.read_bytes() - before)
            self.gateway.restart()
        print(f"\n{max(read) / MIB:.0f} MB read at most", flush=True)
        self.assertLess(max(read), 10 * LARGE)

    def order_type(self, function, action):
        with contextlib.closing(Client(lambda: self.gateway.admin)) as admin:
            answer = admin.request("POST", f"/v1/types/{function}?action={action}")
            self.assertEqual(200, answer.status, answer.body)

    def read_bytes(self):
        facts = pathlib.Path(f"/proc/{self.gateway.process.pid}/io").read_text()
        return int(re.search(r"^rchar: (\d+)$", facts, re.MULTILINE).group(1))

    def at_once(self, works):
        wrong = []

        def guarded(work):
            try:
                work()
            except Exception as problem:  # Whatever it is, the test must see it.
                wrong.append(repr(problem)[:500])

        threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([], wrong)

    def large_call(self, function, entity, body):
        client = Client(lambda: self.gateway.api)
        try:
            path = entity_path("call", function, entity) + "?timeout=60s"
            # 503: the commit queue is half full, repeat it.
            return wait_until(
                lambda: (a := client.request("POST", path, body, BLOB)).status != 503 and a,
                "a large message is taken",
            )
        finally:
            client.close()

    def large_send(self, function, entity, body):
        path = entity_path("send", function, entity)
        with contextlib.closing(Client(lambda: self.gateway.api)) as client:
            wait_until(
                lambda: client.request("POST", path, body, BLOB).status == 202,
                "a large message is taken",
            )

    def echo(self, body, n):
        def work():
            answer = self.large_call("test/echo", f"e{n}", body)
            self.assertEqual((200, len(body)), (answer.status, len(answer.body)))

        return work

    def post_from_within(self, body):
        """A function that posts a large body while its own caller's large body was let in."""

        def work():
            port = self.gateway.api.rpartition(":")[2]
            answer = self.large_call("test/poster", port, body)
            self.assertEqual((200, {"status": 202}), (answer.status, answer.json()))

        return work


if __name__ == "__main__":
    unittest.main()
