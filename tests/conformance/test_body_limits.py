"""Batches that are larger than a function's server accepts, at the servers' own limits.

The official samples leave them as they are: aiohttp answers 413 to more than 1 MiB, Undertow 400
and nothing else to more than 2 MiB; Spring WebFlux refuses more than 256 KiB with 500.
"""
import json
import unittest

from bed import ORDER, SdkTest
from client import Client, entity_path, pipeline, post

PAD = "x" * 40_000
MESSAGES = 100  # 4 MB, which are one batch where memory is plenty.
OPTIONS = ("--memory-budget", "128MiB")


class BodyLimits:
    # Each halves 4 MB until it fits, and perhaps what is left of it once more.
    refusals_max = 6

    def setUp(self):
        super().setUp()
        self.admin = Client(lambda: self.gateway.admin)
        self.addCleanup(self.admin.close)
        self.call("teacher")  # The states of the type are known from here on.

    def send_as_one_batch(self, entity):
        """Messages that wait for the end of a call; each counts, and emits its number."""
        path = entity_path("send", self.function(), entity)

        def request(payload):
            steps = [{"do": "count", "state": "count"}, self.emit(f"{entity} {payload}")]
            return post(path, ORDER, json.dumps({"steps": steps, "pad": PAD}).encode())

        self.functions.freeze()
        requests = [request(n) for n in range(MESSAGES)]
        answers = [*pipeline(self.gateway.api, requests[:1])]  # This one leaves alone.
        answers += pipeline(self.gateway.api, requests[1:])
        self.functions.thaw()
        self.assertEqual({202}, {answer.status for answer in answers})

    def refused(self):
        return self.metric("statefun_endpoint_failures_total")

    def test_R11_a_batch_over_the_limit_is_halved_and_the_size_is_remembered(self):
        self.send_as_one_batch("a")
        self.assertEqual([f"a {n}" for n in range(MESSAGES)], self.take_all(MESSAGES))
        self.assertEqual(MESSAGES, self.states("a")["count"])
        refused = self.refused()
        self.assertTrue(1 <= refused <= self.refusals_max, refused)
        for entity in ("b", "a"):
            self.send_as_one_batch(entity)
            self.assertEqual([f"{entity} {n}" for n in range(MESSAGES)], self.take_all(MESSAGES))
        self.assertEqual(2 * MESSAGES, self.states("a")["count"])
        self.assertEqual(refused, self.refused(), "the size that fits was forgotten")
        self.assertIsNone(self.take())
        page = self.admin.request("GET", "/v1/dead-letters").json()
        self.assertEqual([], page["dead_letters"])


class Aiohttp(BodyLimits, SdkTest):
    language = "python"

    def make_bed(self):
        return self.bed_of_its_own(tapped=False, options=OPTIONS, OWN_LIMIT="1")


class Undertow(BodyLimits, SdkTest):
    language = "java"

    def make_bed(self):
        return self.bed_of_its_own(tapped=False, options=OPTIONS, OWN_LIMIT="1")


class Spring(BodyLimits, SdkTest):
    """A stub of its limit before another server."""

    language = "python"

    def make_bed(self):
        bed = self.bed_of_its_own(options=OPTIONS)
        bed.tee.body_bytes_max = 256 * 1024
        return bed


if __name__ == "__main__":
    unittest.main()
