"""StateFun's own smoke test against the gateway, with kills; the interpreter on each official SDK.

    SMOKE_COMMANDS   source commands in all, shared by the SDKs (10000)
    SMOKE_KILLS      kills of the gateway, of the function server or of both, in all (80)
    SMOKE_SEED       makes the same commands and the same choice of kills again
    SMOKE_SDK        python, javascript, go, java: only these
"""
import os
import pathlib
import random
import tempfile
import unittest

import sdks
from bed import endpoint, playground
from commands_pb2 import VerificationResult
from polling import let_run, wait_until
from processes import Functions, Gateway
from smoke_load import INTERPRETER, Killer, Source, Verifier
from smoke_model import INSTANCES, Expected, Generator

COMMANDS = int(os.environ.get("SMOKE_COMMANDS", "10000")) // len(sdks.only())
KILLS = int(os.environ.get("SMOKE_KILLS", "80")) // len(sdks.only())
SEED = os.environ.get("SMOKE_SEED") or str(random.SystemRandom().randrange(10**9))
DEADLINE_S = 60 + COMMANDS / 50
ASK_EVERY_S = 0.5


class Smoke:
    language = None

    def setUp(self):
        if self.language not in sdks.only():
            self.skipTest("SMOKE_SDK names others")
        directory = tempfile.TemporaryDirectory(prefix=f"sfg-smoke-{self.language}-")
        self.addCleanup(directory.cleanup)
        path = pathlib.Path(directory.name)
        self.functions = Functions(
            path, sdks.command(self.language), sdks.environment(self.language)
        )
        self.addCleanup(self.functions.kill)
        self.functions.start()
        url = f"{self.functions.url}/statefun"
        documents = [
            endpoint(INTERPRETER, url, "  maxNumBatchRequests: 10000\n"),
            *playground(["verification-sink", "discard-sink"]),
        ]
        self.gateway = Gateway(path, "---\n".join(documents))
        self.addCleanup(self.gateway.kill)
        self.gateway.start()

    def test_72_counters_are_exact_under_load_and_kills(self):
        print(f"\n{self.language}: seed {SEED}, {COMMANDS} commands, {KILLS} kills", flush=True)
        source = Source(self.gateway, f"{SEED}-{self.language}", COMMANDS)
        self.addCleanup(source.stop)
        killer = Killer(self.gateway, self.functions, source, f"{SEED}-{self.language}", KILLS)
        verifier = Verifier(self.gateway, source.expected)
        self.addCleanup(verifier.close)
        source.start()
        killer.run(COMMANDS)
        source.finish()
        self.assertEqual([], source.errors, f"seed {SEED}")
        self.verify(verifier)
        killer.kill()
        verifier.ask_all_again()  # Exact after a crash too, and when nothing is left to come.
        self.verify(verifier)
        positions = {position for _, position in verifier.records("discard-sink")}
        self.assertEqual(source.expected.discarded, len(positions), f"seed {SEED}")
        print(f"{self.language}: {source.expected.messages} messages, {source.repeats} repeats, "
              f"{killer.of_gateway} kills of the gateway, {killer.of_functions} of the functions",
              flush=True)
        self.assertEqual(0, self.gateway.stop())

    def verify(self, verifier):
        def all_done():
            verifier.ask()
            let_run(ASK_EVERY_S)
            return verifier.read()

        try:
            wait_until(all_done, "all counters are as expected", DEADLINE_S)
        except AssertionError as late:
            raise AssertionError(f"{late}; seed {SEED}: {verifier.missing()}") from late


for _language in sdks.LANGUAGES:
    globals()[f"Smoke_{_language}"] = type(
        f"Smoke_{_language}", (Smoke, unittest.TestCase), {"language": _language}
    )


class Model(unittest.TestCase):
    def test_the_same_seed_makes_the_same_commands_of_every_kind(self):
        one, same, other = Generator("1"), Generator("1"), Generator("2")
        commands = [one.source_command() for _ in range(300)]
        self.assertEqual(commands, [same.source_command() for _ in range(300)])
        self.assertNotEqual(commands, [other.source_command() for _ in range(300)])
        said = "".join(str(command) for command in commands)
        for kind in ("increment", "send {", "send_after", "send_egress", "cancel_send_after"):
            self.assertIn(kind, said)

    def test_a_cancelled_message_is_not_expected(self):
        generator = Generator("1")
        commands = generator.source_command()
        del commands.commands.command[:]
        for _ in range(10):
            generator._add_cancelled(commands.commands, 1, 0)
        expected = Expected()
        expected.add(commands)
        self.assertEqual(0, expected.counters.total())

    def test_too_little_is_waited_for_and_too_much_is_an_error(self):
        generator, expected = Generator("1"), Expected()
        for _ in range(300):
            expected.add(generator.source_command())
        verifier = Verifier(None, expected)
        for instance in range(INSTANCES):
            count = expected.counters[instance]
            verifier.judge(VerificationResult(id=instance, expected=count, actual=count))
        self.assertEqual({}, verifier.missing())
        verifier.ask_all_again()
        verifier.judge(VerificationResult(id=5, expected=7, actual=6))
        self.assertEqual(6, verifier.missing()[5][0])
        with self.assertRaisesRegex(AssertionError, "instance 5 counted 8, more than 7"):
            verifier.judge(VerificationResult(id=5, expected=7, actual=8))


if __name__ == "__main__":
    unittest.main()
