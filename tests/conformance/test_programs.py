"""What public programs on StateFun do, played on the SDK that each is written with.

tests/field_cases.md lists them (P01 to P15). Their states, messages and ways of asking are what is
replayed here, by the conformance functions; none of their code.
"""
import concurrent.futures
import json
import pathlib
import sys
import tempfile
import unittest

import sdks
from bed import ORDER, SdkTest, endpoint
from client import Client, entity_path, pipeline, post
from polling import wait_until
from processes import Functions, Gateway

COUNT = {"do": "count", "state": "count"}


def put(state, value):
    return {"do": "set", "state": state, "value": value}


class Program(SdkTest):
    def to(self, entity, *steps, function="probe"):
        return {"do": "send", "to": self.at(entity, function), "order": {"steps": list(steps)}}

    def put_order(self, entity, *steps, function="plain"):
        """Through the playground's ingress, as its samples do."""
        client = Client(lambda: self.gateway.ingress)
        self.addCleanup(client.close)
        path = f"/{self.language}/{function}/{entity}"
        body = json.dumps({"steps": steps}).encode()
        answer = client.request("PUT", path, body, {"Content-Type": f"application/vnd.{ORDER}"})
        self.assertEqual(200, answer.status, answer.body)


class OnJava(Program):
    language = "java"

    def test_P01_P03_receipts_with_the_ids_of_their_requests_are_there_once(self):
        """A checkout goes over several types; who asked polls for the receipt with its id."""
        requests = [f"{seller}-{item}" for seller in range(5) for item in range(6)]
        for request in requests:
            receipt = self.to(f"order/{request}", COUNT, self.emit(request))
            stock = self.to(f"stock {request[0]}", COUNT, receipt)
            customer = self.to(f"customer-{request}", stock, function="plain")
            self.put_order(f"cart-{request}", customer)
        self.assertEqual(sorted(requests), sorted(self.take_all(len(requests))))
        self.settle()
        self.assertIsNone(self.take())
        for seller in range(5):
            self.assertEqual(6, self.states(f"stock {seller}")["count"])

    def test_P09_updates_and_queries_of_a_hot_vertex_with_a_large_state_race(self):
        vertex, edges = f"{self.me} vertex", 60
        large = "x" * 300_000
        self.states(vertex, put("a_string", large))
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            neighbours = [
                pool.submit(self.put_order, f"{self.me}-{n}", self.to(vertex, COUNT))
                for n in range(edges)
            ]
            seen = [self.states(vertex) for _ in range(10)]
            for neighbour in neighbours:
                neighbour.result()
        counts = [states["count"] or 0 for states in seen]
        self.assertEqual(sorted(counts), counts)
        self.assertEqual({large}, {states["a_string"] for states in seen})
        wait_until(lambda: self.states(vertex)["count"] == edges, "every update counts")

    def test_P11_the_form_of_the_answer_is_asked_for_and_the_path_names_the_function(self):
        self.states(self.me)
        call = self.exchanges(self.me)[-1]
        headers = {name.lower(): value for name, value in call.request_headers.items()}
        self.assertEqual("application/octet-stream", headers["accept"])
        self.assertIn("/statefun/probe ", call.request_line)


class OnPython(Program):
    language = "python"

    def test_P07_a_saga_takes_back_what_another_service_refuses(self):
        """One order for two services; the second one of three fails, and the first is undone."""
        stock, purse = f"{self.me} stock", f"{self.me} purse"
        self.states(stock, put("an_int", 1))
        for n, is_paid in enumerate((True, False, True)):
            undo = [] if is_paid else [self.to(stock, {"do": "delete", "state": "a_bool"})]
            done = self.emit(f"{n} {'paid' if is_paid else 'refused'}")
            pay = self.to(purse, *([COUNT] if is_paid else []), *undo, done)
            self.put_order(f"order-{n}", self.to(stock, COUNT, put("a_bool", True), pay))
        outcomes = ["0 paid", "1 refused", "2 paid"]
        self.assertEqual(outcomes, sorted(self.take_all(3)))
        self.settle()
        self.assertEqual(2, self.states(purse)["count"])
        self.assertEqual(3, self.states(stock)["count"])

    def test_P14_one_state_with_all_fields_and_a_loop_of_messages_to_itself(self):
        rounds = 25
        fields = {"balance": 10, "items": [{"id": "é", "n": 1}], "open": True, "note": None}
        steps = [COUNT, self.report_to_topic()]
        for n in range(rounds - 1, 0, -1):
            steps = [COUNT, put("a_json", {**fields, "round": n}), self.to(self.me, *steps)]
        self.put_order(self.me, *steps, function="probe")
        (report,) = self.take_reports(1)
        self.assertEqual(rounds, report["states"]["count"])
        self.assertEqual({**fields, "round": rounds - 1}, report["states"]["a_json"])
        self.assertEqual([self.function()] * (rounds - 1), report["trail"])


