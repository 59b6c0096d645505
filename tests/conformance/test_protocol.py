"""The protocol, as every SDK sees it: how a request looks, what an answer means, what a retry is."""
import unittest

from bed import for_each_sdk
from polling import wait_until

OCTETS = "application/octet-stream"


class Protocol:
    def test_01_a_request_is_a_post_of_octets_with_its_exact_length(self):
        self.call(self.me)
        for exchange in self.exchanges(self.me):
            headers = exchange.request_headers
            self.assertEqual("POST", exchange.request_line.split()[0])
            self.assertEqual((OCTETS, OCTETS), (headers["content-type"], headers["accept"]))
            self.assertEqual(len(exchange.request_body), int(headers["content-length"]))

    def test_02_the_function_name_is_put_into_the_url_and_nothing_else_of_it_changes(self):
        self.call(self.me)
        self.call(self.me, function="plain")
        for function in ("probe", "plain"):
            lines = {e.request_line for e in self.exchanges(self.me, function)}
            self.assertEqual({f"POST /statefun/{function} HTTP/1.1"}, lines)

    def test_03_the_answers_that_count_are_2xx_and_octets(self):
        """As this SDK's server sends them: Go names no type and lets its library guess it."""
        self.call(self.me)
        for exchange in self.exchanges(self.me):
            self.assertEqual(200, exchange.status)
            self.assertEqual(OCTETS, exchange.headers["content-type"])

    def test_04_an_answer_may_be_chunked_and_its_connection_is_kept(self):
        payload = "long " * 2000
        self.send(self.me, self.emit(payload))
        self.assertEqual([payload], self.take_all(1))
        answer = self.exchanges(self.me)[-1]
        self.assertNotEqual("close", answer.headers.get("connection", "").lower())
        if self.language == "go":
            self.assertEqual("chunked", answer.headers["transfer-encoding"])

    def test_05_an_answer_without_effects_consumes_the_messages(self):
        self.send(self.me, function="plain")
        self.settle()
        (exchange,) = self.exchanges(self.me, "plain")
        self.assertEqual(0, len(exchange.answer.invocation_result.state_mutations))
        self.call(self.me, function="plain")
        self.assertEqual(2, len(self.exchanges(self.me, "plain")))

    def test_06_08_73_a_call_that_fails_some_times_is_repeated_with_the_same_bytes(self):
        self.call(self.me)
        before = len(self.exchanges(self.me))
        key = f"{self.language} {self.me}"
        self.send(
            self.me, {"do": "count", "state": "count"}, self.emit("once"),
            {"do": "fail", "key": key, "times": 3},
        )
        self.assertEqual(["once"], self.take_all(1))
        self.assertEqual(1, self.states(self.me)["count"])
        self.assertIsNone(self.take())
        calls = self.exchanges(self.me)[before:-1]
        # Once refused, it is asked what it declares: a call without states, which counts for nothing.
        asked = [
            e for e in calls
            if e.headers.get("content-type", "").startswith("application/octet-stream")
            and e.answer.HasField("incomplete_invocation_context")
        ]
        self.assertLessEqual(len(asked), 1)
        attempts = [e for e in calls if e not in asked]
        self.assertEqual(4, len(attempts))
        self.assertEqual(1, len({e.request_body for e in attempts}))

    def test_09_one_entity_never_has_two_calls_out(self):
        for _ in range(20):
            self.send(self.me, {"do": "count", "state": "count"})
        self.assertEqual(20, self.states(self.me)["count"])
        ended = 0
        for exchange in self.exchanges(self.me):
            self.assertGreater(exchange.began, ended)
            ended = exchange.ended

    def test_10_calls_for_other_entities_of_the_type_go_on_meanwhile(self):
        self.call(self.me)
        release = self.tee.hold(self.function(), self.me)
        self.send(self.me, self.emit("held"))
        wait_until(lambda: self.exchanges(self.me)[-1].ended is None, "the call is out")
        others = [f"{self.me} {n}" for n in range(5)]
        for other in others:
            self.assertIsNone(self.states(other)["count"])
        self.assertIsNone(self.take())
        release()
        self.assertEqual(["held"], self.take_all(1))

    def test_74_an_exception_is_a_failed_attempt_whatever_the_server_makes_of_it(self):
        self.call(self.me)
        before = len(self.exchanges(self.me))
        key = f"{self.language} {self.me}"
        self.send(
            self.me, {"do": "count", "state": "count"}, self.emit("done"),
            {"do": "fail", "key": key, "times": 1},
        )
        self.assertEqual(["done"], self.take_all(1))
        failed = self.exchanges(self.me)[before]
        if self.language == "java":  # The habit of the samples on Undertow.
            self.assertEqual((200, "500"), (failed.status, failed.headers["status"]))
            self.assertEqual(b"", failed.body)
            self.assertNotIn("content-type", failed.headers)
        else:
            self.assertEqual(500, failed.status)
        self.assertEqual(1, self.states(self.me)["count"])


globals().update(for_each_sdk(Protocol))

if __name__ == "__main__":
    unittest.main()
