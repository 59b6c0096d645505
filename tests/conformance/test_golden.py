"""The golden bytes of each SDK are still what it says; codec_golden_test.cc reads them in C++."""
import pathlib
import tempfile
import unittest

import golden
import sdks
from client import Client
from processes import Functions
from statefun.request_reply_pb2 import FromFunction, ToFunction


class Golden:
    language = None

    def test_the_sdk_answers_the_golden_requests_as_it_did(self):
        with tempfile.TemporaryDirectory(prefix="sfg-golden-") as directory:
            functions = Functions(
                pathlib.Path(directory), sdks.command(self.language),
                sdks.environment(self.language, **golden.ENVIRONMENT),
            )
            self.addCleanup(functions.kill)
            functions.start()
            client = Client(lambda: functions.url)
            self.addCleanup(client.close)
            for entry in golden.load(self.language):
                with self.subTest(entry["name"]):
                    answer = client.request(
                        "POST", "/statefun", bytes.fromhex(entry["request"]),
                        {"Content-Type": "application/octet-stream"},
                    )
                    self.assertEqual(200, answer.status)
                    now = golden.decoded(FromFunction.FromString(answer.body))
                    self.assertEqual(entry["answer_decoded"], now)

    def test_the_decoded_form_is_that_of_the_bytes(self):
        for entry in golden.load(self.language):
            with self.subTest(entry["name"]):
                request = ToFunction.FromString(bytes.fromhex(entry["request"])).invocation
                self.assertEqual(entry["request_decoded"], golden.decoded(request))
                answer = FromFunction.FromString(bytes.fromhex(entry["answer"]))
                self.assertEqual(entry["answer_decoded"], golden.decoded(answer))

    def test_the_gateway_makes_the_golden_requests_again(self):
        """But for the order of states: they come as an SDK declared them, and Go shuffles them."""
        for then, now in zip(
            golden.load(self.language), golden.record(self.language), strict=True
        ):
            self.assertEqual(then["name"], now["name"])
            self.assertEqual(then["request_decoded"], now["request_decoded"])
            self.assertEqual(len(then["request"]), len(now["request"]))


for _language in sdks.LANGUAGES:
    globals()[f"Golden_{_language}"] = type(
        f"Golden_{_language}", (Golden, unittest.TestCase), {"language": _language}
    )

if __name__ == "__main__":
    unittest.main()
