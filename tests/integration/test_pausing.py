"""An operator holds an entity, or a whole function type, and lets it go on."""
import unittest

from polling import wait_until
from test_operators import LIST, PoisonTest


class Pausing(PoisonTest):
    def test_R35_a_paused_entity_keeps_its_messages_across_kill_9_and_their_order(self):
        self.assertTrue(self.order("entities", "a", action="pause").json()["changed"])
        self.send("a", range(100))
        self.assertEqual([5], self.seen("b", 5))
        self.gateway.restart()
        page = wait_until(
            lambda: (page := self.entity("a"))["mailbox"]["messages"] == 100 and page, "all wait"
        )
        self.assertEqual(("paused", True), (page["status"], page["paused"]))
        self.assertFalse(self.order("entities", "a", action="pause").json()["changed"])
        self.assertTrue(self.order("entities", "a", action="resume").json()["changed"])
        self.assertEqual(list(range(100)), self.seen("a"))

    def test_R35_a_paused_type_keeps_all_messages_across_kill_9_and_their_order(self):
        path = f"/v1/types/{LIST}"

        def order(action):
            answer = self.admin.request("POST", f"{path}?action={action}")
            self.assertEqual(200, answer.status, answer.body)
            return answer.json()["changed"]

        def paused():
            """As its page and the metrics say."""
            page = self.admin.request("GET", path).json()
            lines = self.admin.request("GET", "/metrics").body.decode().splitlines()
            (line,) = [line for line in lines if line.startswith("statefun_paused_types{")]
            return page["paused"], line.split()[-1]

        self.assertEqual([7], self.seen("a", 7))
        self.assertEqual([True, False], [order("pause"), order("pause")])
        self.assertEqual((True, "1"), paused())
        for name in "abc":
            self.send(name, range(30))
        calls = len(self.calls())
        self.gateway.restart()
        self.assertEqual((True, "1"), paused())
        page = self.entity("b")
        self.assertEqual(("paused", 30), (page["status"], page["mailbox"]["messages"]))
        self.assertIn(f"paused {LIST}", page["why"])
        self.assertEqual(calls, len(self.calls()))
        self.assertEqual([True, False], [order("resume"), order("resume")])
        self.assertEqual((False, "0"), paused())
        self.assertEqual([7, *range(30)], self.seen("a"))
        self.assertEqual([list(range(30))] * 2, [self.seen("b"), self.seen("c")])


if __name__ == "__main__":
    unittest.main()
