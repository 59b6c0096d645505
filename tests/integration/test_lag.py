"""Nobody starves: the loop stays responsive while large bodies, thousands of pipelined requests,
scrapes and slow functions come at once (design D1).

What is measured is the gateway's own histogram of how long events waited for the loop.
"""
import re
import socket
import threading
import time
import unittest

from client import Client, entity_path, post
from processes import GatewayTest, get

CONNECTIONS = 1000
LARGE = 32 * 1024 * 1024 - 4096
LOAD_S = 6


def lag_counts(text):
    """Events by upper bound in seconds, cumulative, as the metric tells them."""
    rows = re.findall(r'statefun_loop_lag_seconds_bucket\{le="([^"]+)"\} (\d+)', text)
    return {float(bound.replace("+Inf", "inf")): int(count) for bound, count in rows}


class Lag(GatewayTest):
    def test_large_bodies_pipelining_scrapes_and_slow_functions_do_not_hold_the_loop(self):
        self.control(b'{"hold": true}')
        for n in range(50):
            self.client.send("test/held", f"slow-{n}", "test/Add", {"n": 1})
        before = lag_counts(self.metrics())
        self.end = time.monotonic() + LOAD_S
        self.wrong = []
        work = [self.large, self.large, self.pipelining, self.scrapes]
        threads = [threading.Thread(target=self.guarded, args=(one,)) for one in work]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        after = lag_counts(self.metrics())
        self.control(b'{"hold": false}')
        self.assertEqual([], self.wrong)
        grown = {bound: after[bound] - before[bound] for bound in after}
        share = grown[0.005] / grown[float("inf")]
        print(f"\n{grown[float('inf')]} rounds, {share:.2%} began within 5 ms", flush=True)
        self.assertGreater(grown[float("inf")], 500, "too little went on")
        self.assertGreaterEqual(share, 0.99)

    def metrics(self):
        return get(f"{self.gateway.admin}/metrics")[1].decode()

    def guarded(self, work):
        try:
            while time.monotonic() < self.end:
                work()
        except Exception as problem:  # Whatever it is, the test must see it.
            self.wrong.append(repr(problem))

    def large(self):
        """One message as large as the limit, for an entity whose calls wait."""
        answer = Client(lambda: self.gateway.api).request(
            "POST",
            entity_path("send", "test/held", "large"),
            bytes(LARGE),
            {"Content-Type": "application/vnd.test/Blob"},
        )
        # 503: the commit queue is half full; that is an answer, too.
        if answer.status not in (202, 503):
            raise AssertionError((answer.status, answer.body))

    def pipelining(self):
        """A thousand connections, ten requests on each at once."""
        parts = self.gateway.api.rpartition(":")
        request = post(entity_path("send", "test/held", "slow-1"), "test/Add", b'{"n": 1}') * 10
        open_ones = [
            socket.create_connection(("127.0.0.1", int(parts[2])), timeout=30)
            for _ in range(CONNECTIONS)
        ]
        for connection in open_ones:
            connection.sendall(request)
        for connection in open_ones:
            seen = b""
            while seen.count(b"HTTP/1.1 ") < 10:
                piece = connection.recv(65536)
                if not piece:
                    raise AssertionError(f"cut off after {seen[-200:]!r}")
                seen += piece
            connection.close()

    def scrapes(self):
        if "statefun_ready" not in self.metrics():
            raise AssertionError("no metrics")


if __name__ == "__main__":
    unittest.main()
