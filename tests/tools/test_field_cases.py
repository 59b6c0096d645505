"""tests/field_cases.md names, for each case, exactly the tests that bear its number.

A test bears a case when its title begins with the number ("R21 failing answers ..."), or its name
does in Python (test_R35_a_paused_...). Several numbers may stand there.
"""
import pathlib
import re
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
CASES = {
    *(f"R{n:02}" for n in (
        1, 3, 4, 6, 8, 9, 11, 13, 14, 16, 17, 18, 19, 20, 21, 23, 24, 26, 27, 28, 30, 31, 32,
        34, 35, 36, 39, 40, 42, 44, 46, 48, 49, 50, 51, 53, 55, 57, 58, 59, 60, 62, 63, 65, 66,
        68, 70, 71,
    )),
    *(f"F{n:02}" for n in (
        1, 3, 4, 6, 8, 9, 10, 11, 13, 14, 16, 17, 18, 20, 22, 23, 24, 26, 27, 29, 30, 31, 33, 34,
        35, 37, 39, 41, 42, 44, 45, 46, 48, 49, 51, 52, 54, 56,
    )),
    *(f"M{n:02}" for n in (1, 2, 3, 4, 6, 7, 9, 10, 12)),
    *(f"P{n:02}" for n in (1, 2, 3, 4, 5, 7, 9, 10, 11, 14, 15)),
}
# What a row says instead of naming tests.
OPEN = ("later",)

NUMBER = r"[RFMP]\d\d"
CATCH2 = re.compile(r'TEST_CASE\(((?:[^()"]|"(?:[^"\\]|\\.)*")*)\)')
TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')


def tests_of_cases():
    """{case: {"path: name"}}: every test in the tree that bears a number."""
    found = {}

    def add(path, name, numbers):
        for number in numbers:
            found.setdefault(number, set()).add(f"{path.relative_to(TESTS)}: {name}")

    for path in TESTS.rglob("*.cc"):
        for arguments in CATCH2.findall(path.read_text()):
            title = "".join(part for part in TEXT.findall(arguments) if not part.startswith("["))
            title = title.replace('\\"', '"')
            numbers = re.match(rf"(?:{NUMBER} )*", title)[0].split()
            add(path, title[sum(len(number) + 1 for number in numbers):], numbers)
    for path in TESTS.rglob("test_*.py"):
        for name in re.findall(r"def test_(\w+)", path.read_text()):
            numbers = re.match(rf"(?:{NUMBER}_)*", name)[0].split("_")[:-1]
            add(path, f"test_{name}", numbers)
    return found


def rows():
    """(case, what was reported, what we do, tests) of each row."""
    for line in (TESTS / "field_cases.md").read_text().splitlines():
        match = re.match(rf"\| ({NUMBER}) \| (.+?) \| (.+?) \| (.+?) \|$", line)
        if match:
            yield match.groups()


class FieldCases(unittest.TestCase):
    def test_every_case_has_a_row_and_only_those(self):
        numbers = [row[0] for row in rows()]
        self.assertEqual(sorted(CASES), sorted(numbers))

    def test_each_row_names_the_tests_that_bear_its_number(self):
        known = tests_of_cases()
        self.assertGreater(len(known), 40)
        self.assertEqual(set(), set(known) - CASES, "numbers of no case")
        for number, _, _, shown_by in rows():
            named = set() if shown_by in OPEN else set(shown_by.split("<br>"))
            self.assertEqual(known.get(number, set()), named, number)


if __name__ == "__main__":
    unittest.main()
