"""Modules that are read again while the gateway runs: SIGHUP, and POST /v1/module."""
import signal
import threading
import unittest

from client import Client
from polling import let_run, wait_until
from processes import Functions, GatewayTest, get, module_yaml

COUNTER = "test/counter"
ADD = "test/Add"


class Reloads(GatewayTest):
    def setUp(self):
        super().setUp()
        place = self.directory / "other"
        place.mkdir()
        self.other = Functions(place, self.program)
        self.addCleanup(self.other.kill)
        self.other.start()
        self.admin = Client(lambda: self.gateway.admin)
        self.addCleanup(self.admin.close)

    def write(self, text):
        self.gateway.module.write_text(text)

    def reload(self):
        return self.admin.request("POST", "/v1/module")

    def reloaded(self):
        """How often, as the metrics say: bound, and refused."""
        lines = self.admin.request("GET", "/metrics").body.decode().splitlines()
        values = [
            int(float(line.split()[-1])) for line in lines
            if line.startswith("statefun_module_reloads_total{")
        ]
        return tuple(values)

    def hang_up(self):
        before = sum(self.reloaded())
        self.gateway.process.send_signal(signal.SIGHUP)
        wait_until(lambda: sum(self.reloaded()) > before, "the signal is followed")

    def module(self, url=None, types=("test/*",), topics=("records",)):
        return module_yaml(url or self.functions.url, types, topics)

    def calls(self, functions):
        door = Client(lambda: functions.url)
        self.addCleanup(door.close)
        return door.request("GET", "/calls").json()

    def count(self, entity, function=COUNTER):
        answer = self.client.call(function, entity, ADD, {"n": 0})
        self.assertEqual(200, answer.status, answer.body)
        return answer.json()["count"]

    def test_under_load_functions_move_back_and_forth_and_counts_are_exact(self):
        accepted = [0] * 8
        stop = threading.Event()
        errors = []

        def send(n):
            client = Client(lambda: self.gateway.api)
            try:
                while not stop.is_set():
                    answer = client.send(COUNTER, f"{n}-{accepted[n] % 5}", ADD, {"n": 1})
                    if answer.status != 202:
                        errors.append((answer.status, answer.body))
                        return
                    accepted[n] += 1
            finally:
                client.close()

        threads = [threading.Thread(target=send, args=(n,)) for n in range(len(accepted))]
        for thread in threads:
            thread.start()
        for round_ in range(6):
            let_run(0.3)
            self.write(self.module(self.other.url if round_ % 2 == 0 else self.functions.url))
            self.hang_up()
        self.write(self.module(self.other.url))
        self.hang_up()
        let_run(0.3)
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual([], errors)
        counts = sum(
            self.count(f"{n}-{entity}") for n in range(len(accepted)) for entity in range(5)
            if accepted[n] > entity
        )
        self.assertEqual(sum(accepted), counts)
        self.assertGreater(len(self.calls(self.other)), 0)
        self.assertEqual((7, 0), self.reloaded())

    def test_a_call_in_flight_ends_where_it_began_and_the_next_goes_to_the_new_place(self):
        self.control(b'{"hold": true}')
        self.assertEqual(202, self.client.send("test/held", "a", ADD, {"n": 1}).status)
        wait_until(lambda: ["held", "a", 1] in self.calls(self.functions), "it is called")
        self.assertEqual(202, self.client.send("test/held", "a", ADD, {"n": 2}).status)
        self.write(self.module(self.other.url))
        answer = self.reload()
        self.assertEqual(200, answer.status, answer.body)
        self.assertEqual(["changed test/*"], answer.json()["changes"])
        self.assertEqual(0, self.count("b", "test/held"))  # Another entity, at once.
        self.control(b'{"hold": false}')
        self.assertEqual(3, self.count("a", "test/held"))
        self.assertIn(["held", "a", 1], self.calls(self.functions))
        self.assertNotIn(["held", "a", 1], self.calls(self.other)[:1])
        self.assertEqual(1, len(self.calls(self.functions)))

    def test_R39_a_type_that_is_taken_away_waits_and_goes_on_when_it_is_back(self):
        self.assertEqual(202, self.client.send(COUNTER, "a", ADD, {"n": 5}).status)
        self.assertEqual(5, self.count("a"))
        self.write(self.module(types=("test/relay",)))
        self.assertEqual(
            ["added test/relay", "removed test/*"], self.reload().json()["changes"]
        )
        answer = self.client.send("test/relay", "r", ADD, {"n": 7, "to": "a"})
        self.assertEqual(202, answer.status, answer.body)
        self.assertEqual(404, self.client.send(COUNTER, "a", ADD, {"n": 1}).status)
        page = f"/v1/entities/{COUNTER}/a"
        wait_until(
            lambda: self.admin.request("GET", page).json()["mailbox"]["messages"] == 1, "it waits"
        )
        self.assertEqual("no_destination", self.admin.request("GET", page).json()["status"])
        self.write(self.module())
        self.assertEqual(200, self.reload().status)
        self.assertEqual(12, self.count("a"))

    def test_a_bad_file_changes_nothing_and_says_why(self):
        log = len(self.gateway.log())
        self.write(self.module().replace("urlPathTemplate: http", "urlPathTemplate: htp"))
        answer = self.reload()
        self.assertEqual((422, "SFG-0119"), (answer.status, answer.json()["code"]))
        self.assertIn("module.yaml:4:", answer.json()["detail"])
        self.assertIn("unknown scheme htp", answer.json()["detail"])
        self.write("kind: io.statefun.kafka.v1/egress\nspec: {id: a/b, adress: 'b:9092'}\n")
        self.assertEqual(422, self.reload().status)
        self.gateway.module.unlink()
        self.hang_up()
        wait_until(lambda: "module.yaml" in self.gateway.log()[log:], "the reason in the log")
        self.assertEqual((0, 3), self.reloaded())
        self.assertEqual(202, self.client.send(COUNTER, "a", ADD, {"n": 5}).status)
        self.assertEqual(5, self.count("a"))

    def egress_doors(self):
        return [
            line.split("http://")[1].split()[0].strip('"')
            for line in self.gateway.log().splitlines() if "playground egress listening" in line
        ]

    def test_doors_of_the_playground_come_move_and_go(self):
        before = self.gateway.egress
        self.assertEqual(405, get(f"{before}/news")[0])
        self.write(self.module(topics=("records", "news")))
        self.assertEqual(["changed playground egress"], self.reload().json()["changes"])
        self.assertEqual(404, get(f"{before}/news")[0])
        self.write(self.module(topics=()))
        self.reload()
        self.assertEqual(0, get(f"{before}/news")[0])
        self.client.send(COUNTER, "a", ADD, {"n": 1, "emit": True})
        self.write(self.module())
        self.reload()
        # What was emitted meanwhile is there; the address is a new one.
        wait_until(lambda: len(self.egress_doors()) == 2, "the address in the log")
        doors = self.egress_doors()
        body = wait_until(
            lambda: (answer := get(f"http://{doors[-1]}/records"))[0] == 200 and answer[1],
            "the record",
        )
        self.assertEqual(b"a=1", body)

    def test_a_port_that_is_taken_is_a_reason_not_to_change(self):
        taken = self.gateway.api.rsplit(":", 1)[1]
        text = self.module(self.other.url)
        self.write(text.replace("ingress\nspec:\n  port: 0", f"ingress\nspec:\n  port: {taken}"))
        answer = self.reload()
        self.assertEqual(422, answer.status)
        self.assertIn(f"cannot listen on 127.0.0.1:{taken}", answer.json()["detail"])
        self.assertEqual(0, self.count("a"))
        self.assertEqual([], self.calls(self.other))

    def test_a_get_of_the_module_is_told_the_method(self):
        self.assertEqual(405, self.admin.request("GET", "/v1/module").status)


if __name__ == "__main__":
    unittest.main()
