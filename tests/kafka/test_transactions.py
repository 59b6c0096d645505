"""Transactions with a real Kafka broker: given up, left open, fenced, too long for the broker.

BROKER_PAUSES (3): how often the broker stands still for longer than a transaction may take.
"""
import os
import shutil
import signal
import time
import unittest

from bed import KafkaTest, egress
from polling import let_run, wait_until
from processes import Gateway

PAUSES = int(os.environ.get("BROKER_PAUSES", 3))
OFTEN = "  gateway: {commitInterval: 400ms}\n"  # So that one is nearly always open.


class Transactions(KafkaTest):
    def short_ones(self):
        return egress(self.broker.address, "exactly-once", OFTEN, timeout="1s")

    def emit_some(self, topic, totals):
        for i in range(30):
            entity = f"e{i % 3}"
            self.emit(entity, topic, 2)
            totals[entity] = totals.get(entity, 0) + 2

    def check_all(self, topic, totals):
        reader = self.reader(topic, 2)
        reader.read(lambda seen: len(seen) >= sum(totals.values()))
        self.check_emitted_once_in_order(reader.read_more(1), totals)

    def test_a_transaction_that_takes_too_long_is_lost_for_the_broker_only(self):
        self.broker.create_topic("slow", 2)
        self.start_gateway(self.short_ones())
        totals = {}
        for _ in range(3):
            self.emit_some("slow", totals)
            self.gateway.process.send_signal(signal.SIGSTOP)
            let_run(2.5)
            self.gateway.process.send_signal(signal.SIGCONT)
        self.check_all("slow", totals)
        self.assertIn("nothing goes to Kafka", self.gateway.log())  # Else nothing was tested.

    def test_gateways_on_copies_of_one_data_directory_are_told_apart(self):
        self.broker.create_topic("copied")
        document = egress(self.broker.address, "exactly-once")
        self.start_gateway(document)
        self.emit("a", "copied", 2)
        reader = self.reader("copied")
        reader.read(lambda seen: len(seen) >= 2)
        self.gateway.stop()
        first = self.gateway
        for name in ("second", "older"):
            shutil.copytree(first.data, self.directory / name / "data")
        first.start()
        second = self.another("second", document)
        self.gateway = second
        self.emit("b", "copied")
        reader.read(lambda seen: len(seen) >= 3)
        self.gateway = first
        self.emit("a", "copied")  # It has been fenced, and may not go on.
        wait_until(lambda: "from a copy of the same data" in first.log(), "the first one says so")
        older = self.another("older", document)
        wait_until(lambda: "is an older copy" in older.log(), "the older one says so")
        self.check_emitted_once_in_order(reader.read_more(1), {"a": 2, "b": 1})

    def test_R51_a_broker_that_stands_still_under_load_costs_nothing_but_time(self):
        self.broker.create_topic("still", 2)
        self.start_gateway(self.short_ones())
        totals = {}
        for _ in range(PAUSES):
            self.emit_some("still", totals)
            self.broker.pause()
            self.emit_some("still", totals)
            let_run(2)
            self.broker.resume()
        self.check_all("still", totals)

    def test_R53_readers_do_not_wait_behind_what_a_killed_gateway_left_open(self):
        self.broker.create_topic("open", 2)
        often = "  gateway: {commitInterval: 1min}\n"
        self.start_gateway(egress(self.broker.address, "exactly-once", often, timeout="10min"))
        totals = {}
        self.emit_some("open", totals)
        uncommitted = self.reader("open", 2, isolation="read_uncommitted")
        uncommitted.read(lambda seen: seen)
        self.gateway.kill()
        self.gateway.module.write_text(self.module(self.short_ones()))
        began = time.monotonic()
        self.gateway.start()
        self.check_all("open", totals)
        self.assertLess(time.monotonic() - began, 12)

    def test_R50_a_time_out_that_the_broker_does_not_allow_stops_that_egress_alone(self):
        self.broker.create_topic("allowed", 2)
        self.start_gateway(egress(self.broker.address, "exactly-once", timeout="1h"))
        totals = {}
        self.emit_some("allowed", totals)
        told = "more than the broker's transaction.max.timeout.ms allows"
        wait_until(lambda: told in self.gateway.log(), "it is told")
        self.emit_some("allowed", totals)
        self.change_module(self.short_ones())
        self.check_all("allowed", totals)

    def another(self, name, *documents):
        gateway = Gateway(self.directory / name, self.module(*documents))
        self.addCleanup(gateway.kill)
        return gateway.start()


if __name__ == "__main__":
    unittest.main()
