"""An HTTP client for tests: one kept connection, which is made anew when it breaks."""
import http.client
import json
import socket
import urllib.parse
from dataclasses import dataclass


@dataclass
class Answer:
    status: int
    headers: dict  # Names in lower case.
    body: bytes

    def json(self):
        return json.loads(self.body, object_pairs_hook=_object)


def _object(pairs):
    names = [name for name, _ in pairs]
    assert len(set(names)) == len(names), f"a name appears twice: {names}"
    return dict(pairs)


def entity_path(kind, function, entity):
    """/v1/send/ns/type/id with each part percent-encoded."""
    parts = [urllib.parse.quote(part, safe="") for part in (*function.split("/"), entity)]
    return f"/v1/{kind}/{'/'.join(parts)}"


class Client:
    """`base` is called for the URL before each request: a restarted gateway has a new one."""

    def __init__(self, base, timeout_s=60):
        self._base = base
        self._timeout_s = timeout_s
        self._connection = None
        self._connected_to = None

    def close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def request(self, method, path, body=None, headers=None):
        """One attempt. Raises OSError or HTTPException when the connection breaks."""
        try:
            base = self._base() or "http://127.0.0.1:1"  # Nobody listens there.
            if base != self._connected_to:
                self.close()
            if self._connection is None:
                self._connected_to = base
                parts = urllib.parse.urlsplit(base)
                self._connection = http.client.HTTPConnection(
                    parts.hostname, parts.port, timeout=self._timeout_s
                )
                self._connection.connect()
                self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connection.request(method, path, body=body, headers=headers or {})
            answer = self._connection.getresponse()
            fields = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, fields, answer.read())
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def _json(self, kind, function, entity, typename, value, key, query=""):
        headers = {"Content-Type": f"application/vnd.{typename}"}
        if key:
            headers["Idempotency-Key"] = key
        path = entity_path(kind, function, entity) + query
        return self.request("POST", path, json.dumps(value).encode(), headers)

    def send(self, function, entity, typename, value, key=None):
        return self._json("send", function, entity, typename, value, key)

    def send_bulk(self, messages, minimal=False):
        """`messages`: what becomes the lines of one body."""
        headers = {"Content-Type": "application/x-ndjson"}
        if minimal:
            headers["Prefer"] = "return=minimal"
        body = "".join(json.dumps(message) + "\n" for message in messages).encode()
        return self.request("POST", "/v1/send", body, headers)

    def call(self, function, entity, typename, value, key=None, timeout=None):
        query = f"?timeout={timeout}" if timeout else ""
        return self._json("call", function, entity, typename, value, key, query)


def pipeline(base, requests, timeout_s=60):
    """Writes all requests on one connection at once, then reads all answers, in order."""
    parts = urllib.parse.urlsplit(base)
    with socket.create_connection((parts.hostname, parts.port), timeout=timeout_s) as connection:
        connection.sendall(b"".join(requests))
        answers = []
        with connection.makefile("rb") as stream:
            for _ in requests:
                answers.append(_read_answer(stream))
        return answers


def post(path, typename, body):
    """The bytes of one POST request, for pipeline()."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: test\r\nContent-Type: application/vnd.{typename}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def _read_answer(stream):
    status = int(stream.readline().split()[1])
    headers = {}
    while (line := stream.readline().strip()):
        name, _, value = line.decode().partition(":")
        headers[name.strip().lower()] = value.strip()
    return Answer(status, headers, stream.read(int(headers.get("content-length", 0))))


class Events:
    """Listens to the admin port's /v1/events from when it is entered on."""

    def __init__(self, base, timeout_s=30):
        parts = urllib.parse.urlsplit(base)
        self._connection = http.client.HTTPConnection(
            parts.hostname, parts.port, timeout=timeout_s
        )

    def __enter__(self):
        self._connection.request("GET", "/v1/events")
        self._answer = self._connection.getresponse()
        assert self._answer.status == 200, self._answer.status
        assert self._answer.headers["Content-Type"] == "text/event-stream"
        self._answer.readline()  # A comment, and the empty line behind it.
        self._answer.readline()
        return self

    def __exit__(self, *_):
        self._answer.close()
        self._connection.close()

    def take(self):
        """(kind, data) of the next event."""
        fields = {}
        while (line := self._answer.readline().decode().rstrip("\n")) or not fields:
            name, _, value = line.partition(": ")
            if name:  # Else it is a comment.
                fields[name] = value
        return fields["event"], json.loads(fields["data"])
