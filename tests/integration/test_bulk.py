"""Many messages in one body, with functions on the official SDK, over kills of the gateway."""
import http.client
import itertools
import json
import random
import threading
import unittest

from client import Client
from polling import let_run, wait_until
from processes import GatewayTest

ADD = "test/Add"
COUNTER = "test/counter"
SEQUENCE = "test/sequence"
KILLS = 6


def add(entity, n=1, function=COUNTER, **more):
    return {"target": f"{function}/{entity}", "typename": ADD, "json": {"n": n}, **more}


def varint(number):
    """A number as protobuf writes it."""
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def delimited(*fields):
    """A message of protocol/bulk.proto with these texts or bytes as fields 1, 2, ..."""
    message = b""
    for number, value in enumerate(fields, 1):
        value = value.encode() if isinstance(value, str) else value
        message += varint(number << 3 | 2) + varint(len(value)) + value
    return varint(len(message)) + message


class Bulk(GatewayTest):
    def count_of(self, entity, function=COUNTER):
        answer = self.client.call(function, entity, ADD, {"n": 0})
        self.assertEqual(200, answer.status, answer.body)
        return answer.json()["count"]

    def test_every_message_of_a_body_is_applied_once(self):
        answer = self.client.send_bulk([add(f"e{i % 50}", i) for i in range(1000)])
        self.assertEqual(202, answer.status, answer.body)
        self.assertEqual(1000, len(set(answer.json()["message_ids"])))
        for e in (0, 7, 49):
            expected = sum(range(e, 1000, 50))
            wait_until(lambda: self.count_of(f"e{e}") == expected, f"e{e} has counted")

    def test_a_body_that_is_sent_again_counts_once_also_after_a_restart(self):
        body = [add("a", 1, idempotency_key="k1"), add("b", 2, idempotency_key="k2"), add("a", 4)]
        first = self.client.send_bulk(body).json()
        self.assertEqual([], first["duplicates"])
        again = self.client.send_bulk(body[:2]).json()
        self.assertEqual([0, 1], again["duplicates"])
        self.assertEqual(first["message_ids"][:2], again["message_ids"])
        self.gateway.restart()
        after = self.client.send_bulk(body[:2], minimal=True).json()
        self.assertEqual({"messages": 2, "duplicates": [0, 1]}, after)
        self.assertEqual((5, 2), (self.count_of("a"), self.count_of("b")))

    def test_a_body_of_protobuf_messages_is_the_same(self):
        value = json.dumps({"n": 3}).encode()
        messages = [
            delimited("test", "counter", "p", ADD, value, f"key-{n}") for n in (1, 2, 2, 3)
        ]
        form = {"Content-Type": "application/vnd.google.protobuf; encoding=delimited"}
        answer = self.client.request("POST", "/v1/send", b"".join(messages), form)
        self.assertEqual(202, answer.status, answer.body)
        self.assertEqual([2], answer.json()["duplicates"])
        self.assertEqual(9, self.count_of("p"))
        cut = self.client.request("POST", "/v1/send", b"".join(messages)[:-1], form)
        self.assertEqual((400, 3), (cut.status, cut.json()["index"]))

    def test_one_bad_line_refuses_the_body(self):
        for bad, status in (
            ({"target": "test/counter/a"}, 400),
            (add("a", function="nobody/here"), 404),
            (add("a", delay="soon"), 400),
        ):
            answer = self.client.send_bulk([add("a"), add("a"), bad])
            self.assertEqual(status, answer.status, answer.body)
            self.assertEqual(2, answer.json()["index"])
            self.assertIn("line 3: ", answer.json()["detail"])
        self.assertEqual(0, self.count_of("a"))

    def test_messages_keep_their_order_within_bodies_and_between_them(self):
        numbers = itertools.count(1)
        for size in (300, 1, 40, 700):
            body = [add("s", next(numbers), SEQUENCE) for _ in range(size)]
            self.assertEqual(202, self.client.send_bulk(body).status)
        last = next(numbers)
        answer = self.client.call(SEQUENCE, "s", ADD, {"n": last}).json()
        self.assertEqual((last + 1, last), (answer["next"], answer["in_order"]))

    def test_messages_of_a_body_may_be_delayed(self):
        body = [add("now", 1), add("later", 1, delay="300ms")]
        self.assertEqual(202, self.client.send_bulk(body).status)
        wait_until(lambda: self.count_of("now") == 1, "the first has come")
        wait_until(lambda: self.count_of("later") == 1, "the second has come")


class Kills(GatewayTest):
    """kill -9 while bodies come: each is there as a whole or not at all, and with keys just once."""

    ENTITIES = 12

    def setUp(self):
        super().setUp()
        self.sent = []  # Keys of bodies that were accepted.
        self.errors = []
        self.enough = threading.Event()

    def test_bodies_are_accepted_as_a_whole_and_once(self):
        clients = [threading.Thread(target=self.guard, args=(n,)) for n in range(3)]
        for client in clients:
            client.start()
        rng = random.Random(5)
        for _ in range(KILLS):
            let_run(rng.uniform(0.3, 1.2))
            self.gateway.restart()
        self.enough.set()
        for client in clients:
            client.join()
        self.assertEqual([], self.errors)
        self.assertGreater(len(self.sent), KILLS)
        # Each accepted body has added one to every entity, and no other one has added anything.
        for entity in range(self.ENTITIES):
            wait_until(
                lambda: self.count_of(f"e{entity}") >= len(self.sent), f"e{entity} has counted", 60
            )
            self.assertEqual(len(self.sent), self.count_of(f"e{entity}"))

    def count_of(self, entity):
        return self.client.call(COUNTER, entity, ADD, {"n": 0}).json()["count"]

    def guard(self, number):
        try:
            self.send_all(number)
        except Exception as problem:  # Whatever it is, the test must see it.
            self.errors.append(repr(problem))

    def send_all(self, number):
        client = Client(lambda: self.gateway.api)
        for body_number in itertools.count():
            if self.enough.is_set():
                break
            key = f"c{number}-{body_number}"
            body = [add(f"e{e}", 1, idempotency_key=key) for e in range(self.ENTITIES)]
            self.send_until_answered(client, body)
            self.sent.append(key)
        client.close()

    def send_until_answered(self, client, body):
        while True:
            try:
                answer = client.send_bulk(body)
            except (OSError, http.client.HTTPException):
                let_run(0.02)
                continue
            if answer.status == 503:
                let_run(0.02)
                continue
            assert answer.status == 202, answer.body
            repeats = json.loads(answer.body)["duplicates"]
            # All or nothing: what was there of it before is all of it.
            assert len(repeats) in (0, len(body)), repeats
            return


if __name__ == "__main__":
    unittest.main()
