"""kill -9 at random moments, over and over, under load: nothing is lost, doubled or reordered.

Hundreds of entities send messages to each other while clients send more, repeat what was not
answered with the same Idempotency-Key, and readers take the records. The gateway is killed
CRASH_KILLS times (40), now and then while it starts, and so is the function server now and then.
In the end every counter, every record and every order must be exactly what the model says.

CRASH_SEED repeats a run as far as threads and processes can be repeated: the messages, the pauses
and the choice of what is killed.
"""
import os
import pathlib
import random
import unittest
from collections import Counter

from client import Client
from crash_load import NODE, Load
from crash_model import NODES, TOPICS, Record, verify
from polling import let_run, wait_until
from processes import GatewayTest

KILLS = int(os.environ.get("CRASH_KILLS", "40"))
SEED = os.environ.get("CRASH_SEED") or str(random.SystemRandom().randrange(10**9))


class Crash(GatewayTest):
    program = pathlib.Path(__file__).with_name("crash_functions.py")
    types = ("crash/*",)
    topics = tuple(f"log{n}" for n in range(TOPICS))

    def test_kills_at_random_moments_lose_double_and_reorder_nothing(self):
        print(f"\nseed {SEED}, {KILLS} kills", flush=True)
        rng = random.Random(SEED)
        load = Load(self.gateway, SEED)
        self.addCleanup(load.stop)
        load.start()
        for _ in range(KILLS):
            self.kill_once(rng)
            self.assertEqual([], load.errors, f"seed {SEED}")
        self.gateway.wait_ready()
        load.finish_sending()
        wait_until(load.settled, f"all records are seen, seed {SEED}", 300)
        wait_until(self.nothing_left, "the topics are empty")
        load.stop()
        self.assertEqual([], load.errors, f"seed {SEED}")

        wrong = verify(load.expected, load.records, self.counts())
        self.assertEqual([], wrong[:20], f"seed {SEED}: {len(wrong)} complaints")
        print(f"{load.roots} messages entered, {load.expected.total()} were processed; "
              f"{load.repeats} repeats, {load.seen_twice} records seen twice", flush=True)
        self.assertGreater(load.roots, 10 * KILLS, "too little went on between the kills")
        self.assertEqual(0, self.gateway.stop())

    def kill_once(self, rng):
        if rng.random() < 0.2:  # In the middle of a start.
            let_run(rng.uniform(0, 0.15))
        else:
            self.gateway.wait_ready()
            let_run(rng.uniform(0.2, 2.5))
        if rng.random() < 0.15:
            self.functions.kill()
            self.gateway.kill()
            self.functions.start()
        else:
            self.gateway.kill()
        self.gateway.spawn()

    def nothing_left(self):
        return all(self.take_record(topic) is None for topic in self.topics)

    def counts(self):
        client = Client(lambda: self.gateway.api)
        self.addCleanup(client.close)
        answers = {
            f"n{n}": client.call(NODE, f"n{n}", "crash/Query", {}) for n in range(NODES)
        }
        odd = [(answer.status, answer.body) for answer in answers.values() if answer.status != 200]
        self.assertEqual([], odd)
        return {entity: answer.json()["n"] for entity, answer in answers.items()}


class Model(unittest.TestCase):
    """The verification itself must be able to fail."""

    expected = Counter([("n1", "0-1", ""), ("n2", "0-1", "0"), ("n1", "0-2", "")])
    records = {
        1: Record("n1", 1, "0-1", "", None, 0),
        2: Record("n2", 1, "0-1", "0", "n1", 1),
        3: Record("n1", 2, "0-2", "", None, 0),
    }
    counts = {"n1": 2, "n2": 1}

    def complaints(self, changes=(), drop=(), counts=None):
        records = {p: r for p, r in {**self.records, **dict(changes)}.items() if p not in drop}
        return " ".join(verify(self.expected, records, counts or self.counts))

    def test_the_truth_raises_no_complaint(self):
        self.assertEqual("", self.complaints())

    def test_every_kind_of_fault_raises_one(self):
        swapped = {1: self.records[3]._replace(n=1), 3: self.records[1]._replace(n=2)}
        for what, said in (
            (self.complaints(drop=(2,)), "positions are missing: [2]"),
            (self.complaints(drop=(3,)), "lost: 1"),
            (self.complaints({4: self.records[3]}), "too often: 1"),
            (self.complaints(counts={"n1": 3, "n2": 1}), "n1 counted 3, not 2"),
            (self.complaints({3: self.records[3]._replace(n=5)}), "n1 emitted [1, 5]"),
            (self.complaints(swapped), "n1 received (1, '') from client 0 after (2, '')"),
        ):
            with self.subTest(said):
                self.assertIn(said, what)


if __name__ == "__main__":
    unittest.main()