class Worker(unittest.TestCase):
    def serve(self, *options):
        directory = tempfile.TemporaryDirectory(prefix="sfg-tasks-")
        self.addCleanup(directory.cleanup)
        path = pathlib.Path(directory.name)
        program = [sys.executable, "-B", str(sdks.PROGRAMS / "python/tasks.py"), *options]
        functions = Functions(path, program, sdks.environment("python"))
        self.addCleanup(functions.stop)
        functions.start()
        limits = (
            "  maxNumBatchRequests: 50000\n  transport:\n"
            "    type: io.statefun.transports.v1/async\n    payload_max_bytes: 104857600\n"
        )
        self.gateway = Gateway(path, endpoint("tasks/*", f"{functions.url}/statefun", limits))
        self.addCleanup(self.gateway.kill)
        self.gateway.start()
        self.client = Client(lambda: self.gateway.api)
        self.addCleanup(self.client.close)

    def send(self, worker, tasks):
        target = entity_path("send", "tasks/worker", worker)
        requests = [post(target, "tasks/Task", json.dumps(task).encode()) for task in tasks]
        answers = pipeline(self.gateway.api, requests)
        self.assertEqual({202}, {answer.status for answer in answers})

    def ask(self, worker):
        answer = self.client.call("tasks/worker", worker, "tasks/Task", {"ask": True})
        self.assertEqual(200, answer.status, answer.body)
        return answer.json()

    def test_P04_huge_batches_for_a_worker_that_answers_success_whatever_happens(self):
        self.serve()
        self.send("w", [{"seconds": 0.5}])
        self.send("w", [{"fail": n % 100 == 7} for n in range(3_000)])
        counts = self.ask("w")
        self.assertEqual((2972, 30), (counts["done"], counts["failed"]))
        self.assertLessEqual(counts["calls"], 12)

    def test_P04_eight_processes_of_uvicorn_share_the_calls_and_counts_are_exact(self):
        self.serve("--workers", "8")
        workers = [f"w{n}" for n in range(40)]
        for _ in range(5):
            for worker in workers:
                self.send(worker, [{"seconds": 0.01}, *[{"fail": n == 7} for n in range(20)]])
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            counts = list(pool.map(self.ask_apart, workers))
        self.assertEqual({(101, 5)}, {(c["done"], c["failed"]) for c in counts})
        self.assertGreater(len({c["pid"] for c in counts}), 1)

    def ask_apart(self, worker):
        """By a connection of its own."""
        client = Client(lambda: self.gateway.api)
        try:
            return client.call("tasks/worker", worker, "tasks/Task", {"ask": True}).json()
        finally:
            client.close()


class OnJavaScript(Program):
    language = "javascript"

    def test_P15_six_states_and_two_types_of_messages_for_one_server(self):
        values = {
            "a_bool": False, "an_int": -1, "a_long": "9007199254740993", "a_float": 0.25,
            "a_double": 0.1, "a_string": "",
        }
        self.states(self.me, *[put(name, value) for name, value in values.items()])
        self.gateway.restart()
        kept = self.states(self.me)
        self.assertEqual(values, {name: kept[name] for name in values})
        answer = self.call_typed("mirror", self.me, "conformance/Json", b'{"price": 1.5}')
        self.assertEqual({"price": 1.5}, json.loads(answer.body))


class OnGo(Program):
    language = "go"

    def test_P05_one_message_leaves_for_a_computed_list_of_topics(self):
        topics = [next(self.bed.topics) for _ in range(5)]
        self.send(self.me, *[{"do": "emit", "topic": t, "payload": f"to {t}"} for t in topics])
        for topic in topics:
            self.assertEqual([f"to {topic}"], self.take_all(1, topic))
            self.assertIsNone(self.take(topic))

    def test_P10_what_is_sent_later_can_be_cancelled_and_values_expire(self):
        def later(token, payload):
            order = {"steps": [self.emit(payload)]}
            return {"do": "after", "to": self.at(self.me), "order": order, "delay_ms": 300,
                    "token": token}

        self.send(self.me, later("one", "never"), later("two", "later"))
        self.send(self.me, {"do": "cancel", "token": "one"}, self.emit("now"))
        self.assertEqual(["now", "later"], self.take_all(2))
        self.settle()
        self.assertIsNone(self.take())
        fleeting = self.states(self.me, put("written", 7), put("kept", 8), function="fleeting")
        self.assertEqual((7, 8), (fleeting["written"], fleeting["kept"]))

        def expired():
            now = self.states(self.me, function="fleeting")
            self.assertEqual(8, now["kept"])
            return now["written"] is None

        wait_until(expired, "its time to live is over")


if __name__ == "__main__":
    unittest.main()
