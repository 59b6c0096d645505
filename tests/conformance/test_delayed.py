"""Delayed messages and their cancellation, as the SDKs ask for them."""
import unittest

from bed import for_each_sdk
from polling import let_run, wait_until

LONG_MS = 3_600_000


class Delayed:
    def after(self, delay_ms, payload, token=None, entity=None):
        """A step that sends an order, later, to emit `payload`."""
        step = {"do": "after", "delay_ms": delay_ms, "to": self.at(entity or f"{self.me} other"),
                "order": {"steps": [self.emit(payload)]}}
        return {**step, "token": token} if token else step

    def cancel(self, token):
        return {"do": "cancel", "token": token}

    def nothing_follows(self, delay_ms=300):
        """No record but one that is sent now to come later than all that could have come."""
        self.send(f"{self.me} last", self.after(delay_ms, "last"))
        self.assertEqual(["last"], self.take_all(1))

    def refused(self, entity, *steps):
        """The order is an error of its turn: repeated, without effects."""
        self.call(entity)
        before = len(self.exchanges(entity))
        self.send(entity, self.emit("refused"), *steps)
        wait_until(lambda: len(self.exchanges(entity)) > before + 1, "it is tried again")
        self.nothing_follows()

    def test_14_the_caller_of_a_delayed_message_is_its_sender(self):
        other = f"{self.me} other"
        later = {"do": "after", "delay_ms": 20, "to": self.at(other),
                 "order": {"steps": [self.report_to_topic()]}}
        self.send(self.me, later)
        (report,) = self.take_reports(1)
        self.assertEqual((self.at(other), self.at(self.me)), (report["me"], report["caller"]))

    def test_44_no_delay_is_a_delay(self):
        self.send(self.me, self.after(0, "later"), self.emit("first"))
        self.assertEqual({"first", "later"}, set(self.take_all(2)))
        self.assertEqual(1, len(self.exchanges(self.me)[-1].request.invocations))

    def test_44_a_negative_delay_is_an_error(self):
        self.refused(self.me, self.after(-1, "never"))

    def test_45_delayed_messages_survive_a_crash_and_overdue_ones_come_at_the_start(self):
        self.call(self.me)
        self.call(self.me, self.after(200, "overdue"), self.after(2000, "in time"))
        self.gateway.kill()
        let_run(0.3)
        self.gateway.start()
        self.assertEqual(["overdue", "in time"], self.take_all(2))
        self.nothing_follows()

    def test_46_those_of_one_sender_come_by_time_and_by_order_where_the_time_is_one(self):
        delays = [120, 40, 80, 40, 120, 0, 80]
        steps = [self.after(delay, f"{delay} {n}") for n, delay in enumerate(delays)]
        self.send(self.me, *steps)
        expected = [f"{delay} {n}" for delay, n in sorted((d, n) for n, d in enumerate(delays))]
        self.assertEqual(expected, self.take_all(len(delays)))

    def test_47_what_was_cancelled_never_comes_and_an_unknown_token_is_nothing(self):
        self.call(self.me, self.after(250, "cancelled", "token"), self.after(150, "not"))
        self.call(self.me, self.cancel("token"), self.cancel("never sent"))
        self.assertEqual(["not"], self.take_all(1))
        self.nothing_follows()

    def test_48_a_token_works_across_batches_and_crashes(self):
        self.call(self.me, self.after(LONG_MS, "cancelled", "long"), self.after(800, "c", "short"))
        self.gateway.restart()
        self.call(self.me, self.cancel("long"), self.cancel("short"))
        self.gateway.restart()
        self.call(self.me, self.after(0, "again", "long"))  # It is free again.
        self.assertEqual(["again"], self.take_all(1))
        self.nothing_follows(900)

    def test_49_a_token_belongs_to_the_address_that_sent(self):
        self.call(self.me, self.after(250, "comes", "token"))
        self.call(f"{self.me} other", self.cancel("token"))
        self.call(self.me, self.cancel("token"), function="plain")
        self.assertEqual(["comes"], self.take_all(1))

    def test_50_a_token_can_be_used_again_when_it_is_free(self):
        self.call(self.me, self.after(0, "first", "token"))
        self.assertEqual(["first"], self.take_all(1))
        self.call(self.me, self.after(100, "cancelled", "token"))
        self.call(self.me, self.cancel("token"))
        self.call(self.me, self.after(0, "second", "token"))
        self.assertEqual(["second"], self.take_all(1))
        self.nothing_follows()

    def test_50_a_token_that_is_pending_is_an_error(self):
        self.call(self.me, self.after(LONG_MS, "pending", "token"))
        self.refused(self.me, self.after(0, "never", "token"))

    def test_51_a_cancellation_without_a_token_is_an_error(self):
        """Python's SDK sends it; the others throw it out themselves."""
        self.refused(self.me, self.cancel(""))

    def test_51_a_delayed_message_needs_no_token(self):
        self.call(self.me, self.after(50, "one"), self.after(50, "two"))
        self.assertEqual(["one", "two"], self.take_all(2))

    def test_52_sends_and_cancellations_of_one_answer_count_in_their_order(self):
        self.call(self.me, self.after(0, "cancelled", "t"), self.cancel("t"))
        self.call(self.me, self.after(LONG_MS, "cancelled", "u"))
        self.call(self.me, self.cancel("u"), self.after(0, "sent again", "u"))
        self.assertEqual(["sent again"], self.take_all(1))
        self.nothing_follows()


globals().update(for_each_sdk(Delayed))

if __name__ == "__main__":
    unittest.main()
