"""Functions that fail or are away, and a gateway that is killed, stopped or started twice."""
import subprocess
import unittest

from client import Client, entity_path, pipeline, post
from polling import let_run, wait_until
from processes import GatewayTest, module_yaml

COUNTER = "test/counter"
ADD = "test/Add"


class FailingFunctions(GatewayTest):
    def calls(self):
        door = Client(lambda: self.functions.url)
        self.addCleanup(door.close)
        return door.request("GET", "/calls").json()

    def count(self, entity, function=COUNTER):
        answer = self.client.call(function, entity, ADD, {"n": 0})
        self.assertEqual(200, answer.status, answer.body)
        return answer.json()

    def test_a_message_waits_for_a_function_server_that_is_down(self):
        self.functions.kill()
        self.assertEqual(202, self.client.send(COUNTER, "a", ADD, {"n": 4}).status)
        self.gateway.restart()
        self.functions.start()
        self.assertEqual({"count": 4, "calls": 2}, self.count("a"))

    def test_three_errors_and_a_success_apply_the_message_once(self):
        self.control(b'{"fail": 3}')
        self.assertEqual(202, self.client.send(COUNTER, "a", ADD, {"n": 4}).status)
        self.assertEqual({"count": 4, "calls": 2}, self.count("a"))
        self.assertGreaterEqual(len(self.calls()), 4)

    def test_a_function_server_that_dies_again_and_again_loses_and_doubles_nothing(self):
        for n in range(60):
            self.assertEqual(202, self.client.send(COUNTER, str(n % 7), ADD, {"n": 1}).status)
            if n % 15 == 14:
                self.functions.kill()
                self.functions.start()
        counts = [self.count(str(n))["count"] for n in range(7)]
        self.assertEqual(60, sum(counts), counts)

    def test_what_arrives_while_a_call_is_in_flight_is_the_next_batch(self):
        self.control(b'{"hold": true}')
        self.client.send("test/held", "a", ADD, {"n": 1})
        wait_until(lambda: ["held", "a", 1] in self.calls(), "the first message leaves alone")
        for _ in range(20):
            self.client.send("test/held", "a", ADD, {"n": 1})
        self.control(b'{"hold": false}')
        wait_until(lambda: ["held", "a", 20] in self.calls(), "twenty messages leave together")
        self.assertEqual(21, self.count("a", "test/held")["count"])


class Undeclared(GatewayTest):
    topics = ()

    def declare(self, types, topics):
        self.gateway.module.write_text(module_yaml(self.functions.url, types, topics))
        self.gateway.restart()

    def test_R39_a_message_to_an_undeclared_type_waits_until_it_is_declared(self):
        self.declare(("test/relay",), ())
        order = {"n": 3, "to": "a", "type": COUNTER}
        self.assertEqual(202, self.client.send("test/relay", "r", ADD, order).status)
        self.assertEqual(404, self.client.send(COUNTER, "a", ADD, {"n": 1}).status)
        self.declare(("test/*",), ())
        wait_until(
            lambda: self.client.call(COUNTER, "a", ADD, {"n": 0}).json()["count"] == 3,
            "the message that waited is counted",
        )

    def test_records_for_an_undeclared_egress_wait_until_it_is_declared(self):
        for n in (1, 2, 3):
            answer = self.client.call(COUNTER, "a", ADD, {"n": 1, "emit": True})
            self.assertEqual(n, answer.json()["count"])
        self.declare(("test/*",), ("records",))
        self.assertEqual(["a=1", "a=2", "a=3"], self.take_records(3))


class Delayed(GatewayTest):
    def test_delayed_messages_of_turns_before_a_kill_come_once(self):
        for n in range(1, 6):
            answer = self.client.call("test/later", "a", ADD, {"n": 1})
            self.assertEqual((200, n), (answer.status, answer.json()["count"]))
            self.gateway.restart()
        count = lambda: self.client.call(COUNTER, "later", ADD, {"n": 0}).json()["count"]
        wait_until(lambda: count() == 5, "all five have come")
        self.gateway.restart()
        self.assertEqual(5, count())


class Order(GatewayTest):
    def test_a_thousand_pipelined_sends_arrive_in_their_order(self):
        path = entity_path("send", "test/sequence", "s")
        requests = [post(path, ADD, b'{"n": %d}' % n) for n in range(1, 1001)]
        answers = pipeline(self.gateway.api, requests)
        self.assertEqual({202}, {answer.status for answer in answers})
        self.assertEqual(1000, len({answer.json()["message_id"] for answer in answers}))
        reply = self.client.call("test/sequence", "s", ADD, {"n": 0}).json()
        self.assertEqual({"next": 1001, "in_order": 1000}, reply)

    def test_a_restart_in_the_middle_of_a_backlog_keeps_the_order(self):
        self.functions.kill()
        path = entity_path("send", "test/sequence", "s")
        for first in (1, 101, 201):
            requests = [post(path, ADD, b'{"n": %d}' % n) for n in range(first, first + 100)]
            answers = pipeline(self.gateway.api, requests)
            self.assertEqual({202}, {answer.status for answer in answers})
            self.gateway.restart()
        self.functions.start()
        reply = self.client.call("test/sequence", "s", ADD, {"n": 0}).json()
        self.assertEqual({"next": 301, "in_order": 300}, reply)


class StartAndStop(GatewayTest):
    def test_state_and_records_survive_a_graceful_stop(self):
        for n in range(1, 4):
            answer = self.client.call(COUNTER, "a", ADD, {"n": 1, "emit": True})
            self.assertEqual(n, answer.json()["count"])
            self.assertEqual(0, self.gateway.stop())
            self.gateway.start()
        self.assertEqual(["a=1", "a=2", "a=3"], self.take_records(3))

    def test_a_graceful_stop_under_load_answers_or_closes_and_loses_nothing(self):
        acknowledged = 0
        self.client.send(COUNTER, "a", ADD, {"n": 0})
        for n in range(200):
            try:
                answer = self.client.send(COUNTER, "a", ADD, {"n": 1}, key=str(n))
            except OSError:
                break
            if answer.status != 202:
                self.assertEqual(503, answer.status)
                break
            acknowledged += 1
            if n == 50:
                self.gateway.process.terminate()
        self.assertEqual(0, self.gateway.process.exit_code())
        self.assertGreater(acknowledged, 50)
        self.gateway.start()
        # The last attempt was cut off: it may count or not, but nothing else is in doubt.
        count = self.client.call(COUNTER, "a", ADD, {"n": 0}).json()["count"]
        self.assertIn(count, (acknowledged, acknowledged + 1))

    def test_a_second_process_on_the_same_directory_is_refused_and_names_the_first(self):
        second = subprocess.run(
            self.gateway.command(), capture_output=True, text=True, timeout=30, check=False
        )
        self.assertNotEqual(0, second.returncode)
        self.assertIn(str(self.gateway.process.pid), second.stderr)
        self.assertEqual(200, self.client.call(COUNTER, "a", ADD, {"n": 1}).status)

    def test_kills_during_the_start_do_no_harm(self):
        for n in range(1, 11):
            answer = self.client.call(COUNTER, "a", ADD, {"n": 1}, key=str(n))
            self.assertEqual(n, answer.json()["count"])
            self.gateway.kill()
            self.gateway.spawn()
            let_run(0.01 * n)
            self.gateway.restart()
        self.assertEqual(10, self.client.call(COUNTER, "a", ADD, {"n": 0}).json()["count"])


if __name__ == "__main__":
    unittest.main()
