"""CHECKLIST.md names tests that exist, and every line of it is shown by one."""
import pathlib
import re
import unittest

HERE = pathlib.Path(__file__).resolve().parent
LINES = [*range(1, 65), *range(69, 75)]  # 65 to 67 are of ingresses from Kafka.


def rows():
    for line in (HERE / "CHECKLIST.md").read_text().splitlines():
        match = re.match(r"\| (\d+) \| (.*) \| (.*) \|$", line)
        if match:
            yield int(match[1]), match[3]


def numbers_of_sdk_tests():
    """The numbers in the names of the tests that run with every SDK."""
    found = set()
    for path in HERE.glob("test_*.py"):
        for name in re.findall(r"def test((?:_\d\d)+)_", path.read_text()):
            found.update(int(number) for number in name.split("_")[1:])
    return found


def titles():
    """All Catch2 titles."""
    text = "".join(path.read_text() for path in HERE.parent.rglob("*.cc"))
    return set(re.findall(r'TEST_CASE\(\s*"((?:[^"\\]|\\.)*)"', text))


class Checklist(unittest.TestCase):
    def test_every_line_is_there_once(self):
        self.assertEqual(LINES, [number for number, _ in rows()])

    def test_what_is_said_to_run_with_each_sdk_does(self):
        said = {number for number, shown_by in rows() if "each SDK" in shown_by}
        self.assertEqual(said, numbers_of_sdk_tests())

    def test_the_titles_are_those_of_tests(self):
        known = titles()
        self.assertGreater(len(known), 300)
        for number, shown_by in rows():
            quoted = re.findall(r'"([^"]*)"', shown_by)
            self.assertTrue(quoted or "each SDK" in shown_by, number)
            for title in quoted:
                self.assertTrue(title in known, f"line {number}: no test has the title '{title}'")


if __name__ == "__main__":
    unittest.main()
