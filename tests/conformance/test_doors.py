"""Routing, and the playground's doors: the ports on which StateFun's samples are tried out."""
import unittest

from bed import for_each_sdk
from client import Client
from polling import wait_until

GREET = "conformance/GreetRequest"


class Doors:
    def put(self, path, body, content_type=None):
        """What StateFun's READMEs do with curl -X PUT."""
        client = Client(lambda: self.gateway.ingress)
        self.addCleanup(client.close)
        headers = {"Content-Type": content_type} if content_type else {}
        answer = client.request("PUT", path, body, headers)
        self.assertEqual(200, answer.status, answer.body)

    def test_54_a_message_to_an_undeclared_type_waits_and_harms_nobody(self):
        lost = {"do": "send", "to": ["nowhere/to_be_found", "x"], "order": {"steps": []}}
        before = self.metric("statefun_backlog_messages")
        self.send(self.me, lost, self.emit("sent"))
        self.assertEqual(["sent"], self.take_all(1))
        self.assertEqual(before + 1, self.metric("statefun_backlog_messages"))

    def test_54_56_a_record_for_an_undeclared_egress_waits_and_goes_nowhere_else(self):
        for egress in ("io.statefun.playground/other", "other/egress"):
            self.send(self.me, {**self.emit("elsewhere"), "egress": egress})
        self.send(self.me, self.emit("here"))
        self.assertEqual(["here"], self.take_all(1))
        self.assertIsNone(self.take())

    def test_55_an_empty_id_is_an_id(self):
        if self.language == "python":  # The one SDK that refuses it.
            return
        self.assertEqual(1, self.states("", {"do": "count", "state": "count"})["count"])
        self.assertEqual(2, self.states("", {"do": "count", "state": "count"})["count"])
        self.assertEqual(["", ""], [e.target[1] for e in self.exchanges("")[-2:]])

    def test_69_the_playground_takes_a_put_with_a_type_in_its_content_type(self):
        self.put(f"/{self.language}/person/{self.me}", b'{"name": "x"}', f"application/vnd.{GREET}")
        wait_until(lambda: self.exchanges(self.me, "person"), "the message is there")
        argument = self.exchanges(self.me, "person")[0].request.invocations[0].argument
        self.assertEqual((GREET, b'{"name": "x"}'), (argument.typename, argument.value))
        self.assertEqual(["Welcome, x!"], self.take_all(1, "greetings"))

    def test_69_without_a_type_it_is_a_string(self):
        release = self.tee.hold(self.function("plain"), self.me)
        text = b"\x0a\x02hi"  # A StringWrapper, as the playground wants it.
        self.put(f"/{self.language}/plain/{self.me}", text, "text/plain")
        wait_until(lambda: self.exchanges(self.me, "plain"), "the message is there")
        argument = self.exchanges(self.me, "plain")[0].request.invocations[0].argument
        self.assertEqual(("io.statefun.types/string", text), (argument.typename, argument.value))
        self.assertTrue(argument.has_value)
        release()

    def test_70_each_get_takes_one_record_in_order_and_none_twice(self):
        self.send(self.me, *[self.emit(f"record {n}") for n in range(20)])
        self.assertEqual([f"record {n}" for n in range(20)], self.take_all(20))
        self.assertIsNone(self.take())

    def test_71_the_greeter_sample_greets_through_the_playground(self):
        for name in ("Bob", "Zoë"):
            for visit in (1, 2, 3):
                body = f'{{"name": "{name}"}}'.encode()
                path = f"/{self.language}/person/{'Bob' if name == 'Bob' else 'Zo%C3%AB'}"
                self.put(path, body, f"application/vnd.{GREET}")
                text = f"Welcome, {name}!" if visit == 1 else f"Visit number {visit}, {name}."
                self.assertEqual([text], self.take_all(1, "greetings"))


globals().update(for_each_sdk(Doors))

if __name__ == "__main__":
    unittest.main()
