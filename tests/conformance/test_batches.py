"""Batches: what is sent together, in which order, and what a message looks like on its way."""
import unittest

from bed import for_each_sdk
from polling import wait_until

JSON = "conformance/Json"
POINT = "conformance/Point"


class Batches:
    def held_call(self, entity, *steps):
        """A call that is out until the function that this returns is called."""
        self.call(entity)  # The states of the type are known from here on.
        before = len(self.exchanges(entity))
        release = self.tee.hold(self.function(), entity)
        self.send(entity, *steps)
        wait_until(lambda: len(self.exchanges(entity)) > before, "the call is out")
        return release, before

    def test_11_the_first_message_for_an_idle_entity_is_sent_alone_and_at_once(self):
        release, before = self.held_call(self.me, self.emit("0"))
        self.assertEqual(1, len(self.exchanges(self.me)[before].request.invocations))
        release()

    def test_12_13_what_arrives_during_a_call_is_the_next_batch_whole_and_in_order(self):
        release, before = self.held_call(self.me, self.emit("0"))
        for n in range(1, 8):
            self.send(self.me, {"do": "count", "state": "count"}, self.emit(str(n)))
        release()
        self.assertEqual([str(n) for n in range(8)], self.take_all(8))
        _, batch = self.exchanges(self.me)[before:]
        self.assertEqual(7, len(batch.request.invocations))
        self.assertEqual(7, self.states(self.me)["count"])  # One turn, one state for all.

    def test_18_a_backlog_over_the_batch_limit_waits_and_nothing_of_it_is_dropped(self):
        """maxNumBatchRequests is 1000 where it is not said; here 1500 messages wait."""
        release, before = self.held_call(self.me)
        for _ in range(1500):
            self.send(self.me, {"do": "count", "state": "count"})
        release()
        wait_until(lambda: self.states(self.me)["count"] == 1500, "all are processed", 60)
        sizes = [len(e.request.invocations) for e in self.exchanges(self.me)[before:]]
        self.assertLessEqual(max(sizes), 1000)

    def test_14_the_caller_is_absent_from_outside_and_the_sender_otherwise(self):
        other = f"{self.me} other"
        self.send(
            self.me, self.report_to_topic(),
            {"do": "send", "to": self.at(other), "order": {"steps": [self.report_to_topic()]}},
        )
        outside, inside = self.take_reports(2)
        self.assertEqual((self.at(self.me), None), (outside["me"], outside["caller"]))
        self.assertEqual((self.at(other), self.at(self.me)), (inside["me"], inside["caller"]))
        (invocation,) = self.exchanges(self.me)[-1].request.invocations
        self.assertFalse(invocation.HasField("caller"))

    def test_14_a_reply_to_the_caller_answers_the_call_and_may_come_by_way_of_others(self):
        other = {"do": "send", "to": self.at("relay"), "order": {"steps": [{"do": "report"}]}}
        order = {"steps": [other]}
        answer = self.client.call(self.function(), self.me, "conformance/Order", order)
        self.assertEqual(200, answer.status, answer.body)
        self.assertEqual("conformance/Report", answer.headers["statefun-type"])
        report = answer.json()
        self.assertEqual(self.at("relay"), report["me"])
        self.assertEqual([self.function()], report["trail"])

    def test_15_16_an_argument_travels_byte_for_byte_and_is_there_even_if_empty(self):
        for body in (b"", b"\x00", bytes(range(256)), b"\x08\x00" * 5000):
            answer = self.call_typed("mirror", self.me, "any.of/Type", body)
            self.assertEqual(200, answer.status, answer.body)
            self.assertEqual(body, answer.body)
            self.assertEqual("any.of/Type", answer.headers["statefun-type"])
            argument = self.exchanges(self.me, "mirror")[-1].request.invocations[0].argument
            self.assertEqual((body, True), (argument.value, argument.has_value))

    def test_15_a_large_argument_travels_too(self):
        body = bytes(range(256)) * 4096 * 8  # 8 MiB.
        answer = self.call_typed("mirror", self.me, "any.of/Type", body)
        self.assertEqual(200, answer.status)
        self.assertTrue(body == answer.body)

    def test_15_values_of_built_in_types_pass_through_the_sdk_in_both_directions(self):
        for kind, values in {
            "bool": ("true", "false"),
            "int": ("-2147483648", "0", "2147483647"),
            "long": ("-9223372036854775808", "0", "9223372036854775807"),
            "float": ("0", "0.5", "-1e+30"),
            "double": ("0", "0.1", "-1e+300"),
            "string": ("", "Zoë 語", "x" * 5000),
        }.items():
            for value in values:
                answer = self.client.request(
                    "POST", f"/v1/call/{self.language}/mirror/{self.me}", value.encode(),
                    {"Content-Type": "text/plain", "Accept": "text/plain",
                     "StateFun-Type": f"io.statefun.types/{kind}"},
                )
                text = answer.body.decode()
                same = text == value or (kind in ("float", "double") and
                                         abs(float(text) - float(value)) < abs(float(value)) / 1e6)
                self.assertTrue(same, f"{kind}: {value} came back as {text}")

    def test_15_values_of_json_and_of_the_application_s_own_type_do_so_too(self):
        answer = self.call_typed("mirror", self.me, JSON, '{"a": [1, null, "Zoë"]}'.encode())
        self.assertEqual({"a": [1, None, "Zoë"]}, answer.json())
        answer = self.call_typed("mirror", self.me, POINT, b"3,-4")
        self.assertEqual((b"3,-4", POINT), (answer.body, answer.headers["statefun-type"]))

    def test_19_messages_to_oneself_come_in_a_later_batch_after_the_effects(self):
        me = self.at(self.me)
        last = {"steps": [{"do": "count", "state": "count"}, self.report_to_topic()]}
        again = {"steps": [{"do": "count", "state": "count"}, self.report_to_topic(),
                           {"do": "send", "to": me, "order": last}]}
        self.send(self.me, *again["steps"])
        first, second = self.take_reports(2)
        self.assertEqual((1, 2), (first["states"]["count"], second["states"]["count"]))
        self.assertEqual(me, second["caller"])


globals().update(for_each_sdk(Batches))

if __name__ == "__main__":
    unittest.main()
