"""Servers and clients that speak HTTP wrongly, on purpose or not, all of them at one gateway.

Each function type of HostileServers has a server of its own, which answers each call with the bytes
of its case; each case of HostileClients is what one connection sends. Whatever comes, the gateway
names it, goes on, and takes the next good request.
"""
import concurrent.futures
import gzip
import os
import pathlib
import re
import socket
import socketserver
import tempfile
import threading
import unittest
import zlib

from statefun.request_reply_pb2 import FromFunction, ToFunction

from client import Client, entity_path
from processes import Gateway, GatewayTest, get

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
GOOD = None  # Instead of what is said: the answer is taken.


def sized(body, more=b""):
    return OK + more + b"Content-Length: %d\r\n\r\n" % len(body) + body


def chunks(body, more=b"", end=b"0\r\n\r\n"):
    head = OK + b"Transfer-Encoding: chunked\r\n" + more
    return head + b"\r\n%x\r\n%s\r\n" % (len(body), body) + end


def framed(field, body=b"abc"):
    return OK + field + b"\r\n\r\n" + body


def raw_deflate(body):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


def packed(body, coding=b"gzip"):
    return sized(body, b"Content-Encoding: " + coding + b"\r\n")


def renamed(body):
    """A gzip member with a name of two million bytes in its header."""
    member = gzip.compress(body)
    named = member[:3] + bytes([member[3] | 8]) + member[4:10]
    return named + b"n" * 2_000_000 + b"\0" + member[10:]


# What a server sends for a good answer's body, and what is said of it.
ANSWERS = {
    "length": (sized, GOOD),
    "length-twice": (lambda k: sized(k, b"Content-Length: %d\r\n" % len(k)), GOOD),
    "length-other": (lambda k: sized(k, b"Content-Length: 1\r\n"), "multiple Content-Length"),
    "length-plus": (lambda k: framed(b"Content-Length: +3"), "bad Content-Length"),
    "length-hex": (lambda k: framed(b"Content-Length: 0x3"), "bad Content-Length"),
    "length-none": (lambda k: framed(b"Content-Length: "), "bad Content-Length"),
    "length-63-bits": (lambda k: framed(b"Content-Length: %d" % (2**63 - 1)), "payload_max_bytes"),
    "length-of-less": (lambda k: sized(k) + sized(b"smuggled"), GOOD),
    "length-and-chunks": (lambda k: chunks(k, b"Content-Length: 3\r\n"), "no HTTP/1.x answer"),
    "chunks": (chunks, GOOD),
    "chunks-twice": (lambda k: chunks(k, b"Transfer-Encoding: chunked\r\n"), "no HTTP/1.x answer"),
    "chunks-packed": (lambda k: framed(b"Transfer-Encoding: gzip, chunked", b"0\r\n\r\n"),
                      "'gzip, chunked'; only chunked is understood"),
    "chunks-unknown": (lambda k: framed(b"Transfer-Encoding: xchunked"), "'xchunked'; only chunked"),
    "chunk-short": (lambda k: framed(b"Transfer-Encoding: chunked", b"2\r\nabc\r\n0\r\n\r\n"),
                    "bad chunk"),
    "chunk-hex": (lambda k: framed(b"Transfer-Encoding: chunked", b"0x3\r\nabc\r\n0\r\n\r\n"),
                  "bad chunk"),
    "chunk-extended": (lambda k: chunks(k, end=b'0;a="b;c"\r\n\r\n'), GOOD),
    "trailer": (lambda k: chunks(k, end=b"0\r\nX-Sum: 1\r\n\r\n"), GOOD),
    "trailer-length": (lambda k: chunks(k, end=b"0\r\nContent-Length: 3\r\n\r\n"), "Content-Length"),
    "trailer-long": (lambda k: chunks(k, end=b"0\r\n" + b"X-A: b\r\n" * 20_000 + b"\r\n"), "64 KiB"),
    "gzip": (lambda k: packed(gzip.compress(k)), GOOD),
    "gzip-members": (lambda k: packed(gzip.compress(k[:5]) + gzip.compress(k[5:])), GOOD),
    "gzip-empty-members": (lambda k: packed(gzip.compress(b"") * 50_000 + gzip.compress(k)), GOOD),
    "gzip-named": (lambda k: packed(renamed(k)), GOOD),
    "gzip-and-more": (lambda k: packed(gzip.compress(k) + b"more"), "can't be inflated"),
    "gzip-cut": (lambda k: packed(gzip.compress(k)[:-3]), "ends too early"),
    "gzip-bombs": (lambda k: packed(gzip.compress(bytes(9_000_000)) * 5), "payload_max_bytes"),
    "gzip-twice": (lambda k: packed(gzip.compress(k), b"gzip, gzip"), "'gzip, gzip'"),
    "deflate-raw": (lambda k: packed(raw_deflate(k), b"deflate"), GOOD),
    "interim": (lambda k: b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + sized(k), GOOD),
    "interim-storm": (lambda k: b"HTTP/1.1 100 Continue\r\n\r\n" * 5_000, "16 interim"),
    "interim-long": (lambda k: b"HTTP/1.1 103 Hint\r\nLink: " + b"a" * 99_000, "64 KiB"),
    "reason-none": (lambda k: sized(k).replace(b"200 OK", b"200 "), GOOD),
    "status-099": (lambda k: sized(k).replace(b"200", b"099"), "answered 99"),
    "status-2000": (lambda k: sized(k).replace(b"200", b"2000"), "bad status"),
    "version-1.2": (lambda k: sized(k).replace(b"/1.1", b"/1.2"), "bad version"),
    "other-protocol": (lambda k: b"SSH-2.0-OpenSSH_9.2\r\n", "bad version"),
    "header-nul": (lambda k: sized(k, b"X-A: b\0c\r\n"), "bad value"),
    "header-cr": (lambda k: sized(k, b"X-A: b\rX-B: c\r\n"), "bad line ending"),
    "header-space": (lambda k: sized(k, b"Content-Length : 3\r\n"), "bad field"),
    "lines-lf": (lambda k: sized(k).replace(b"\r\n", b"\n"), "no HTTP/1.x answer"),
}


