"""Ingress from a real Kafka broker: each record counts once, in order, whatever is killed."""
import json
import random
import unittest

from bed import KafkaTest, egress, ingress
from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from polling import let_run, wait_until

KILLS = 5
PARTITIONS = 4


class Ingress(KafkaTest):
    """Each test has topics of its own: `name`-in, and the one that k/echo writes to."""

    def begin(self, name, start="earliest", partitions=PARTITIONS, extra=""):
        self.topic = f"{name}-in"
        self.broker.create_topic(self.topic, partitions)
        self.broker.create_topic(self.own_topic)
        self.documents = [
            egress(self.broker.address, "exactly-once"),
            ingress(
                self.broker.address, {self.topic: "k/echo"}, group=name, start=start, extra=extra
            ),
        ]
        self.out = self.reader(self.own_topic)

    def start(self):
        self.start_gateway(*self.documents)

    def write(self, numbers, topic=None, **more):
        """Each number as a record of its own, by ten keys in turn."""
        writer = self.writer()
        for number in numbers:
            writer.write(topic or self.topic, f"e{number % 10}", str(number), **more)
        writer.flush()

    def wait_for_log(self, text):
        wait_until(lambda: text in self.gateway.log(), f"the log says '{text}'")

    def metric(self, name):
        text = self.admin("GET", "/metrics").body.decode()
        start = f"statefun_ingress_{name}{{"
        lines = [line for line in text.splitlines() if line.startswith(start)]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)

    def check_echoed(self, numbers):
        """Of each key its numbers, each counted once and in order."""
        numbers = list(numbers)
        self.out.read(lambda seen: len(seen) >= len(numbers))
        seen = {}
        for key, value, _ in self.out.read_more(0.5):
            echo = json.loads(value)
            seen.setdefault(key.decode(), []).append((echo["seen"], int(echo["value"])))
        expected = {}
        for number in numbers:
            of_key = expected.setdefault(f"e{number % 10}", [])
            of_key.append((len(of_key) + 1, number))
        self.assertEqual(expected, seen)

    def test_records_become_messages_and_the_group_hears_how_far(self):
        self.begin("plain")
        self.write(range(500))
        self.start()
        self.check_echoed(range(500))
        self.assertEqual(0, self.gateway.stop())
        admin = self.broker.admin()
        asked = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions("plain")])
        offsets = asked["plain"].result().topic_partitions
        self.assertEqual(500, sum(one.offset for one in offsets))
        self.gateway.start()
        self.write(range(500, 600))
        self.check_echoed(range(600))

    def test_each_record_counts_once_over_kills_of_the_gateway(self):
        self.begin("killed")
        self.start()
        total = 0
        for _ in range(KILLS):
            self.write(range(total, total + 2_000))
            total += 2_000
            let_run(random.random() * 0.3)
            self.gateway.restart()
        self.check_echoed(range(total))

    def test_F13_latest_stays_where_it_was_over_a_kill_right_after_the_start(self):
        self.begin("latest", start="latest")
        self.write(range(100))
        self.start()
        self.wait_for_log("reading from Kafka")
        self.assertIn("latest", self.gateway.log())
        self.gateway.kill()
        self.write(range(100, 120))
        self.gateway.start()
        self.check_echoed(range(100, 120))

    def test_a_new_partition_is_read_from_its_first_record(self):
        refresh = "  properties:\n    - metadata.max.age.ms: 500\n"
        self.begin("grown", start="latest", partitions=1, extra=refresh)
        self.start()
        self.wait_for_log("reading from Kafka")
        self.broker.add_partitions(self.topic, 2)
        self.write(range(50), partition=1)
        self.check_echoed(range(50))

    def test_a_topic_that_comes_later_is_read_and_others_are_not_held_up(self):
        refresh = "  properties:\n    - metadata.max.age.ms: 500\n"
        self.begin("early", extra=refresh)
        self.documents[1] = ingress(
            self.broker.address, {self.topic: "k/echo", "late-in": "k/echo"}, start="latest",
            extra=refresh,
        )
        self.start()
        self.wait_for_log("topic 'late-in' does not exist")
        self.write(range(20))
        self.check_echoed(range(20))
        self.broker.create_topic("late-in")
        self.write(range(20, 40), topic="late-in")
        self.check_echoed(range(40))

    def test_R27_R28_a_bad_record_is_set_aside_and_blocks_nothing(self):
        self.begin("bad", partitions=1)
        self.start()
        writer = self.writer()
        writer.write(self.topic, "e0", "0")
        writer.write(self.topic, None, "no key", headers=[("h", b"1"), ("n", None)])
        writer.write(self.topic, "e0", None)
        writer.write(self.topic, b"\xff", "no text")
        writer.write(self.topic, "e0", "10")
        writer.flush()
        self.check_echoed([0, 10])
        records = self.admin("GET", "/v1/refused-records").json()["refused_records"]
        by_offset = {one["record"]["offset"]: one["record"] for one in records}
        self.assertEqual([1, 2, 3], sorted(by_offset))
        self.assertIsNone(by_offset[1]["key"])
        self.assertEqual("bm8ga2V5", by_offset[1]["value"])
        self.assertEqual([{"name": "h", "value": "MQ=="}, {"name": "n", "value": None}],
                         by_offset[1]["headers"])
        self.assertIsNone(by_offset[2]["value"])
        self.assertEqual(3, self.metric("refused_records_total"))
        self.assertEqual(5, self.metric("records_total"))

    def test_fail_stops_one_ingress_until_a_reload(self):
        fail = "  invalidRecordHandling: {type: fail}\n"
        self.begin("fail", partitions=1, extra=fail)
        self.start()
        writer = self.writer()
        writer.write(self.topic, "e0", "0")
        writer.write(self.topic, None, "no key")
        writer.write(self.topic, "e0", "10")
        writer.flush()
        self.wait_for_log("stopped in front of a record")
        self.check_echoed([0])
        wait_until(lambda: self.metric("stopped") == 1, "it is seen in the metrics")
        self.change_module(
            self.documents[0],
            self.documents[1].replace("type: fail", "type: skip"),
        )
        self.check_echoed([0, 10])

    def test_a_reload_adds_changes_and_removes_an_ingress_without_loss(self):
        self.begin("moved", start="latest")
        self.start_gateway(self.documents[0])
        self.write(range(10))
        self.change_module(*self.documents)
        self.wait_for_log("reading from Kafka")
        self.write(range(10, 3_000))
        changed = self.documents[1] + "  properties:\n    - fetch.min.bytes: 2\n"
        self.change_module(self.documents[0], changed)
        self.write(range(3_000, 3_500))
        self.check_echoed(range(10, 3_500))
        self.change_module(self.documents[0])
        self.write(range(3_500, 3_600))
        self.change_module(*self.documents)
        self.check_echoed(range(10, 3_600))

    def test_an_offset_that_is_gone_is_reset_and_told(self):
        self.begin("gone", partitions=1, extra="  autoOffsetResetPosition: earliest\n")
        self.write(range(100))
        self.start()
        self.check_echoed(range(100))
        self.gateway.stop()
        self.write(range(100, 200))
        admin = self.broker.admin()
        for deleted in admin.delete_records([TopicPartition(self.topic, 0, 150)]).values():
            deleted.result()
        self.gateway.start()
        self.check_echoed([*range(100), *range(150, 200)])
        self.assertIn("does not exist any more", self.gateway.log())
        self.assertEqual(1, self.metric("resets_total"))

    def test_a_broker_that_is_away_costs_nothing_but_time(self):
        self.begin("away")
        self.start()
        self.write(range(100))
        self.check_echoed(range(100))
        self.broker.kill()
        wait_until(lambda: self.metric("connected") == 0, "it is seen in the metrics")
        self.broker.start()
        self.write(range(100, 200))
        self.check_echoed(range(200))
        wait_until(lambda: self.metric("connected") == 1, "and that it is back")


if __name__ == "__main__":
    unittest.main()
