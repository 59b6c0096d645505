"""Messages that their function can't process, and what an operator sees and does about them."""
import base64
import json
import pathlib
import time
import unittest
import urllib.parse

from client import Client, entity_path, pipeline, post
from polling import let_run, wait_until
from processes import GatewayTest

ADD = "test/Add"
LIST = "test/list"


class PoisonTest(GatewayTest):
    program = pathlib.Path(__file__).with_name("poison_functions.py")
    topics = ()
    policy = "attempts: 2\n    backoff: {initial: 5ms, max: 100ms}"

    def setUp(self):
        super().setUp()
        self.gateway.module.write_text(
            "kind: io.statefun.endpoints.v2/http\nspec:\n  functions: test/*\n"
            f"  urlPathTemplate: {self.functions.url}/statefun\n"
            f"  gateway:\n    {self.policy}\n"
        )
        self.gateway.restart()
        self.admin = Client(lambda: self.gateway.admin)
        self.addCleanup(self.admin.close)

    def order_functions(self, **orders):
        self.control(json.dumps(orders).encode())

    def calls(self):
        door = Client(lambda: self.functions.url)
        self.addCleanup(door.close)
        return door.request("GET", "/calls").json()

    def send(self, entity, numbers, pad=0):
        path = entity_path("send", LIST, entity)
        bodies = [json.dumps({"n": n, "pad": "x" * pad}).encode() for n in numbers]
        answers = pipeline(self.gateway.api, [post(path, ADD, body) for body in bodies])
        self.assertEqual({202}, {answer.status for answer in answers})

    def seen(self, entity, n=-1):
        answer = self.client.call(LIST, entity, ADD, {"n": n})
        self.assertEqual(200, answer.status, answer.body)
        return [number for number in answer.json() if number >= 0]

    def entity(self, name):
        answer = self.admin.request("GET", entity_path("entities", LIST, name))
        self.assertEqual(200, answer.status, answer.body)
        return answer.json()

    def order(self, kind, name, **parameters):
        path = entity_path(kind, LIST, name) + "?" + urllib.parse.urlencode(parameters)
        return self.admin.request("POST", path)

    def letters(self, **parameters):
        path = "/v1/dead-letters?" + urllib.parse.urlencode(parameters)
        answer = self.admin.request("GET", path)
        self.assertEqual(200, answer.status, answer.body)
        return answer.json()

    def wait_parked(self, name):
        return wait_until(
            lambda: (page := self.entity(name))["status"] == "parked" and page, "it is parked"
        )


