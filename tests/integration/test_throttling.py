"""A server that says when it is given too much is met just below what it bears (case R20)."""
import json
import pathlib
import re
import unittest

from client import entity_path, pipeline, post
from polling import wait_until
from processes import GatewayTest, get

MESSAGES = 2_000


class Throttling(GatewayTest):
    program = pathlib.Path(__file__).with_name("limited_functions.py")
    topics = ()

    def seen(self):
        return json.loads(get(f"{self.functions.url}/seen")[1])

    def test_R20_429_lowers_the_concurrency_and_no_call_comes_earlier_than_told(self):
        requests = [post(entity_path("send", "test/counter", f"c{n}"), "test/Any", b"x")
                    for n in range(MESSAGES)]
        answers = pipeline(self.gateway.api, requests)
        self.assertEqual({202}, {answer.status for answer in answers})
        wait_until(lambda: len(self.seen()["counts"]) == MESSAGES, "all are processed", 60)
        seen = self.seen()
        self.assertEqual({1}, set(seen["counts"].values()))
        self.assertEqual(0, seen["early"])
        self.assertEqual(10, seen["most"])
        # A fixed concurrency of 192 is refused nearly as often as it is answered.
        print(f"\n{seen['refused']} refusals for {MESSAGES} messages", flush=True)
        self.assertLess(seen["refused"], MESSAGES / 20)
        metrics = get(f"{self.gateway.admin}/metrics")[1].decode()
        limit = re.search(r"^statefun_endpoint_concurrency\{[^}]*\} (\d+)$", metrics, re.MULTILINE)
        self.assertLessEqual(int(limit.group(1)), 12)


if __name__ == "__main__":
    unittest.main()
