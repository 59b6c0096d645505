"""A wire tap between the gateway and a function server.

It passes on every byte as it came, so that each side sees the real other one, remembers every
exchange, and can hold back the answer to one entity: that is how a test keeps a call out. Given a
choice of several servers it is the proxy before them, which sends each call where it likes.
"""
import contextlib
import itertools
import socket
import threading
import time
from dataclasses import dataclass, field

from statefun.request_reply_pb2 import FromFunction, ToFunction


@dataclass
class Exchange:
    """One call. `began` and `ended` are moments in the order in which the tap saw them."""

    began: int
    at: float  # Wall time at which it began.
    port: int  # Of the server that it went to.
    request_line: str
    request_headers: dict
    request_body: bytes
    ended: int = None
    status: int = None
    headers: dict = field(default_factory=dict)
    body: bytes = None

    @property
    def request(self):
        return ToFunction.FromString(self.request_body).invocation

    @property
    def answer(self):
        return FromFunction.FromString(self.body)

    @property
    def target(self):
        target = self.request.target
        return f"{target.namespace}/{target.type}", target.id

    @property
    def states(self):
        """{name: value, or None where there is none}"""
        return {
            entry.state_name: entry.state_value
            if entry.HasField("state_value") and entry.state_value.has_value
            else None
            for entry in self.request.state
        }


class Tee:
    """`upstream`: the port of the server, or a function that chooses one for each call.

    `body_bytes_max`: of a larger request the server hears nothing; it is answered with an error.
    """

    def __init__(self, upstream, body_bytes_max=None):
        self.body_bytes_max = body_bytes_max
        self._choose = upstream if callable(upstream) else lambda: upstream
        self._clock = itertools.count(1)
        self._lock = threading.Lock()
        self._exchanges = []
        self._held = {}  # (function type, id): an event that lets its answers go.
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def exchanges(self, function=None, entity=None):
        """All that began, or those of one function type, or of one entity, in order."""
        with self._lock:
            seen = list(self._exchanges)
        return [
            e for e in seen
            if function in (None, e.target[0]) and entity in (None, e.target[1])
        ]

    def hold(self, function, entity):
        """From now on answers to this entity wait; returns the function that lets them go."""
        gate = threading.Event()
        self._held[(function, entity)] = gate

        def release():
            del self._held[(function, entity)]
            gate.set()

        return release

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, downstream):
        with contextlib.ExitStack() as connections, contextlib.suppress(OSError):
            connections.enter_context(downstream)
            downstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # When a server goes, the gateway sees its connection end, as it would without the tap.
            self._pass_on(downstream, connections)

    def _pass_on(self, downstream, connections):
        requests = downstream.makefile("rb")
        upstreams = {}  # By port: the connection, and its answers.
        while (request := _Message.read(requests)) is not None:
            at, port = time.time(), self._choose()
            if port not in upstreams:
                upstream = socket.create_connection(("127.0.0.1", port))
                connections.enter_context(upstream)
                upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                upstreams[port] = upstream, upstream.makefile("rb")
            upstream, answers = upstreams[port]
            exchange = Exchange(
                next(self._clock), at, port, request.first_line, request.headers, request.body
            )
            with self._lock:
                self._exchanges.append(exchange)
            if self.body_bytes_max and len(request.body) > self.body_bytes_max:
                answer = _Message("HTTP/1.1 500 Error", {}, b"", _ERROR)
            else:
                upstream.sendall(request.raw)
                answer = _Message.read(answers)
            if answer is None:
                return
            exchange.headers, exchange.body = answer.headers, answer.body
            exchange.status = int(answer.first_line.split()[1])
            gate = self._held.get(exchange.target)
            if gate is not None:
                gate.wait()
            exchange.ended = next(self._clock)
            downstream.sendall(answer.raw)


_ERROR = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"


@dataclass
class _Message:
    first_line: str
    headers: dict
    body: bytes
    raw: bytes  # All of it, as it was on the wire.

    @staticmethod
    def read(stream):
        """The next message of a connection; None when there is none."""
        raw = head = stream.readline()
        if not raw:
            return None
        headers = {}
        while (line := stream.readline()).strip():
            raw += line
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        raw += line
        if headers.get("transfer-encoding") == "chunked":
            body = b""
            while (size := stream.readline()):
                chunk = stream.read(int(size, 16) + 2)
                raw += size + chunk
                body += chunk[:-2]
                if int(size, 16) == 0:
                    break
        else:
            body = stream.read(int(headers.get("content-length", 0)))
            raw += body
        return _Message(head.decode("latin-1").strip(), headers, body, raw)
