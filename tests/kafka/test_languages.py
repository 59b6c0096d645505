"""StateFun's greeter from Kafka to Kafka on all official SDKs, exactly once over kills of the
gateway; the programs are those of tests/conformance.

SMOKE_SDK names the languages, if not all of them are meant.
"""
import json
import pathlib
import random
import sys
import unittest

from bed import KafkaTest, egress, endpoint, ingress
from polling import let_run
from processes import Functions

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "conformance"))

import sdks  # noqa: E402

PARTITIONS = 4
VISITS = 60  # Of each guest.
KILLS = 3
TOPIC = "greetings"


class Languages(KafkaTest):
    """One job whose functions are served by one program in each language."""

    program = None

    def setUp(self):
        super().setUp()
        self.urls = {}
        for language in sdks.only():
            folder = self.directory / language
            folder.mkdir()
            environment = sdks.environment(language, GREETINGS_EGRESS="k/out")
            functions = Functions(folder, sdks.command(language), environment)
            self.addCleanup(functions.kill)
            functions.start()
            self.urls[language] = functions.url
        self.guests = {f"{language}-{n}": language for language in self.urls for n in range(5)}

    def module(self, *documents):
        endpoints = [endpoint(url, language) for language, url in self.urls.items()]
        return "---\n".join([*endpoints, *documents])

    def write_visits(self, writer, numbers):
        for number in numbers:
            for name, language in self.guests.items():
                request = json.dumps({"name": name, "number": number})
                writer.write(f"people-{language}", name, request)
        writer.flush()

    def test_each_visit_is_greeted_once_and_in_order_over_kills_of_the_gateway(self):
        for topic in (TOPIC, *(f"people-{language}" for language in self.urls)):
            self.broker.create_topic(topic, PARTITIONS)
        address = self.broker.address
        self.start_gateway(
            *(ingress(address, {f"people-{language}": f"{language}/person"},
                      name=f"k/{language}", value_type="conformance/GreetRequest")
              for language in self.urls),
            egress(address, "exactly-once"),
        )
        writer = self.writer()
        for kill in range(KILLS):
            self.write_visits(writer, range(VISITS * kill // KILLS, VISITS * (kill + 1) // KILLS))
            let_run(random.uniform(0.02, 0.3))
            self.gateway.restart()
        greetings = self.reader(TOPIC, PARTITIONS)
        greetings.read(lambda seen: len(seen) >= VISITS * len(self.guests))
        by_guest = {}
        for key, value, _ in greetings.read_more(1):
            by_guest.setdefault(key.decode(), []).append(value.decode())
        later = range(2, VISITS + 1)
        wanted = {
            guest: [f"Welcome, {guest}!", *(f"Visit number {n}, {guest}." for n in later)]
            for guest in self.guests
        }
        self.assertEqual(wanted, by_guest)


if __name__ == "__main__":
    unittest.main()
