"""send, call and replies over HTTP: what is answered, and what it means."""
import unittest

from client import Client, entity_path
from polling import wait_until
from processes import GatewayTest, get

COUNTER = "test/counter"
ADD = "test/Add"


class Sends(GatewayTest):
    def count_of(self, entity, function=COUNTER):
        answer = self.client.call(function, entity, ADD, {"n": 0})
        self.assertEqual(200, answer.status, answer.body)
        return answer.json()["count"]

    def test_a_send_is_accepted_and_applied_once(self):
        answer = self.client.send(COUNTER, "a", ADD, {"n": 5})
        self.assertEqual(202, answer.status)
        self.assertTrue(answer.json()["message_id"])
        self.assertEqual(5, self.count_of("a"))

    def test_a_message_reaches_the_entity_that_a_function_sends_it_to(self):
        self.client.send("test/relay", "r", ADD, {"n": 7, "to": "b"})
        wait_until(lambda: self.count_of("b") == 7, "the relayed message is counted")

    def test_a_repeat_with_the_same_key_has_the_same_message_id_and_counts_once(self):
        first = self.client.send(COUNTER, "a", ADD, {"n": 1}, key="k")
        again = self.client.send(COUNTER, "a", ADD, {"n": 1}, key="k")
        self.assertEqual((202, 202), (first.status, again.status))
        self.assertEqual(first.json()["message_id"], again.json()["message_id"])
        self.gateway.restart()
        after = self.client.send(COUNTER, "a", ADD, {"n": 1}, key="k")
        self.assertEqual(first.json()["message_id"], after.json()["message_id"])
        self.assertEqual(1, self.count_of("a"))

    def test_the_scope_of_a_key_is_its_entity(self):
        first = self.client.send(COUNTER, "a", ADD, {"n": 1}, key="k")
        other = self.client.send(COUNTER, "b", ADD, {"n": 1}, key="k")
        self.assertNotEqual(first.json()["message_id"], other.json()["message_id"])
        self.assertEqual((1, 1), (self.count_of("a"), self.count_of("b")))

    def test_the_same_key_with_other_content_is_refused(self):
        self.client.send(COUNTER, "a", ADD, {"n": 1}, key="k")
        other = self.client.send(COUNTER, "a", ADD, {"n": 2}, key="k")
        self.assertEqual(422, other.status)
        call = self.client.call(COUNTER, "a", ADD, {"n": 1}, key="k")
        self.assertEqual(422, call.status)
        self.assertEqual(1, self.count_of("a"))

    def test_a_refusal_is_a_problem_that_says_what_to_do(self):
        def post(path, headers=None):
            typed = {"Content-Type": f"application/vnd.{ADD}"}
            return self.client.request("POST", path, b"{}", headers or typed)

        for answer, status in (
            (post("/v1/send/nobody/here/a"), 404),
            (post("/v1/send/test/counter"), 400),
            (post("/v1/nothing"), 404),
            (post(entity_path("send", COUNTER, "a"), {"Content-Type": "image/png"}), 415),
            (post(entity_path("send", COUNTER, "a"), {"Content-Type": "application/json"}), 415),
            (post("/v1/send/test/counter/%FF"), 400),
            (post("/v1/send/io.statefun.gateway/call/a"), 403),
            (self.client.request("GET", entity_path("send", COUNTER, "a")), 405),
            (self.client.request("GET", "/v1/replies/nothing"), 404),
        ):
            with self.subTest(answer.body):
                self.assertEqual(status, answer.status)
                self.assertIn("application/problem+json", answer.headers["content-type"])
                problem = answer.json()
                self.assertEqual(status, problem["status"])
                self.assertRegex(problem["code"], r"^SFG-\d{4}$")
                self.assertTrue(problem["title"] and problem["remedy"])
        self.assertEqual(1, self.client.call(COUNTER, "a", ADD, {"n": 0}).json()["calls"])


class Calls(GatewayTest):
    def hold(self, held):
        control = Client(lambda: self.functions.url)
        self.addCleanup(control.close)
        body = b'{"hold": true}' if held else b'{"hold": false}'
        control.request("POST", "/control", body)

    def test_a_call_is_answered_with_the_reply_and_its_type(self):
        answer = self.client.call(COUNTER, "a", ADD, {"n": 3})
        self.assertEqual((200, {"count": 3, "calls": 1}), (answer.status, answer.json()))
        self.assertEqual("test/Count", answer.headers["statefun-type"])

    def test_a_call_that_takes_too_long_is_504_and_its_reply_can_be_fetched_later(self):
        self.hold(True)
        answer = self.client.call("test/held", "a", ADD, {"n": 2}, timeout="300ms")
        self.assertEqual(504, answer.status)
        message_id = answer.json()["message_id"]
        self.assertEqual(202, self.client.request("GET", f"/v1/replies/{message_id}").status)
        self.hold(False)
        reply = wait_until(
            lambda: self._reply_if_there(message_id), "the reply of the held call is there"
        )
        self.assertEqual({"count": 2, "calls": 1}, reply.json())
        self.gateway.restart()
        self.assertEqual(reply.body, self._reply_if_there(message_id).body)

    def _reply_if_there(self, message_id):
        answer = self.client.request("GET", f"/v1/replies/{message_id}")
        return answer if answer.status == 200 else None

    def test_a_function_that_does_not_reply_is_a_timeout(self):
        answer = self.client.call("test/mute", "a", ADD, {"n": 1}, timeout="200ms")
        self.assertEqual(504, answer.status)

    def test_a_keyed_call_that_was_cut_off_gets_its_reply_again_and_counts_once(self):
        self.hold(True)
        cut = self.client.call("test/held", "a", ADD, {"n": 2}, key="k", timeout="200ms")
        self.assertEqual(504, cut.status)
        self.gateway.restart()
        self.hold(False)
        again = self.client.call("test/held", "a", ADD, {"n": 2}, key="k")
        self.assertEqual((200, {"count": 2, "calls": 1}), (again.status, again.json()))
        once_more = self.client.call("test/held", "a", ADD, {"n": 2}, key="k")
        self.assertEqual(again.body, once_more.body)

    def test_calls_of_other_entities_go_on_while_one_waits(self):
        self.hold(True)
        self.assertEqual(202, self.client.send("test/held", "a", ADD, {"n": 1}).status)
        for n in range(10):
            answer = self.client.call(COUNTER, str(n), ADD, {"n": 1}, timeout="10s")
            self.assertEqual(200, answer.status)
        self.hold(False)


class Admin(GatewayTest):
    def test_health_readiness_and_metrics(self):
        self.client.call(COUNTER, "a", ADD, {"n": 1})
        for path in ("healthz", "readyz"):
            self.assertEqual(200, get(f"{self.gateway.admin}/{path}")[0])
        status, text = get(f"{self.gateway.admin}/metrics")
        self.assertEqual(200, status)
        self.assertIn(b"# TYPE", text)


if __name__ == "__main__":
    unittest.main()
