"""States that expire: after a write, after a call, also while nobody runs."""
import time
import unittest

from bed import for_each_sdk
from polling import let_run, wait_until

TTL_S = 1  # Of the programs, where TTL_MS does not say.
NAMES = ("kept", "written", "called")


class Expiry:
    def all_set(self, value):
        steps = [{"do": "set", "state": name, "value": value} for name in NAMES]
        self.assertEqual(dict.fromkeys(NAMES, value), self.read(*steps))
        return time.monotonic()

    def read(self, *steps):
        return self.states(self.me, *steps, function="fleeting")

    def test_34_35_37_a_write_or_any_call_extends_as_declared_and_reading_no_write(self):
        before = time.monotonic()
        self.all_set(1)
        wait_until(lambda: self.read()["written"] is None, "the written state expires")
        self.assertGreaterEqual(time.monotonic() - before, TTL_S)
        # Calls all the time: they keep the one, and the other is gone.
        self.assertEqual({"kept": 1, "written": None, "called": 1}, self.read())
        handed_in = self.exchanges(self.me, "fleeting")[-1].states
        self.assertIsNone(handed_in["written"])
        let_run(TTL_S + 0.1)
        self.assertEqual({"kept": 1, "written": None, "called": None}, self.read())
        self.assertGreaterEqual(self.metric("statefun_states_expired_total"), 2)

    def test_34_a_write_starts_the_time_anew(self):
        self.all_set(1)
        let_run(0.6 * TTL_S)
        written = self.read({"do": "count", "state": "written"})["written"]
        again = time.monotonic()
        self.assertEqual(2, written)
        wait_until(lambda: self.read()["written"] is None, "it expires in the end")
        self.assertGreaterEqual(time.monotonic() - again, 0.9 * TTL_S)
        self.assertEqual(1, self.read({"do": "count", "state": "written"})["written"])

    def test_36_downtime_counts(self):
        self.all_set(2)
        self.gateway.kill()
        let_run(TTL_S + 0.1)
        self.gateway.start()
        self.assertEqual({"kept": 2, "written": None, "called": None}, self.read())

    def test_36_a_crash_in_between_changes_nothing(self):
        before = time.monotonic()
        self.all_set(3)
        self.gateway.restart()
        if time.monotonic() - before < TTL_S / 2:  # The machine was fast enough to tell.
            self.assertEqual(dict.fromkeys(NAMES, 3), self.read())
        wait_until(lambda: self.read()["written"] is None, "it expires after the restart, too")


globals().update(for_each_sdk(Expiry))

if __name__ == "__main__":
    unittest.main()
