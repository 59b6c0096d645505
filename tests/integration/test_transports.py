"""Functions behind TLS, a Unix socket and packed answers, called by the real gateway."""
import os
import pathlib
import shutil
import sys
import tempfile
import unittest

from certificates import Authority
from client import Client
from polling import wait_until
from processes import Gateway, Process, free_port, get

PROGRAM = pathlib.Path(__file__).with_name("transport_functions.py")
ADD = "test/Add"


def module_yaml(url, **transport):
    lines = "".join(f"    {key}: {value}\n" for key, value in transport.items())
    named = "    type: io.statefun.transports.v1/async\n"
    return (
        f"kind: io.statefun.endpoints.v2/http\nspec:\n  functions: test/*\n"
        f"  urlPathTemplate: {url}\n  transport:\n{named}{lines}"
    )


class TransportTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="sfg-")
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.lives = 0

    def serve(self, *arguments):
        self.lives += 1
        process = Process(
            [sys.executable, "-B", str(PROGRAM), *map(str, arguments)],
            self.directory / f"functions-{self.lives}.log",
        )
        self.addCleanup(process.kill)
        wait_until(lambda: "listening" in process.log(), "the functions listen")
        return process

    def call_through(self, module):
        self.gateway = Gateway(self.directory, module)
        self.addCleanup(self.gateway.kill)
        self.gateway.start()
        self.client = Client(lambda: self.gateway.api)
        self.addCleanup(self.client.close)

    def count(self, timeout="10s"):
        answer = self.client.call("test/counter", "a", ADD, {}, timeout=timeout)
        self.assertEqual(200, answer.status, f"{answer.body}\n{self.gateway.log()}")
        return int(answer.body.rsplit(b" ", 1)[1])

    def metrics(self):
        return get(f"{self.gateway.admin}/metrics")[1].decode()


class Tls(TransportTest):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.directory)
        self.port = free_port()
        self.certificate, self.key = self.authority.sign("server")

    def serve_mutual(self, client_authority):
        return self.serve(
            "--port", self.port, "--certificate", self.certificate, "--key", self.key,
            "--client-authority", client_authority,
        )

    def module(self, host="127.0.0.1", **more):
        return module_yaml(
            f"https://{host}:{self.port}/statefun",
            trust_cacerts=self.authority.certificate, **more,
        )

    def test_mutual_tls_with_an_encrypted_key(self):
        self.serve_mutual(self.authority.certificate)
        client, key = self.authority.sign("gateway")
        password = self.directory / "password"
        password.write_text("open sesame\n")
        self.call_through(self.module(
            client_cert=client, client_key=self.authority.lock(key, "open sesame"),
            client_key_password=password,
        ))
        self.assertEqual([1, 2, 3], [self.count() for _ in range(3)])

    def test_a_renewed_pair_behind_a_swapped_symlink_is_used_without_a_restart(self):
        other = Authority(self.directory, "other")
        self.serve_mutual(other.certificate)
        secrets = {}
        for name, authority in (("old", self.authority), ("new", other)):
            secrets[name] = self.directory / name
            secrets[name].mkdir()
            certificate, key = authority.sign(f"gateway-{name}")
            shutil.copy(certificate, secrets[name] / "tls.crt")
            shutil.copy(key, secrets[name] / "tls.key")
        data = self.directory / "..data"
        data.symlink_to(secrets["old"])
        self.call_through(self.module(
            client_cert=data / "tls.crt", client_key=data / "tls.key", pool_ttl="1s",
        ))
        answer = self.client.send("test/counter", "a", ADD, {})
        self.assertEqual(202, answer.status)
        wait_until(lambda: "statefun_call_failures_total" in self.metrics(), "attempts fail")
        swapped = self.directory / "..data_tmp"
        swapped.symlink_to(secrets["new"])
        os.replace(swapped, data)
        self.assertEqual(2, self.count("60s"))

    def test_a_name_that_does_not_match_keeps_messages_waiting(self):
        self.certificate, self.key = self.authority.sign("elsewhere", "DNS:elsewhere.example")
        server = self.serve("--port", self.port, "--certificate", self.certificate,
                            "--key", self.key)
        self.call_through(self.module())
        self.assertEqual(202, self.client.send("test/counter", "a", ADD, {}).status)
        answer = self.client.call("test/counter", "a", ADD, {}, timeout="1s")
        self.assertEqual(504, answer.status)
        server.kill()
        certificate, key = self.authority.sign("right")
        self.serve("--port", self.port, "--certificate", certificate, "--key", key)
        self.assertEqual(3, self.count("60s"))


class UnixSocket(TransportTest):
    def test_R23_a_socket_is_called_by_its_path_also_when_it_was_made_anew(self):
        path = self.directory / "fn.sock"
        self.call_through(module_yaml(f"http+unix://{path}/x/y"))
        for life in (1, 2, 3):
            server = self.serve("--unix", path)
            self.assertEqual(life, self.count("60s"))
            self.assertIn("/x/y localhost gzip,deflate\n", server.log())
            server.kill()
            path.unlink(missing_ok=True)


class Packed(TransportTest):
    def test_answers_in_gzip_and_deflate_are_applied(self):
        for coding in ("gzip", "deflate"):
            port = free_port()
            with self.subTest(coding):
                server = self.serve("--port", port, "--pack", coding)
                self.call_through(module_yaml(f"http://127.0.0.1:{port}/statefun"))
                before = self.count()
                self.assertEqual(before + 1, self.count())
                self.gateway.kill()
                server.kill()


if __name__ == "__main__":
    unittest.main()
