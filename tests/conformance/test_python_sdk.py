"""What StateFun owes to a function on the official Python SDK, seen from both sides."""
import json
import pathlib
import unittest

from client import entity_path
from processes import GatewayTest, get

JSON = "conformance/Json"
NAMES = ["a_bool", "an_int", "a_long", "a_float", "a_double", "a_string", "a_json"]
NOTHING = dict.fromkeys(NAMES)
ZEROS = {"a_bool": False, "an_int": 0, "a_long": 0, "a_float": 0.0, "a_double": 0.0,
         "a_string": "", "a_json": {}}
VALUES = {"a_bool": True, "an_int": -(2**31), "a_long": 2**63 - 1, "a_float": 0.5,
          "a_double": 1e300, "a_string": "Zoë 語", "a_json": {"k": [1, None, "x"]}}


class PythonSdk(GatewayTest):
    program = pathlib.Path(__file__).with_name("python_functions.py")
    types = ("conformance/*",)

    def call(self, function, entity, order):
        answer = self.client.call(f"conformance/{function}", entity, JSON, order)
        self.assertEqual(200, answer.status, answer.body)
        return answer.json()

    def call_raw(self, function, headers, body):
        path = entity_path("call", f"conformance/{function}", "e")
        answer = self.client.request("POST", path, body, headers)
        self.assertEqual(200, answer.status, answer.body)
        return answer

    def requests(self, target):
        listed = json.loads(get(f"{self.functions.url}/requests")[1])
        return [request for request in listed if request["target"] == f"conformance/{target}"]

    def test_states_of_every_type_keep_their_values_over_a_restart(self):
        for values in (VALUES, ZEROS, VALUES):
            self.assertEqual(values, self.call("states", "e", {"set": values}))
            self.gateway.restart()
            self.assertEqual(values, self.call("states", "e", {}))
        self.assertEqual(NOTHING, self.call("states", "other", {}))

    def test_a_deleted_state_is_absent_and_can_be_set_again(self):
        self.call("states", "e", {"set": VALUES})
        self.assertEqual(NOTHING, self.call("states", "e", {"delete": NAMES}))
        self.gateway.restart()
        self.assertEqual(NOTHING, self.call("states", "e", {}))
        self.assertEqual(0, self.call("states", "e", {"set": {"an_int": 0}})["an_int"])

    def test_states_are_learnt_by_an_incomplete_answer_and_then_always_handed_in(self):
        self.call("states", "e", {"set": {"an_int": 0}})
        self.call("states", "e", {})
        self.call("states", "other", {})
        first, again, second = self.requests("states/e")[:3]
        self.assertEqual({}, first["states"])
        self.assertEqual(dict.fromkeys(NAMES, False), again["states"])
        self.assertEqual(first["messages"], again["messages"])
        # A value of zero bytes is a value.
        self.assertEqual({**dict.fromkeys(NAMES, False), "an_int": True}, second["states"])
        (other,) = self.requests("states/other")
        self.assertEqual(dict.fromkeys(NAMES, False), other["states"])

    def test_the_caller_is_absent_from_outside_and_the_sender_otherwise(self):
        self.client.send("conformance/caller", "x", JSON, {"to": "y"})
        self.assertEqual(
            ["x from None", "y from conformance/caller/x"], sorted(self.take_records(2))
        )
        self.assertFalse(self.requests("caller/x")[0]["messages"][0]["caller"])

    def test_messages_to_oneself_come_in_later_batches_and_in_order(self):
        self.client.send("conformance/steps", "e", JSON, {"left": 9})
        expected = [f"step {n}, {10 - n} left" for n in range(1, 11)]
        self.assertEqual(expected, self.take_records(10))

    def test_an_argument_travels_byte_for_byte_in_both_directions(self):
        for body in (b"", b"\x00", bytes(range(256)), b"\x08\x00" * 1000):
            answer = self.call_raw("echo", {"Content-Type": "application/vnd.any/Type"}, body)
            self.assertEqual((body, "any/Type"), (answer.body, answer.headers["statefun-type"]))
        message = self.requests("echo/e")[0]["messages"][0]
        self.assertTrue(message["has_value"])
        self.assertEqual("", message["value"])

    def test_a_large_argument_travels_too(self):
        body = bytes(range(256)) * 4096 * 8  # 8 MiB.
        answer = self.call_raw("echo", {"Content-Type": "application/vnd.any/Type"}, body)
        self.assertEqual(body, answer.body)

    def test_plain_text_is_a_string_for_the_function_and_back(self):
        headers = {"Content-Type": "text/plain; charset=utf-8", "Accept": "text/plain"}
        answer = self.call_raw("text", headers, "Zoë".encode())
        self.assertEqual("you said: Zoë", answer.body.decode())
        self.assertEqual("io.statefun.types/string", answer.headers["statefun-type"])

    def test_an_exception_leaves_no_trace_of_its_call(self):
        self.assertEqual({"count": 1}, self.call("partial", "e", {}))
        self.assertEqual(["count 1"], self.take_records(1))
        self.assertEqual({"count": 2}, self.call("partial", "e", {}))
        self.assertEqual(["count 2"], self.take_records(1))


if __name__ == "__main__":
    unittest.main()