class Parking(PoisonTest):
    def park(self, name="a"):
        self.order_functions(poison=[3])
        self.send(name, range(6))
        return self.wait_parked(name)

    def test_R32_a_parked_entity_says_why_and_goes_on_after_a_skip(self):
        page = self.park()
        self.assertEqual(3, page["mailbox"]["messages"])
        self.assertTrue(page["mailbox"]["complete"])
        self.assertGreaterEqual(page["attempts"], 2)
        self.assertIn("500", page["last_error"])
        self.assertEqual(500, page["last_response"]["status"])
        self.assertIn("can't process the first message", page["why"])
        self.assertIsNotNone(page["next_try"])
        self.assertEqual([7], self.seen("b", 7))
        head = page["mailbox"]["head"]
        self.assertEqual("test/Add", head["typename"])
        answer = self.order("entities", "a", action="skip", message=head["message_id"])
        self.assertEqual((200, True), (answer.status, answer.json()["changed"]), answer.body)
        self.assertEqual([0, 1, 2, 4, 5], self.seen("a"))
        # Repeated, it skips nothing else.
        answer = self.order("entities", "a", action="skip", message=head["message_id"])
        self.assertEqual((200, False), (answer.status, answer.json()["changed"]))
        self.assertEqual("idle", self.entity("a")["status"])

    def test_R32_a_mailbox_is_purged_and_the_entity_goes_on(self):
        self.park()
        waits_s = self.entity("a")["mailbox"]["head"]["waiting_seconds"]
        self.assertLess(waits_s, 60)
        answer = self.order("entities", "a", action="purge")
        self.assertEqual((200, True), (answer.status, answer.json()["changed"]), answer.body)
        self.assertEqual("3 messages are dropped", answer.json()["detail"])
        self.gateway.restart()
        self.assertEqual("idle", self.entity("a")["status"])
        self.assertFalse(self.order("entities", "a", action="purge").json()["changed"])
        self.assertEqual([0, 1, 2, 9], self.seen("a", 9))
        self.park("b")
        answer = self.order("entities", "b", action="purge-to-dead-letters")
        self.assertEqual("3 messages are dead letters", answer.json()["detail"])
        self.assertEqual(3, len(self.letters(entity=f"{LIST}/b")["dead_letters"]))
        self.assertEqual([0, 1, 2, 9], self.seen("b", 9))

    def test_it_stays_parked_across_kill_9_and_a_retry_goes_on_in_order(self):
        before = self.park()
        calls = len(self.calls())
        self.gateway.restart()
        page = self.entity("a")
        self.assertEqual(
            ("parked", 3, before["last_error"]),
            (page["status"], page["mailbox"]["messages"], page["last_error"]),
        )
        let_run(0.5)
        self.assertEqual(calls, len(self.calls()))
        self.order_functions(poison=[])
        self.assertTrue(self.order("entities", "a", action="retry").json()["changed"])
        wait_until(lambda: self.entity("a")["status"] == "idle", "the mailbox is empty")
        self.assertEqual([0, 1, 2, 3, 4, 5], self.seen("a"))
        self.assertFalse(self.order("entities", "a", action="retry").json()["changed"])

    def test_the_head_can_be_made_a_dead_letter_and_be_replayed(self):
        head = self.park()["mailbox"]["head"]["message_id"]
        for changed in (True, False):
            answer = self.order("entities", "a", action="dead-letter", message=head)
            self.assertEqual((200, changed), (answer.status, answer.json()["changed"]))
        self.assertEqual([0, 1, 2, 4, 5], self.seen("a"))
        self.gateway.restart()
        (letter,) = self.letters(entity=f"{LIST}/a")["dead_letters"]
        self.assertEqual((head, "message"), (letter["message_id"], letter["kind"]))
        self.assertEqual(3, json.loads(base64.b64decode(letter["value_base64"]))["n"])
        self.order_functions(poison=[])
        for changed in (True, False):
            answer = self.order("dead-letters", "a", action="replay", message=head)
            self.assertEqual((200, changed), (answer.status, answer.json()["changed"]))
        self.assertEqual([0, 1, 2, 4, 5, 3], self.seen("a"))
        self.assertEqual([], self.letters()["dead_letters"])

    def test_a_call_whose_message_is_parked_is_answered_with_the_reason(self):
        self.order_functions(poison=[9])
        answer = self.client.call(LIST, "a", ADD, {"n": 9}, key="k")
        self.assertEqual((502, "SFG-0304"), (answer.status, answer.json()["code"]), answer.body)
        self.gateway.restart()
        path = f"/v1/replies/{answer.headers['statefun-message-id']}"
        self.assertEqual(502, self.client.request("GET", path).status)
        self.order_functions(poison=[])
        self.order("entities", "a", action="retry")
        wait_until(lambda: self.client.request("GET", path).status == 200, "the reply is there")
        again = self.client.call(LIST, "a", ADD, {"n": 9}, key="k")
        self.assertEqual((200, [9]), (again.status, again.json()))

    def test_any_id_can_be_asked_for(self):
        for name in ("", "a/b", "a%2Fb", "é", "x" * 1000):
            self.assertEqual(name, self.entity(name)["id"])
        for path, status in (
            ("/v1/entities", 400), ("/v1/entities/test", 400), ("/v1/dead-letters?cursor=x", 400),
            ("/v1/entities/test/list/a?x=1", 400), ("/v1/dead-letters?limit=0", 400),
        ):
            self.assertEqual(status, self.admin.request("GET", path).status, path)
        self.assertEqual(400, self.order("entities", "a", action="skip").status)
        self.assertEqual(400, self.order("entities", "a", action="empty").status)
        self.assertEqual(409, self.head_that_is_not_held_up().status)

    def head_that_is_not_held_up(self):
        self.order_functions(poison=[3])
        self.send("held", [3, 4])
        page = self.wait_parked("held")
        head = page["mailbox"]["head"]["message_id"]
        # The message behind it is not the first one.
        behind = head[:-8] + f"{int(head[-8:], 16) + 1:08x}"
        return self.order("entities", "held", action="skip", message=behind)


