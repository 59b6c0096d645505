"""Delayed messages end to end: when they come, what cancels them, and kill -9 at any moment.

TIMER_RACES is the number of cancels that race with their message (300).
"""
import json
import os
import pathlib
import random
import re
import time
import unittest

from client import entity_path
from polling import let_run, wait_until
from processes import GatewayTest, get

RACES = int(os.environ.get("TIMER_RACES", "300"))
SEED = os.environ.get("TIMER_SEED") or str(random.SystemRandom().randrange(10**9))
SENDER, TARGET, ORDER = "timers/sender", "timers/target", "timers/Order"


def arm(text, ms, token="", to="b"):
    return {"arm": text, "ms": ms, "token": token, "to": to}


def cancel(token):
    return {"cancel": token}


class TimerTest(GatewayTest):
    program = pathlib.Path(__file__).with_name("timer_functions.py")
    types = ("timers/*",)
    topics = ()

    def turn(self, *steps, entity="a", key=None):
        """Returns when what it did is durable."""
        answer = self.client.call(SENDER, entity, ORDER, {"steps": steps}, key=key)
        self.assertEqual(200, answer.status, answer.body)

    def notes(self, entity="b"):
        answer = self.client.call(TARGET, entity, ORDER, {"query": True})
        self.assertEqual(200, answer.status, answer.body)
        return answer.json()["notes"]

    def texts(self, entity="b"):
        return [text for text, _ in self.notes(entity)]

    def metric(self, name):
        text = get(f"{self.gateway.admin}/metrics")[1].decode()
        return float(re.search(rf"^{name} (\S+)$", text, re.MULTILINE).group(1))

    def pending(self):
        return self.metric("statefun_timers_pending")

    def nothing_pends(self):
        wait_until(lambda: self.pending() == 0, "no delayed message is pending")
        wait_until(
            lambda: self.metric("statefun_waiting_messages") == 0, "no message is waiting"
        )


class Delay(TimerTest):
    def test_a_delayed_message_comes_from_its_sender_when_it_is_due(self):
        begin = time.monotonic()
        self.turn(arm("later", 400))
        self.assertEqual([], self.texts())
        notes = wait_until(self.notes, "the message comes")
        self.assertEqual([["later", "a"]], notes)
        self.assertGreaterEqual(time.monotonic() - begin, 0.4)

    def test_messages_of_one_sender_come_by_trigger_time_then_as_they_were_sent(self):
        self.turn(arm("3", 300), arm("1", 100), arm("0", 0), arm("2a", 200), arm("2b", 200))
        wait_until(lambda: len(self.texts()) == 5, "all come")
        self.assertEqual(["0", "1", "2a", "2b", "3"], self.texts())

    def test_sends_and_cancels_of_one_answer_count_in_their_order(self):
        self.turn(arm("old", 200, "R"))
        self.turn(
            arm("undone", 100, "T"), cancel("T"), cancel("R"), arm("new", 100, "R"), cancel("none")
        )
        self.nothing_pends()
        self.assertEqual(["new"], self.texts())

    def test_a_token_that_is_pending_fails_the_call_and_says_so(self):
        self.turn(arm("first", 60_000, "T"))
        answer = self.client.call(
            SENDER, "a", ORDER, {"steps": [arm("second", 0, "T")]}, timeout="500ms"
        )
        self.assertEqual(504, answer.status)
        wait_until(lambda: "'T' belongs to a delayed message" in self.gateway.log(), "the reason")
        # Another sender's token of that name is another one.
        self.turn(arm("other", 0, "T"), entity="c")
        wait_until(lambda: self.texts() == ["other"], "it comes")

    def test_a_message_from_outside_is_delayed_and_repeated_safely(self):
        path = entity_path("send", TARGET, "b") + "?delay=300ms"
        headers = {"Content-Type": f"application/vnd.{ORDER}", "Idempotency-Key": "k"}
        body = json.dumps({"text": "outside"}).encode()
        first = self.client.request("POST", path, body, headers)
        self.gateway.restart()
        again = self.client.request("POST", path, body, headers)
        self.assertEqual((202, 202), (first.status, again.status))
        self.assertEqual(first.json(), again.json())
        other = self.client.request("POST", path.replace("300", "301"), body, headers)
        self.assertEqual((422, "SFG-0115"), (other.status, other.json()["code"]))
        wait_until(self.notes, "it comes")
        self.nothing_pends()
        self.assertEqual([["outside", ""]], self.notes())
        too_long = path.replace("300ms", f"{2**63 - 1}ms")
        refused = self.client.request("POST", too_long, body, headers | {"Idempotency-Key": "l"})
        self.assertEqual((400, "SFG-0110"), (refused.status, refused.json()["code"]))


