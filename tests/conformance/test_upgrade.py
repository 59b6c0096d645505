"""A rolling upgrade: two versions of the functions, with other states, run at once behind a proxy."""
import json
import pathlib
import random
import tempfile
import threading
import unittest

from bed import endpoint
from client import Client, entity_path, pipeline, post
from polling import let_run, wait_until
from processes import Functions, Gateway
from tee import Tee

PROGRAM = pathlib.Path(__file__).with_name("versioned_functions.py")
ADD = "app/Add"
COUNTER, STEADY, CHANGED = "app/counter", "app/steady", "app/changed"
ENTITIES = [f"e{n}" for n in range(20)]
CONCURRENCY = 8
INCOMPLETE = "incomplete_invocation_context"


class Upgrade(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="sfg-upgrade-")
        self.addCleanup(directory.cleanup)
        path = pathlib.Path(directory.name)
        self.versions = [self.version(path, number) for number in (1, 2)]
        self.share_of_new = 0.0
        chance = random.Random(7)
        self.proxy = Tee(lambda: self.versions[chance.random() < self.share_of_new].port)
        self.addCleanup(self.proxy.close)
        more = (
            f"  gateway:\n    concurrency: {CONCURRENCY}\n    attempts: 10\n"
            "    backoff: {initial: 5ms, max: 50ms}\n"
        )
        self.gateway = Gateway(path, endpoint("app/*", f"{self.proxy.url}/statefun", more))
        self.addCleanup(self.gateway.kill)
        self.gateway.start()
        self.client = self.client_of(lambda: self.gateway.api)
        self.admin = self.client_of(lambda: self.gateway.admin)

    def version(self, path, number):
        (path / str(number)).mkdir()
        functions = Functions(path / str(number), PROGRAM, {"VERSION": str(number)})
        self.addCleanup(functions.kill)
        functions.start()
        return functions

    def client_of(self, base):
        client = Client(base)
        self.addCleanup(client.close)
        return client

    def states(self, function, entity, **message):
        answer = self.client.call(function, entity, ADD, message)
        self.assertEqual(200, answer.status, answer.body)
        return answer.json()

    def send_round(self, function, **message):
        """One message for each of ENTITIES."""
        body = json.dumps(message).encode()
        requests = [post(entity_path("send", function, e), ADD, body) for e in ENTITIES]
        answers = pipeline(self.gateway.api, requests)
        self.assertEqual({202}, {answer.status for answer in answers})

    def begin_load(self):
        """Rounds of messages until the function that this returns is called; it tells how many."""
        rounds, stop = [], threading.Event()

        def load():
            while not stop.is_set():
                self.send_round(COUNTER)
                self.send_round(STEADY)
                rounds.append(1)
                let_run(0.02)

        def end():
            stop.set()
            thread.join()
            return len(rounds)

        thread = threading.Thread(target=load)
        thread.start()
        self.addCleanup(end)
        return end

    def answers(self, function):
        """The exchanges of a type that were answered."""
        return [e for e in self.proxy.exchanges(function) if e.status == 200]

    def incompletes(self, function):
        return sum(e.answer.HasField(INCOMPLETE) for e in self.answers(function))

    def serve_from(self, share_of_new):
        """Waits until the new version has its share of calls."""
        before = len(self.proxy.exchanges())
        self.share_of_new = share_of_new
        wait_until(lambda: len(self.proxy.exchanges()) > before + 100, "calls went to both")

    def test_shares_shift_from_one_version_to_the_next_and_back_and_counts_are_exact(self):
        end_load = self.begin_load()
        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            self.serve_from(share)
        ports = {e.port for e in self.answers(COUNTER)}
        self.assertEqual({functions.port for functions in self.versions}, ports)
        sent = end_load()
        # Of each version: what is out when its states become known.
        self.assertLessEqual(self.incompletes(COUNTER), 2 * CONCURRENCY)
        self.assertLessEqual(self.incompletes(STEADY), CONCURRENCY)
        for entity in ENTITIES:
            new = self.states(COUNTER, entity)
            self.assertEqual(sent + 1, new["count"])
            self.assertEqual(sent + 1, self.states(STEADY, entity)["count"])
        # The old version again, with what it had kept in a state that the new one does not know.
        self.share_of_new = 0.0
        for entity in ENTITIES:
            old = self.states(COUNTER, entity)
            self.share_of_new = 1.0
            new = self.states(COUNTER, entity)
            self.share_of_new = 0.0
            self.assertEqual(sent + 3, new["count"])
            self.assertEqual(sent + 3, old["by_1"] + new["by_2"])
        self.assertLessEqual(self.incompletes(COUNTER), 2 * CONCURRENCY)

    def test_a_changed_time_to_live_is_learnt_when_the_old_version_goes(self):
        self.states(COUNTER, "e0", note="kept")
        end_load = self.begin_load()
        self.serve_from(0.5)
        self.assertEqual("kept", self.states(COUNTER, "e0")["note"])
        self.versions[0].kill()  # With calls that are out.
        news = (
            "states of app/counter: 'note' expires 1000 ms after the last write "
            "(before: 3600000 ms after the last write)"
        )
        wait_until(self.cut_off, "one of them was cut off")
        self.share_of_new = 1.0
        wait_until(lambda: news in self.gateway.log(), "the new time to live is learnt")
        wait_until(lambda: self.states(COUNTER, "e0")["note"] is None, "it has expired", 5)
        sent = end_load()
        for entity in ENTITIES[1:]:
            self.assertEqual(sent + 1, self.states(COUNTER, entity)["count"])

    def cut_off(self):
        """How many calls of the counter were."""
        text = self.admin.request("GET", "/metrics").body.decode()
        lines = [
            line for line in text.splitlines()
            if line.startswith("statefun_call_failures_total{") and "counter" in line
            and 'kind="down"' in line
        ]
        assert lines, text
        return sum(float(line.split()[-1]) for line in lines)

    def test_a_state_of_another_type_is_refused_for_its_function_alone_until_a_roll_back(self):
        self.assertEqual({"value": 5}, self.states(CHANGED, "c", n=5))
        self.share_of_new = 1.0
        for n in (10, 100):
            self.assertEqual(202, self.client.send(CHANGED, "c", ADD, {"n": n}).status)

        def refused():
            page = self.admin.request("GET", entity_path("entities", CHANGED, "c")).json()
            return page["status"] == "parked" and page

        page = wait_until(refused, "its function is refused")
        for part in (
            "'value' is declared as io.statefun.types/string, but is stored as "
            "io.statefun.types/int", "use another name for the new type, or declare the old one",
        ):
            self.assertIn(part, page["last_error"])
        end_load = self.begin_load()
        self.serve_from(1.0)
        sent = end_load()
        for entity in ENTITIES:
            self.assertEqual(sent + 1, self.states(COUNTER, entity)["count"])
        self.share_of_new = 0.0
        path = entity_path("entities", CHANGED, "c") + "?action=retry"
        self.assertEqual(200, self.admin.request("POST", path).status)
        self.assertEqual({"value": 116}, self.states(CHANGED, "c", n=1))


if __name__ == "__main__":
    unittest.main()
