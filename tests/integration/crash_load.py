"""The load of the crash test: clients that repeat until they are answered, readers that collect.

Each runs on a thread of its own, and goes on over any number of kills. What goes wrong is kept in
`Load.errors`; the first error stops all.
"""
import http.client
import json
import random
import threading
import time
from collections import Counter

from client import Client
from crash_model import NODES, TOPICS, Hop, Record, tree
from polling import let_run

NODE = "crash/node"
HOP = "crash/Hop"
HOPS_MAX = 5
# Messages on their way at any time; more would only prolong the end.
BACKLOG_MAX = 1500
# A function call is repeated after some seconds at most; nothing is silent for longer than this.
QUIET_S = 40


class Load:
    def __init__(self, gateway, seed, clients=6):
        self.gateway = gateway
        self.errors = []
        self.expected = Counter()  # (entity, root, path) of everything that was accepted.
        self.records = {}  # By position.
        self.roots = self.repeats = self.seen_twice = 0
        self._last_news = time.monotonic()
        self._lock = threading.Lock()
        self._enough = threading.Event()
        self._done = threading.Event()
        self._clients = [
            threading.Thread(target=self._guard, args=(self._send_all, n, f"{seed}/{n}"))
            for n in range(clients)
        ]
        self._readers = [
            threading.Thread(target=self._guard, args=(self._read_all, f"log{n}"))
            for n in range(TOPICS)
        ]

    def start(self):
        for thread in self._clients + self._readers:
            thread.start()

    def finish_sending(self):
        """No new messages; each client gets its last one accepted first."""
        self._enough.set()
        for thread in self._clients:
            thread.join()

    def stop(self):
        self._enough.set()
        self._done.set()
        for thread in self._clients + self._readers:
            thread.join()

    def settled(self):
        """All records are here, or none came for so long that none will."""
        with self._lock:
            quiet_s = time.monotonic() - self._last_news
            complete = len(self.records) >= self.expected.total()
        return complete or quiet_s > QUIET_S or bool(self.errors)

    def backlog(self):
        with self._lock:
            return self.expected.total() - len(self.records)

    def _guard(self, work, *arguments):
        try:
            work(*arguments)
        except Exception as problem:  # Whatever it is, the test must see it.
            self.errors.append(f"{work.__name__}{arguments}: {problem!r}")
            self._enough.set()

    def _send_all(self, number, seed):
        rng = random.Random(seed)
        client = Client(lambda: self.gateway.api)
        sent = 0
        earlier = None
        while not self._enough.is_set():
            if self.backlog() > BACKLOG_MAX:
                let_run(0.01)
                continue
            sent += 1
            entity = f"n{rng.randrange(NODES)}"
            hop = Hop(f"{number}-{sent}", "", rng.randrange(HOPS_MAX))
            kind = client.call if rng.random() < 0.15 else client.send
            request = (kind, NODE, entity, HOP, hop.as_json(), hop.root)
            answer = self._until_accepted(*request)
            with self._lock:
                self.roots += 1
                self.expected.update((at, h.root, h.path) for at, h in tree(entity, hop))
            if earlier is not None and rng.random() < 0.1:
                self._check_repeat(*earlier)
            earlier = (request, answer)
        client.close()

    def _until_accepted(self, kind, *request):
        """Repeats with the same key until the answer says that it is durable."""
        while not self._done.is_set():
            try:
                answer = kind(*request)
            except (OSError, http.client.HTTPException):
                self.repeats += 1
                let_run(0.01)
                continue
            if answer.status in (200, 202):
                return answer
            if answer.status not in (429, 503, 504):
                raise AssertionError(f"{answer.status} {answer.body!r} for {request}")
            self.repeats += 1
            let_run(0.05)
        raise AssertionError(f"never accepted: {request}")

    def _check_repeat(self, request, answer):
        """A repeat long after is answered as the first time: same message id, or same reply."""
        again = self._until_accepted(*request)
        if (answer.status, answer.body) != (again.status, again.body):
            raise AssertionError(f"{request}: first {answer.body!r}, then {again.body!r}")

    def _read_all(self, topic):
        client = Client(lambda: self.gateway.egress)
        last = -1
        while not self._done.is_set():
            try:
                answer = client.request("GET", f"/{topic}")
            except (OSError, http.client.HTTPException):
                let_run(0.01)
                continue
            if answer.status == 404 or not answer.body:
                let_run(0.02)
                continue
            position = int(answer.headers["statefun-position"])
            last = self._take(topic, last, position, Record(*json.loads(answer.body)))
        client.close()

    def _take(self, topic, last, position, record):
        with self._lock:
            self._last_news = time.monotonic()
            known = self.records.setdefault(position, record)
            if known != record:
                raise AssertionError(f"position {position}: first {known}, then {record}")
            if position < last:
                raise AssertionError(f"{topic}: position {position} after {last}")
            self.seen_twice += position == last
        return position