class Crash(TimerTest):
    def test_pending_messages_survive_a_kill_and_cancelled_ones_stay_cancelled(self):
        self.turn(arm("kept", 800, "K"), arm("cancelled", 800, "C"))
        self.gateway.restart()
        self.turn(cancel("C"))
        self.gateway.restart()
        self.nothing_pends()
        self.gateway.restart()
        self.assertEqual(["kept"], self.texts())

    def test_R44_what_is_overdue_at_a_start_comes_within_a_second_and_in_order(self):
        first_due = time.monotonic() + 2
        for n in range(30):  # Many senders, in many partitions, not in the order of their times.
            place = n * 7 % 30
            ms = int((first_due + place / 10 - time.monotonic()) * 1000)
            self.turn(arm(str(place), ms), entity=f"s{n}")
        self.gateway.kill()
        let_run(first_due + 3.1 - time.monotonic())
        self.gateway.start()
        begin = time.monotonic()
        wait_until(self.texts, "the first one comes")
        self.assertLess(time.monotonic() - begin, 1)
        wait_until(lambda: len(self.texts()) == 30, "all come")
        self.assertEqual([str(n) for n in range(30)], self.texts())

    def test_R42_a_message_that_is_due_while_its_function_is_down_is_delivered_once(self):
        self.turn(arm("x", 300))
        self.functions.kill()
        let_run(0.5)
        self.gateway.restart()
        self.functions.start()
        self.nothing_pends()
        self.assertEqual(["x"], self.texts())


class Race(TimerTest):
    def race(self, rng, n):
        """Arms a message; its cancel arrives at its due time, a few milliseconds more or less."""
        entity, token, ms = f"s{n % 7}", f"T{n}", 20
        self.turn(arm(f"race{n}", ms, token), entity=entity)
        due = time.monotonic() + ms / 1000
        let_run(max(0, due - time.monotonic() + rng.uniform(-0.008, 0.002)))
        path = entity_path("send", SENDER, entity)
        body = json.dumps({"steps": [cancel(token)]}).encode()
        return self.client.request("POST", path, body, {"Content-Type": f"application/vnd.{ORDER}"})

    def test_R46_a_cancel_that_races_with_its_message_either_wins_or_does_nothing(self):
        rng = random.Random(SEED)
        for n in range(RACES):
            self.race(rng, n)
        self.nothing_pends()
        texts = self.texts()
        self.assertEqual(len(set(texts)), len(texts), "delivered twice")
        self.assertEqual(len(texts), self.metric("statefun_timers_fired_total"))
        self.assertEqual(RACES - len(texts), self.metric("statefun_timers_cancelled_total"))
        print(f"\nseed {SEED}: {len(texts)} of {RACES} were delivered", flush=True)

    def test_kills_during_the_race_double_nothing_and_free_every_token(self):
        rng = random.Random(SEED)
        rounds = max(RACES // 15, 1)
        for n in range(rounds):
            self.race(rng, n)
            let_run(rng.uniform(0, 0.004))
            self.gateway.restart()
        self.nothing_pends()
        texts = self.texts()
        self.assertEqual(len(set(texts)), len(texts), f"delivered twice, seed {SEED}")
        # Whoever won, the tokens are free.
        for n in range(rounds):
            self.turn(arm(f"again{n}", 0, f"T{n}"), entity=f"s{n % 7}")
        self.nothing_pends()
        again = sorted(text for text in self.texts() if text.startswith("again"))
        self.assertEqual(sorted(f"again{n}" for n in range(rounds)), again)


if __name__ == "__main__":
    unittest.main()
