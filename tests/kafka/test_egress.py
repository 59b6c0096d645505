"""Egress to a real Kafka broker: each record once, in order per key, whatever is killed."""
import json
import random
import unittest

from bed import KafkaTest, egress
from client import entity_path
from polling import let_run, wait_until

KILLS = 5


class Egress(KafkaTest):
    def test_records_arrive_with_key_and_value(self):
        for semantic in ("at-least-once", "exactly-once", "none"):
            with self.subTest(semantic):
                topic = f"plain-{semantic}"
                self.broker.create_topic(topic, 4)
                self.start_gateway(egress(self.broker.address, semantic))
                for i in range(20):
                    self.emit(f"{semantic}-{i % 5}", topic, 3)
                records = self.reader(topic, 4).read(lambda seen: len(seen) >= 60)
                self.check_emitted_once_in_order(records, {f"{semantic}-{i}": 12 for i in range(5)})
                self.gateway.stop()

    def test_an_empty_key_is_no_key(self):
        self.broker.create_topic("keyless")
        self.start_gateway(egress(self.broker.address, "at-least-once"))
        self.emit("a", "keyless", key="")
        self.assertEqual(None, self.reader("keyless").read(lambda seen: seen)[0][0])

    def test_each_record_once_over_kills_of_the_gateway(self):
        self.broker.create_topic("killed", 4)
        self.start_gateway(egress(self.broker.address, "exactly-once"))
        totals = {}
        for kill in range(KILLS):
            for i in range(60):
                entity = f"e{i % 7}"
                self.emit(entity, "killed", 5)
                totals[entity] = totals.get(entity, 0) + 5
            let_run(random.random() * 0.1)
            self.gateway.restart()
        reader = self.reader("killed", 4)
        reader.read(lambda seen: len(seen) >= sum(totals.values()))
        self.check_emitted_once_in_order(reader.read_more(1), totals)

    def test_a_clean_stop_and_start_repeats_nothing(self):
        for semantic in ("at-least-once", "exactly-once"):
            with self.subTest(semantic):
                topic = f"stopped-{semantic}"
                self.broker.create_topic(topic)
                self.start_gateway(egress(self.broker.address, semantic))
                self.emit(semantic, topic, 50)
                reader = self.reader(topic)
                reader.read(lambda seen: len(seen) >= 50)
                self.assertEqual(0, self.gateway.stop())
                self.gateway.start()
                self.emit(semantic, topic, 50)
                reader.read(lambda seen: len(seen) >= 100)
                self.check_emitted_once_in_order(reader.read_more(1), {semantic: 100})
                self.gateway.stop()

    def test_a_broker_that_is_away_costs_nothing_but_time(self):
        self.broker.create_topic("away")
        self.start_gateway(egress(self.broker.address, "exactly-once"))
        self.emit("a", "away", 10)
        reader = self.reader("away")
        reader.read(lambda seen: len(seen) >= 10)
        self.broker.kill()
        for _ in range(20):
            self.emit("a", "away", 10)
        self.broker.start()
        reader.read(lambda seen: len(seen) >= 210)
        self.check_emitted_once_in_order(reader.read_more(1), {"a": 210})

    def test_R57_a_record_that_no_topic_takes_is_a_dead_letter_and_blocks_nothing(self):
        self.broker.create_topic("small", config={"max.message.bytes": "10000"})
        for semantic in ("at-least-once", "exactly-once"):
            with self.subTest(semantic):
                self.start_gateway(egress(self.broker.address, semantic))
                entity = f"poison-{semantic}"
                self.emit(entity, "small", 2)
                self.emit(entity, "no-such-topic", 1)
                self.emit(entity, "small", 1, 20_000)
                self.emit(entity, "small", 2)
                reader = self.reader("small")

                def numbers(records):
                    own = [json.loads(v)["n"] for k, v, _ in records if k == entity.encode()]
                    return list(dict.fromkeys(own))  # At least once may be more than once.

                reader.read(lambda seen: 6 in numbers(seen))
                self.assertEqual([1, 2, 5, 6], numbers(reader.records))
                letters = wait_until(
                    lambda: len(self.letters()) == 2 and self.letters(), "two dead letters"
                )
                reasons = " / ".join(letter["reason"] for letter in letters)
                self.assertIn("no-such-topic", reasons)
                self.assertIn("small", reasons)
                self.gateway.stop()
                self.directory.joinpath("data").rename(self.directory / f"data-{semantic}")

    def test_a_record_that_is_replayed_arrives(self):
        self.broker.create_topic("there")
        self.start_gateway(egress(self.broker.address, "exactly-once"))
        self.emit("a", "late")
        self.emit("a", "there")
        self.reader("there").read(lambda seen: seen)
        letter, = self.letters()
        self.assertEqual("egress record", letter["kind"])
        self.broker.create_topic("late")
        path = entity_path("dead-letters", "io.statefun.gateway/egress", letter["id"])
        answer = self.admin("POST", f"{path}?action=replay&message={letter['message_id']}")
        self.assertTrue(answer.json()["changed"], answer.json())
        reader = self.reader("late")
        reader.read(lambda seen: seen)
        self.check_emitted_once_in_order(reader.read_more(1), {"a": 1})
        self.assertEqual([], self.letters())


if __name__ == "__main__":
    unittest.main()
