"""Effects: all of a call or none of it, in their order, across crashes."""
import unittest

from bed import for_each_sdk
from polling import wait_until

COUNT = {"do": "count", "state": "count"}


class Effects:
    def numbered(self, count, entity):
        """Sends to one entity, each of which emits its number."""
        return [
            {"do": "send", "to": self.at(entity), "order": {"steps": [self.emit(str(n))]}}
            for n in range(count)
        ]

    def test_38_41_a_call_whose_answer_was_not_committed_is_made_again_and_counts_once(self):
        self.call(self.me)
        before = len(self.exchanges(self.me))
        release = self.tee.hold(self.function(), self.me)
        other = f"{self.me} other"
        self.send(self.me, COUNT, self.emit("own"), *self.numbered(1, other))
        wait_until(lambda: len(self.exchanges(self.me)) > before, "the call is out")
        self.gateway.kill()
        release()
        self.gateway.start()
        self.assertEqual({"own", "0"}, set(self.take_all(2)))
        self.assertEqual(1, self.states(self.me)["count"])
        self.settle()
        self.assertIsNone(self.take())

    def test_41_what_was_committed_is_not_done_again_after_a_crash(self):
        self.assertEqual(1, self.states(self.me, COUNT, self.emit("once"))["count"])
        before = len(self.exchanges(self.me))
        self.gateway.restart()
        self.assertEqual(["once"], self.take_all(1))
        self.settle()
        self.assertEqual(before, len(self.exchanges(self.me)))
        self.assertEqual(1, self.states(self.me)["count"])
        self.assertIsNone(self.take())

    def test_42_43_after_a_crash_what_was_out_or_queued_comes_before_what_is_new(self):
        self.call(self.me)
        before = len(self.exchanges(self.me))
        release = self.tee.hold(self.function(), self.me)
        for n in range(3):
            self.send(self.me, COUNT, self.emit(str(n)))
        wait_until(lambda: len(self.exchanges(self.me)) > before, "the first call is out")
        self.gateway.kill()
        release()
        self.gateway.start()
        for n in range(3, 6):
            self.send(self.me, COUNT, self.emit(str(n)))
        self.assertEqual([str(n) for n in range(6)], self.take_all(6))
        self.assertEqual(6, self.states(self.me)["count"])

    def test_43_messages_wait_for_functions_that_are_down_also_across_a_restart(self):
        self.call(self.me)
        self.functions.kill()
        for n in range(5):
            self.send(self.me, COUNT, self.emit(str(n)))
        self.gateway.restart()
        self.functions.start()
        self.assertEqual([str(n) for n in range(5)], self.take_all(5))

    def test_39_40_messages_and_records_keep_their_order(self):
        self.send(self.me, *self.numbered(10, f"{self.me} other"))
        self.assertEqual([str(n) for n in range(10)], self.take_all(10))
        self.send(self.me, *[self.emit(str(n)) for n in range(10)])
        self.assertEqual([str(n) for n in range(10)], self.take_all(10))
        for first in range(0, 50, 5):  # One sender, many turns.
            self.send(self.me, *self.numbered(first + 5, f"{self.me} other")[first:])
        self.assertEqual([str(n) for n in range(50)], self.take_all(50))

    def test_a_batch_in_which_one_message_throws_leaves_nothing_until_it_passes(self):
        self.call(self.me)
        before = len(self.exchanges(self.me))
        release = self.tee.hold(self.function(), self.me)
        key = f"{self.language} {self.me}"
        self.send(self.me)
        wait_until(lambda: len(self.exchanges(self.me)) > before, "the call is out")
        self.send(self.me, COUNT, self.emit("0"))
        self.send(self.me, COUNT, self.emit("1"), {"do": "fail", "key": key, "times": 2})
        self.send(self.me, COUNT, self.emit("2"))
        release()
        self.assertEqual(["0", "1", "2"], self.take_all(3))
        self.assertEqual(3, self.states(self.me)["count"])
        self.assertIsNone(self.take())


globals().update(for_each_sdk(Effects))

if __name__ == "__main__":
    unittest.main()
