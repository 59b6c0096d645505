"""States that expire while the gateway is killed, away, or refused by its function.

What a call was handed is judged by clocks: a value must be there before its time to live was over
for whoever wrote it last, and must not be there after that.
"""
import time
import unittest

from bed import SdkTest
from polling import wait_until

TTL_S = 1.5
NAMES = ("kept", "written", "called")
# The gateway's clock counts whole milliseconds.
GRAIN_S = 0.002


class Span:
    """When something was done: between two moments."""

    def __init__(self, action):
        self.begin = time.time()
        self.result = action()
        self.end = time.time()

    def must_live(self, at):
        return at < self.begin + TTL_S - GRAIN_S

    def must_be_gone(self, at):
        return at > self.end + TTL_S + GRAIN_S


class ExpiryAndKills(SdkTest):
    language = "python"

    def make_bed(self):
        # A refused message is repeated for as long as it takes.
        patient = "  gateway:\n    attempts: 1000\n    backoff: {initial: 20ms, max: 100ms}\n"
        return self.bed_of_its_own(more=patient, TTL_MS=str(int(TTL_S * 1000)))

    def set_all(self, entity, value):
        steps = [{"do": "set", "state": name, "value": value} for name in NAMES]
        return Span(lambda: self.read(entity, *steps))

    def read(self, entity, *steps):
        return self.states(entity, *steps, function="fleeting")

    def expired(self):
        return self.metric("statefun_states_expired_total")

    def wait_for_the_clock(self, span):
        wait_until(lambda: span.must_be_gone(time.time()), "the time to live is over")

    def calls(self, entity, since=0):
        return self.exchanges(entity, "fleeting")[since:]

    def check_calls(self, state, span, calls):
        """Of calls made since `span`, those that had to carry the state did, and no other one.

        A call was built before it was seen, and after the one before it had been seen.
        """
        built_after = span.end
        for exchange in calls:
            if exchange.states:  # A call that asks what is declared carries none.
                handed_in = exchange.states[state] is not None
                where = f"{state}, {exchange.at - span.end:.3f} s later"
                self.assertFalse(handed_in and span.must_be_gone(built_after), where)
                self.assertTrue(handed_in or not span.must_live(exchange.at), where)
            built_after = exchange.at

    def test_what_expires_while_nobody_runs_is_never_handed_in_and_leaves_the_disk(self):
        names = [f"{self.me} {n}" for n in range(30)]
        spans = [self.set_all(name, n) for n, name in enumerate(names)]
        before = {name: len(self.calls(name)) for name in names}
        self.gateway.kill()
        self.wait_for_the_clock(spans[-1])
        self.gateway.start()
        gone = {"written": None, "called": None}
        for n, name in enumerate(names[:10]):  # Some are asked for before anything is swept.
            self.assertEqual({"kept": n, **gone}, self.read(name))
        wait_until(lambda: self.expired() == 2 * len(names), "all that expired is deleted")
        for n, name in enumerate(names):
            self.assertEqual({"kept": n, **gone}, self.read(name))
            for call in self.calls(name, before[name]):
                self.assertTrue(not call.states or set(call.states) == set(NAMES))
                self.assertIsNone(call.states.get("written"))
                self.assertIsNone(call.states.get("called"))
        # They are gone for good: another life finds nothing but what expires in it.
        self.gateway.restart()
        last = self.set_all(names[0], 99)
        self.wait_for_the_clock(last)
        wait_until(lambda: self.expired() >= 2, "the last ones are deleted")
        self.assertEqual({"kept": 99, **gone}, self.read(names[0]))
        self.assertEqual(2, self.expired())

    def test_a_call_keeps_a_value_alive_across_kills_and_a_write_is_not_a_call(self):
        written = touched = self.set_all(self.me, 7)
        while not written.must_be_gone(touched.begin):
            self.gateway.restart()
            before = len(self.calls(self.me))
            read = Span(lambda: self.read(self.me))
            self.check_calls("written", written, self.calls(self.me, before))
            self.check_calls("called", touched, self.calls(self.me, before))
            touched = read
        self.assertEqual({"kept": 7, "written": None, "called": 7}, read.result)
        self.wait_for_the_clock(touched)
        self.assertEqual({"kept": 7, "written": None, "called": None}, self.read(self.me))

    def test_a_call_that_fails_extends_nothing(self):
        set_once = self.set_all(self.me, 7)
        before = len(self.calls(self.me))
        self.tee.body_bytes_max = 1  # Refuses all.
        self.send(self.me, self.report_to_topic(), function="fleeting")
        wait_until(lambda: len(self.calls(self.me, before)) >= 5, "it is refused again and again")
        self.gateway.restart()
        self.wait_for_the_clock(set_once)
        late = len(self.calls(self.me))
        wait_until(lambda: len(self.calls(self.me)) >= late + 2, "it is refused after that")
        self.tee.body_bytes_max = None
        (report,) = self.take_reports(1)
        self.assertEqual({"kept": 7, "written": None, "called": None}, report["states"])
        calls = self.calls(self.me, before)
        self.assertGreater(len(calls), 10)
        for state in ("written", "called"):
            self.check_calls(state, set_once, calls)
        self.assertTrue(set_once.must_live(calls[0].at) and set_once.must_be_gone(calls[-2].at))


if __name__ == "__main__":
    unittest.main()
