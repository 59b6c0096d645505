"""README.md's first steps, taken as they are written there."""
import re
import shlex
import subprocess
import tempfile
import unittest
import pathlib

from processes import ROOT, Functions, Gateway, free_port, get

README = (ROOT / "README.md").read_text()


def block(language, text):
    """The first fenced block of that language that contains the text."""
    for found in re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL):
        if text in found:
            return found
    raise AssertionError(f"README.md has no {language} block with {text!r}")


class FirstSteps(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="sfg-")
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def test_the_first_entity_answers_as_the_readme_says(self):
        program = self.directory / "hello.py"
        functions = Functions(self.directory, program)
        program.write_text(block("python", "my.app/hello").replace("8000", str(functions.port)))
        module = block("yaml", "my.app/*").replace("8000", str(functions.port))
        gateway = Gateway(self.directory, module)
        self.addCleanup(functions.kill)
        self.addCleanup(gateway.kill)
        functions.start()
        gateway.start()

        steps = block("sh", "v1/call/my.app/hello/ada")
        command, expected = re.search(r"(curl .*?hello/ada)\n# (.*?)\n", steps, re.DOTALL).groups()
        command = command.replace("\\\n", "")
        for visit in ("visit 1", "visit 2"):
            arguments = shlex.split(command.replace("http://127.0.0.1:8070", gateway.api))[1:]
            done = subprocess.run(
                ["curl", "-s", *arguments], capture_output=True, text=True, timeout=60
            )
            self.assertEqual(expected.replace("visit 1", visit), done.stdout)
            gateway.restart()

    def test_every_metric_that_the_readme_names_is_there(self):
        module = block("yaml", "my.app/*")
        gateway = Gateway(self.directory, module)
        self.addCleanup(gateway.kill)
        gateway.start()
        named = set(re.findall(r"`(statefun_\w+)`", README))
        told = set(re.findall(r"# TYPE (\w+) ", get(f"{gateway.admin}/metrics")[1].decode()))
        self.assertEqual(set(), named - told)

    def test_the_curl_examples_of_the_api_are_accepted(self):
        types = "".join(
            "---\nkind: io.statefun.endpoints.v2/http\nspec:\n"
            f"  functions: {ns}/*\n  urlPathTemplate: http://127.0.0.1:{free_port()}/statefun\n"
            for ns in ("my.app", "my_company")
        )
        gateway = Gateway(self.directory, types)
        self.addCleanup(gateway.kill)
        gateway.start()
        script = block("sh", "API=http").replace("http://127.0.0.1:8070", gateway.api)
        # Nobody serves these functions: a call waits until its time is up, and says so.
        script = re.sub(r"(/call/[^\s]+)", r"\1?timeout=100ms", script)
        script = script.replace("curl ", "curl -s -o /dev/null -w '%{http_code}\\n' ")
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60)
        self.assertEqual("202 504 202 504 202 404".split(), done.stdout.split(), done.stderr)


if __name__ == "__main__":
    unittest.main()
