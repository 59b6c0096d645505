"""The examples do what their documents say."""
import json
import pathlib
import subprocess
import sys
import time
import unittest
import urllib.parse

from client import Client
from polling import wait_until
from processes import GATEWAY, ROOT, GatewayTest, get

EXAMPLES = ROOT / "examples"


class SessionTracker(GatewayTest):
    program = EXAMPLES / "session-tracker" / "functions.py"
    types = ("my_company/*",)
    topics = ("logins", "companies")

    def login(self, user, company="analytical"):
        answer = self.client.call(
            "my_company/session_tracker", user, "my_company/LoginRequest",
            {"user": user, "company": company},
        )
        self.assertEqual(200, answer.status, answer.body)
        self.assertEqual("my_company/LoginReply", answer.headers["statefun-type"])
        return answer.json()

    def test_a_login_knows_the_one_before(self):
        first = self.login("ada")
        self.assertEqual({"user": "ada", "last_seen": None, "logins": 1}, first)
        between_ms = time.time_ns() // 1_000_000
        second = self.login("ada")
        self.assertEqual(2, second["logins"])
        self.assertLessEqual(second["last_seen"], between_ms)
        self.assertEqual(1, self.login("grace")["logins"])

    def test_a_killed_gateway_knows_every_login_after_its_restart(self):
        for n in range(1, 6):
            self.assertEqual(n, self.login("ada")["logins"])
            self.gateway.restart()
        self.assertEqual(6, self.login("ada")["logins"])
        expected = [f"ada logged in (login {n})" for n in range(1, 7)]
        self.assertEqual(expected, self.take_records(6, "logins"))

    def test_trackers_tell_their_company(self):
        for user, company in (("ada", "a"), ("grace", "navy"), ("edith", "a"), ("ada", "a")):
            self.login(user, company)
        records = sorted(self.take_records(4, "companies"))
        expected = ["a has 1 logins", "a has 2 logins", "a has 3 logins", "navy has 1 logins"]
        self.assertEqual(expected, records)

    def test_any_text_is_a_user(self):
        for user in ("a/b", "50%", "Zoë", "with blank", "?x=1#y", "..", "語"):
            with self.subTest(user):
                self.assertEqual(user, self.login(user)["user"])
                self.assertEqual(2, self.login(user)["logins"])


class Greeter(GatewayTest):
    program = EXAMPLES / "greeter" / "functions.py"
    types = ("example/*",)
    topics = ("greetings",)

    def greet(self, name, method="PUT"):
        door = Client(lambda: self.gateway.ingress)
        self.addCleanup(door.close)
        return door.request(
            method, f"/example/person/{urllib.parse.quote(name)}",
            json.dumps({"name": name}).encode(),
            {"Content-Type": "application/vnd.example/GreetRequest"},
        )

    def test_the_greetings_of_the_documentation(self):
        for _ in range(3):
            answer = self.greet("Bob")
            self.assertEqual((200, b""), (answer.status, answer.body))
            self.assertEqual("200", answer.headers["status"])
        self.assertEqual(
            ["Welcome, Bob!", "Nice to see you again, Bob.",
             "Visit number 3, Bob: you must like it here."],
            self.take_records(3, "greetings"),
        )

    def test_an_empty_topic_is_404_and_an_unknown_one_405(self):
        self.assertEqual(404, get(f"{self.gateway.egress}/greetings")[0])
        self.assertEqual(405, get(f"{self.gateway.egress}/nothing")[0])

    def test_a_malformed_path_and_an_unknown_function_are_refused(self):
        door = Client(lambda: self.gateway.ingress)
        self.addCleanup(door.close)
        headers = {"Content-Type": "application/vnd.example/GreetRequest"}
        self.assertEqual(400, door.request("PUT", "/example/person", b"{}", headers).status)
        self.assertEqual(404, door.request("PUT", "/nobody/here/Bob", b"{}", headers).status)

    def test_accepted_messages_and_greetings_survive_a_kill(self):
        for name in ("Ann", "Bob", "Cem"):
            self.assertEqual(200, self.greet(name).status)
            self.gateway.restart()
        self.assertEqual(200, self.greet("Ann").status)
        expected = [
            "Nice to see you again, Ann.", "Welcome, Ann!", "Welcome, Bob!", "Welcome, Cem!"
        ]
        self.assertEqual(expected, sorted(self.take_records(4, "greetings")))
        wait_until(lambda: self.take_record("greetings") is None, "no greeting is left")


class Demo(unittest.TestCase):
    def demo(self, *options):
        demo = pathlib.Path(EXAMPLES / "session-tracker" / "demo.py")
        done = subprocess.run(
            [sys.executable, "-B", str(demo), "--gateway", GATEWAY, *options],
            capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL,
        )
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertIn("All as expected.", done.stdout)
        self.assertRegex(done.stdout, '"logins": ?4')

    def test_the_demo_ends_well(self):
        self.demo()

    def test_the_demo_ends_well_with_the_same_functions_in_cpp(self):
        built = pathlib.Path(GATEWAY).parent.parent / "examples" / "session-tracker-cpp"
        self.demo("--functions", str(built))


if __name__ == "__main__":
    unittest.main()
