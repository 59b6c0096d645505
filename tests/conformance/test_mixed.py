"""Functions on all four SDKs in one conversation."""
import itertools
import pathlib
import tempfile
import unittest

import sdks
from bed import ORDER, endpoint, playground
from client import Client
from polling import wait_until
from processes import Functions, Gateway, get

COUNT = {"do": "count", "state": "count"}


class Mixed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="sfg-mixed-")
        cls.addClassCleanup(directory.cleanup)
        path = pathlib.Path(directory.name)
        documents = playground(["records"])
        for language in sdks.LANGUAGES:
            (path / language).mkdir()
            functions = Functions(
                path / language, sdks.command(language), sdks.environment(language)
            )
            cls.addClassCleanup(functions.kill)
            functions.start()
            documents.append(endpoint(f"{language}/*", f"{functions.url}/statefun"))
        cls.gateway = Gateway(path, "---\n".join(documents)).start()
        cls.addClassCleanup(cls.gateway.kill)
        cls.client = Client(lambda: cls.gateway.api)
        cls.addClassCleanup(cls.client.close)

    def conversation(self, entity, languages):
        """An order that goes from one language to the next, counts everywhere, and reports."""
        order = {"steps": [COUNT, {"do": "report"}]}
        for language in reversed(languages[1:]):
            emit = {"do": "emit", "topic": "records", "payload": f"on to {language}"}
            send = {"do": "send", "to": [f"{language}/probe", entity], "order": order}
            order = {"steps": [COUNT, emit, send]}
        return order

    def take(self):
        status, body = get(f"{self.gateway.egress}/records")
        return body.decode() if status == 200 and body else None

    def test_P05_a_message_goes_through_all_four_and_the_last_one_replies(self):
        for languages in itertools.permutations(sdks.LANGUAGES):
            entity = "-".join(languages)
            for round_ in (1, 2):
                answer = self.client.call(
                    f"{languages[0]}/probe", entity, ORDER, self.conversation(entity, languages)
                )
                self.assertEqual(200, answer.status, answer.body)
                report = answer.json()
                self.assertEqual([f"{languages[3]}/probe", entity], report["me"])
                self.assertEqual([f"{languages[2]}/probe", entity], report["caller"])
                self.assertEqual([f"{one}/probe" for one in languages[:3]], report["trail"])
                self.assertEqual(round_, report["states"]["count"])
                for language in languages[1:]:
                    self.assertEqual(f"on to {language}", wait_until(self.take, "a record"))

    def test_types_mean_the_same_to_all_four(self):
        """What one writes, another one reads: values of every type on their way through all."""
        for kind, value in (("bool", "true"), ("int", "-7"), ("long", "9007199254740993"),
                            ("float", "0.5"), ("double", "0.1"), ("string", "Zoë 語")):
            for language in sdks.LANGUAGES:
                answer = self.client.request(
                    "POST", f"/v1/call/{language}/mirror/x", value.encode(),
                    {"Content-Type": "text/plain", "StateFun-Type": f"io.statefun.types/{kind}"},
                )
                self.assertEqual(200, answer.status, answer.body)
                if language == sdks.LANGUAGES[0]:
                    first = answer.body
                self.assertEqual(first, answer.body, f"{kind} of {language}")


if __name__ == "__main__":
    unittest.main()