def reply_to(batch):
    response = FromFunction()
    for invocation in batch.invocations:
        sent = response.invocation_result.outgoing_messages.add()
        sent.target.CopyFrom(invocation.caller)
        sent.argument.typename, sent.argument.has_value, sent.argument.value = "a/b", True, b"good"
    return response.SerializeToString()


class Speaker(socketserver.StreamRequestHandler):
    """Answers each request with the bytes of the case that its path names."""

    def handle(self):
        while line := self.rfile.readline():
            length = 0
            while (field := self.rfile.readline()) not in (b"\r\n", b""):
                name, _, value = field.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            batch = ToFunction.FromString(self.rfile.read(length)).invocation
            case = line.split(b" ")[1].decode().strip("/")
            answer, said = ANSWERS[case]
            self.wfile.write(answer(reply_to(batch)))
            if said is not GOOD:
                return


class SpeakerServer(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # The gateway has hung up.


class HostileServers(unittest.TestCase):
    def test_every_answer_is_taken_or_named_and_the_next_one_is_not_touched(self):
        with SpeakerServer(("127.0.0.1", 0), Speaker) as server, \
                tempfile.TemporaryDirectory(prefix="sfg-") as directory:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            self.addCleanup(server.shutdown)
            gateway = Gateway(
                pathlib.Path(directory),
                "kind: io.statefun.endpoints.v2/http\nspec:\n  functions: test/*\n"
                f"  urlPathTemplate: http://127.0.0.1:{server.server_address[1]}/{{function.name}}\n"
                "  gateway:\n    attempts: 1\n    backoff: {initial: 1ms, max: 5ms}\n",
            )
            self.addCleanup(gateway.kill)
            gateway.start()

            def ask(case):
                client = Client(lambda: gateway.api)
                answer = client.request(
                    "POST", entity_path("call", f"test/{case}", "a") + "?timeout=20s", b"x",
                    {"StateFun-Type": "a/b"},
                )
                client.close()
                return answer.status, answer.body.decode(errors="replace")

            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                answers = dict(zip(ANSWERS, pool.map(ask, ANSWERS)))
            for case, (status, body) in answers.items():
                said = ANSWERS[case][1]
                with self.subTest(case=case):
                    if said is GOOD:
                        self.assertEqual((200, "good"), (status, body))
                    else:
                        self.assertEqual(502, status, body)
                        self.assertIn(said, body)
            # Twice on kept connections: nothing of a case before is left in them.
            self.assertEqual({(200, "good")}, {ask("length") for _ in range(20)})
            files = len(os.listdir(f"/proc/{gateway.process.pid}/fd"))
            self.assertLess(files, 100)
            self.assertEqual(0, gateway.stop())


SEND = b"POST /v1/send/test/counter/a%s HTTP/1.1\r\nHost: x\r\nStateFun-Type: a/b\r\n"
NEXT = b"GET /v1/replies/none HTTP/1.1\r\nHost: x\r\n\r\n"


def send(field, body=b"xxxxx", query=b""):
    return SEND % query + field + b"\r\n\r\n" + body + NEXT


# What a client sends, with a good request behind it, and the statuses that it gets: 404 is the
# good request's, so where it is missing the connection was closed.
REQUESTS = {
    "length-list": (send(b"Content-Length: 5, 5"), [202, 404]),
    "length-other": (send(b"Content-Length: 5\r\nContent-Length: 6"), [400]),
    "length-plus": (send(b"Content-Length: +5"), [400]),
    "length-64-bits": (send(b"Content-Length: 18446744073709551615"), [413]),
    "chunks-and-length": (send(b"Transfer-Encoding: chunked\r\nContent-Length: 5"), [400]),
    "chunks-after-others": (send(b"Transfer-Encoding: gzip, chunked"), [400]),
    "chunks-not-last": (send(b"Transfer-Encoding: chunked, identity"), [400]),
    "chunk-hex": (send(b"Transfer-Encoding: chunked", b"0x5\r\nxxxxx\r\n0\r\n\r\n"), [400]),
    "chunk-space": (send(b"Transfer-Encoding: chunked", b"5 \r\nxxxxx\r\n0\r\n\r\n"), [400]),
    "chunk-64-bits": (send(b"Transfer-Encoding: chunked", b"f" * 16 + b"\r\nxxxxx"), [413]),
    "trailer": (send(b"Transfer-Encoding: chunked", b"5\r\nxxxxx\r\n0\r\nX-A: b\r\n\r\n"), [202, 404]),
    "trailer-length": (
        send(b"Transfer-Encoding: chunked", b"5\r\nxxxxx\r\n0\r\nContent-Length: 9\r\n\r\n"), [400]
    ),
    "packed": (send(b"Content-Encoding: gzip\r\nContent-Length: 5"), [415, 404]),
    "parameter-twice": (send(b"Content-Length: 5", query=b"?delay=1s&delay=2s"), [400, 404]),
    "hosts": (send(b"Host: y\r\nContent-Length: 5"), [400]),
    "field-space": (send(b"Transfer-Encoding : chunked\r\nContent-Length: 5"), [400]),
    "field-nul": (send(b"X-A: b\0c\r\nContent-Length: 5"), [400]),
    "lines-lf": (send(b"Content-Length: 5").replace(b"\r\n", b"\n"), [400]),
    "id-surrogate": (send(b"Content-Length: 5").replace(b"/a ", b"/%ed%a0%80 "), [400, 404]),
    "id-overlong": (send(b"Content-Length: 5").replace(b"/a ", b"/%c0%80 "), [400, 404]),
    "id-nul": (send(b"Content-Length: 5").replace(b"/a ", b"/%00 "), [202, 404]),
    "name-long": (send(b"Content-Length: 5").replace(b"counter", b"c" * 5000), [400, 404]),
    "http2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400]),
    "tls": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(300), [400]),
}


class HostileClients(GatewayTest):
    def statuses(self, data):
        """Of all answers to what one connection sends and then ends."""
        port = int(self.gateway.api.rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while part := connection.recv(65536):
                answer += part
        return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+) ", answer)]

    def test_every_request_is_answered_and_none_is_smuggled(self):
        for case, (data, expected) in REQUESTS.items():
            with self.subTest(case=case):
                self.assertEqual(expected, self.statuses(data))
        self.assertEqual(200, get(f"{self.gateway.admin}/healthz")[0])
        self.assertEqual([202, 404], self.statuses(send(b"Content-Length: 5")))


if __name__ == "__main__":
    unittest.main()