class DeadLetters(PoisonTest):
    policy = PoisonTest.policy + "\n    onPoison: deadLetter"

    def test_R31_one_poison_message_among_500_is_set_aside(self):
        self.order("entities", "a", action="pause")  # So that all of them are one batch.
        self.send("a", range(500))
        self.order_functions(poison=[333])
        self.order("entities", "a", action="resume")
        seen = wait_until(
            lambda: (seen := self.seen("a")) and len(seen) >= 499 and seen, "the rest is applied"
        )
        self.assertEqual([n for n in range(500) if n != 333], seen)
        (letter,) = self.letters()["dead_letters"]
        self.assertEqual(333, json.loads(base64.b64decode(letter["value_base64"]))["n"])
        refused = [call for call in self.calls() if call[1] == "a" and call[4] == 500]
        self.assertLess(len(refused), 30)

    def test_a_kill_in_the_middle_of_a_search_applies_nothing_twice(self):
        for n in range(8):
            name = f"e{n}"
            self.order_functions(poison=[50])
            self.send(name, range(64))
            let_run(0.003 * n)
            self.gateway.restart()
            seen = wait_until(
                lambda: (seen := self.seen(name)) and len(seen) >= 63 and seen, "63 are applied"
            )
            self.assertEqual([number for number in range(64) if number != 50], seen)
        self.assertEqual(8, len(self.letters()["dead_letters"]))

    def test_pages_filters_and_dropping(self):
        self.order_functions(poison=[1])
        for n in range(10):
            self.send(f"e{n}", [0, 1])
        wait_until(lambda: len(self.letters()["dead_letters"]) == 10, "ten dead letters")
        names, cursor = [], ""
        while cursor is not None:
            page = self.letters(limit=3, cursor=cursor)
            self.assertLessEqual(len(page["dead_letters"]), 3)
            names += [letter["id"] for letter in page["dead_letters"]]
            cursor = page["next_cursor"]
        self.assertEqual(sorted(f"e{n}" for n in range(10)), sorted(names))
        self.assertEqual(10, len(self.letters(type=LIST)["dead_letters"]))
        self.assertEqual(0, len(self.letters(type="test/other")["dead_letters"]))
        (letter,) = self.letters(entity=f"{LIST}/e4")["dead_letters"]
        for changed in (True, False):
            answer = self.order("dead-letters", "e4", action="drop", message=letter["message_id"])
            self.assertEqual((200, changed), (answer.status, answer.json()["changed"]))
        self.assertEqual(9, len(self.letters()["dead_letters"]))

    def test_a_message_that_kills_its_server_is_set_aside_while_others_succeed(self):
        self.order_functions(deadly=[2])
        self.send("a", range(4))
        deaths = 0
        until = time.monotonic() + 60
        while not self.dies_or_sets_aside(until):
            deaths += 1
            # A cut-off counts if others succeeded since the one before: the paused entity is not
            # called until one has, and until the new server knows what is deadly.
            self.order("entities", "a", action="pause")
            self.functions.start()
            self.order_functions(deadly=[2])
            self.assertEqual(deaths, len(self.seen("b", 100 + deaths)))
            self.order("entities", "a", action="resume")
        # The attempts of the policy, and what its search takes.
        self.assertLessEqual(deaths, 4)
        self.functions.kill()
        self.functions.start()
        self.assertEqual([0, 1, 3], self.seen("a"))

    def dies_or_sets_aside(self, until):
        """Waits for either; whether the message was set aside."""
        return wait_until(
            lambda: (self.letters()["dead_letters"] and "aside")
            or (not self.functions.running() and "died"),
            "the message is set aside", until - time.monotonic(),
        ) == "aside"


class Sizes(PoisonTest):
    def test_R11_batches_fit_into_aiohttps_limit_and_a_larger_message_parks(self):
        self.order("entities", "a", action="pause")
        self.send("a", range(300), pad=8 * 1024)
        self.order("entities", "a", action="resume")
        self.assertEqual(list(range(300)), self.seen("a"))
        refused = [call for call in self.calls() if call[4] == 413]
        self.assertLessEqual(len(refused), 4)
        # So many fit into memory as one batch.
        self.order("entities", "c", action="pause")
        self.send("c", range(135), pad=8 * 1024)
        self.order("entities", "c", action="resume")
        self.assertEqual(list(range(135)), self.seen("c"))
        refused = [call for call in self.calls() if call[4] == 413]
        self.assertTrue(1 <= len(refused) <= 4, refused)
        self.send("a", [300], pad=2 * 1024 * 1024)
        page = self.wait_parked("a")
        self.assertIn("413", page["last_error"])
        self.assertRegex(page["last_error"], r"request had \d+ bytes \(state \d+, message \d+\)")
        self.assertEqual([1], self.seen("b", 1))


if __name__ == "__main__":
    unittest.main()
