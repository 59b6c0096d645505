"""A job from Kafka to Kafka on the official SDK: each effect once, whatever is killed.

KAFKA_KILLS (20): how often the gateway is killed under load.
"""
import json
import os
import random
import threading
import unittest

from bed import KafkaTest, egress, ingress
from confluent_kafka import ConsumerGroupTopicPartitions
from polling import let_run, wait_until

KILLS = int(os.environ.get("KAFKA_KILLS", 20))
KEYS = [f"e{n}" for n in range(8)]
PARTITIONS = 4


class Load:
    """Writes the numbers from 0 on to a topic, each key's in their order, until it is stopped."""

    def __init__(self, writer, topic, pause_s=0.002):
        self.totals = dict.fromkeys(KEYS, 0)
        self._writer = writer
        self._topic = topic
        self._pause_s = pause_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def write(self):
        key = random.choice(KEYS)
        self._writer.write(self._topic, key, str(self.totals[key]))
        self.totals[key] += 1

    def _run(self):
        while not self._stop.wait(self._pause_s):
            self.write()

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        self._writer.flush()


class Job(KafkaTest):
    """k/echo counts what it has seen, so its records tell of every message, its order included."""

    def start_job(self, topics=None, extra=""):
        self.topic = f"in-{self.own_topic}"
        self.broker.create_topic(self.own_topic, PARTITIONS)
        for topic in topics or [self.topic]:
            self.broker.create_topic(topic, PARTITIONS)
        self.echoes = self.reader(self.own_topic, PARTITIONS)
        address = self.broker.address
        self.start_gateway(
            *(ingress(address, {topic: "k/echo"}, name=f"k/{topic}", extra=extra)
              for topic in topics or [self.topic]),
            egress(address, "exactly-once"),
        )

    def load(self, **more):
        return Load(self.writer(**more), self.topic)

    def check_echoes(self, totals):
        """Of each key all its numbers, once, in order, counted by the function in that order."""
        self.echoes.read(lambda seen: len(seen) >= sum(totals.values()))
        by_key = {}
        for key, value, _ in self.echoes.read_more(1):
            by_key.setdefault(key.decode(), []).append(json.loads(value))
        wanted = {
            key: [{"seen": n + 1, "value": str(n)} for n in range(total)]
            for key, total in totals.items() if total > 0
        }
        self.assertEqual(wanted, by_key)

    def test_counts_are_exact_over_kills_of_the_gateway_under_load(self):
        self.start_job()
        with self.load() as load:
            for _ in range(KILLS):
                let_run(random.uniform(0.05, 1))
                self.gateway.restart()
        self.check_echoes(load.totals)

    def test_counts_are_exact_over_stops_of_the_broker_under_load(self):
        self.start_job()
        # What the writer can't write it keeps.
        with self.load(**{"message.timeout.ms": 120_000}) as load:
            let_run(0.5)
            self.broker.stop()
            let_run(1)
            self.broker.start()
            let_run(0.5)
            self.broker.kill()
            self.broker.start()
            let_run(0.5)
            self.broker.pause()
            let_run(3)
            self.broker.resume()
        self.check_echoes(load.totals)

    def test_a_partition_that_is_added_is_read(self):
        self.start_job(extra="  properties:\n    - topic.metadata.refresh.interval.ms: 500\n")
        with self.load() as load:
            let_run(0.3)
        self.check_echoes(load.totals)
        self.broker.add_partitions(self.topic, PARTITIONS + 2)
        writer = self.writer()
        for partition in range(PARTITIONS + 2):
            writer.write(self.topic, f"of-{partition}", "0", partition=partition)
        writer.flush()
        self.check_echoes({**load.totals, **{f"of-{p}": 1 for p in range(PARTITIONS + 2)}})

    def test_R55_F27_M06_ingresses_may_share_a_group_and_its_offsets_are_there_for_monitors(self):
        topics = [f"{name}-{self.own_topic}" for name in ("one", "two")]
        self.start_job(topics)
        writer = self.writer()
        for n in range(40):
            for topic in topics:
                writer.write(topic, f"{topic[:3]}{n % 8}", str(n // 8))
        writer.flush()
        self.check_echoes({f"{topic[:3]}{n}": 5 for topic in topics for n in range(8)})
        wanted = {topic: 40 for topic in topics}
        wait_until(lambda: self.committed("tests", topics) == wanted, "the offsets are committed")
        for topic in topics:
            writer.write(topic, "last", "0")
        writer.flush()
        self.gateway.stop()  # Also in time for whoever looks when it has ended.
        self.assertLessEqual(sum(wanted.values()), sum(self.committed("tests", topics).values()))

    def committed(self, group, topics):
        """The sum of a group's offsets by topic, as Kafka's own tools see it."""
        admin = self.broker.admin()
        asked = [ConsumerGroupTopicPartitions(group)]
        found = admin.list_consumer_group_offsets(asked)[group].result(30).topic_partitions
        return {
            topic: sum(max(one.offset, 0) for one in found if one.topic == topic)
            for topic in topics
        }


if __name__ == "__main__":
    unittest.main()
