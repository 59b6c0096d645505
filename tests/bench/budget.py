"""The budget of a turn: instructions and allocations of the engine alone, counted and compared.

callgrind counts core_turn's work, which is the same in every run; BUDGET.md says what it may cost.
More than that and 3 % fails; where it costs 3 % less, the budget can be lowered.

    python3 tests/bench/budget.py [--build build/release]      compare
    python3 tests/bench/budget.py --functions 30               where the instructions are
    python3 tests/bench/budget.py --allocations                who allocates

Counted is every object of the process but the C library: which memcpy it takes depends on the CPU,
and what malloc costs on what was freed before. How often memory is asked for is its own budget.
Another compiler, or another version of a library, writes other instructions: then the bound is
wider.
"""
import argparse
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from typing import NamedTuple

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUDGET = HERE / "BUDGET.md"
WORKS = ("counter", "chain")
MESSAGES, ENTITIES = 3200, 1000
MEASURED = "sfg::measured_turns*"
BOUND, WIDE_BOUND = 0.03, 0.25
# Allocations are whole: this is what growing containers differ by.
ALLOCATIONS_BOUND = 0.02
C_LIBRARY = re.compile(r"/(libc|libm|ld-linux[-\w]*|vgpreload[-\w]*)[.\w-]*\.so")


class BudgetError(Exception):
    """It can't be compared; the text says why and what to do."""


class Cost(NamedTuple):
    """Of one turn."""

    instructions: float
    allocations: float


class Profile:
    """What callgrind wrote: instructions by (object, function), and who called what how often."""

    def __init__(self, text):
        self.instructions = collections.Counter()
        self.calls = collections.Counter()
        at_object = at_function = called = ""
        is_call_cost = False
        for line in text.splitlines():
            key, equals, value = line.partition("=")
            if line[:1].isdigit():
                if not is_call_cost:
                    self.instructions[at_object, at_function] += int(line.split()[1])
                is_call_cost = False
            elif not equals:
                continue
            elif key == "ob":
                at_object = value
            elif key == "fn":
                at_function = value
            elif key == "cfn":
                called = value
            elif key == "calls":
                self.calls[at_function, called] += int(value.split()[0])
                is_call_cost = True

    def counted(self):
        return {
            place: cost for place, cost in self.instructions.items()
            if not C_LIBRARY.search(place[0])
        }


class Run:
    """One work of core_turn under callgrind."""

    def __init__(self, build, work):
        program = build / "tests/bench/core_turn"
        if not program.exists():
            raise BudgetError(f"no {program}: cmake --build --preset release --target core_turn")
        with tempfile.NamedTemporaryFile(suffix=".callgrind") as out:
            command = [
                "valgrind", "--tool=callgrind", f"--toggle-collect={MEASURED}",
                "--compress-strings=no", "--compress-pos=no", f"--callgrind-out-file={out.name}",
                str(program), work, str(MESSAGES), str(ENTITIES),
            ]
            try:
                done = subprocess.run(
                    command, capture_output=True, text=True, check=False,
                    env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
                )
            except FileNotFoundError:
                raise BudgetError(
                    "valgrind is missing: tests/tools/bootstrap.sh test installs it"
                ) from None
            if done.returncode != 0:
                raise BudgetError(f"{' '.join(command)} failed:\n{done.stderr}")
            self.profile = Profile(pathlib.Path(out.name).read_text())
        said = json.loads(done.stdout)
        self.turns = said["turns"]
        self.made_by = said["made_by"]
        counted = sum(self.profile.counted().values())
        if counted == 0:
            raise BudgetError(f"callgrind saw nothing of {MEASURED}: was the program stripped?")
        self.cost = Cost(counted / self.turns, said["allocations_per_turn"])

    def print_functions(self, most):
        rows = sorted(self.profile.instructions.items(), key=lambda row: -row[1])
        for (place, function), cost in rows[:most]:
            print(f"{cost / self.turns:10.1f}  {pathlib.Path(place).name}: {function[:150]}")

    def print_allocations(self):
        rows = [
            (count / self.turns, caller) for (caller, called), count in self.profile.calls.items()
            if called.startswith("operator new(")
        ]
        for count, caller in sorted(rows, reverse=True):
            print(f"{count:10.2f}  {caller[:150]}")


class Budget:
    """BUDGET.md: what each work may cost, and what it was counted with."""

    MADE_BY = re.compile(r"^Counted with: (.+)$", re.MULTILINE)
    ROW = r"^\| {} \| ([\d,]+) \| ([\d.]+) \|$"

    def __init__(self, text):
        self.text = text
        made_by = self.MADE_BY.search(text)
        if made_by is None:
            raise BudgetError(f"{BUDGET} has no line 'Counted with: ...'")
        self.made_by = made_by.group(1)
        self.costs = {work: self._cost(work) for work in WORKS}

    def _row(self, work):
        return re.compile(self.ROW.format(work), re.MULTILINE)

    def _cost(self, work):
        row = self._row(work).search(self.text)
        if row is None:
            raise BudgetError(f"{BUDGET} has no row '| {work} | instructions | allocations |'")
        return Cost(float(row.group(1).replace(",", "")), float(row.group(2)))

    def explained(self):
        """The sums of the table of who allocates, by work."""
        table = self.text.partition("## Who allocates")[2]
        cells = [
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in table.splitlines() if line.startswith("|")
        ][2:]
        return {
            work: sum(float(row[at] or 0) for row in cells) for at, work in enumerate(WORKS, 1)
        }

    def with_costs(self, costs, made_by):
        text = self.MADE_BY.sub(f"Counted with: {made_by}", self.text)
        for work, cost in costs.items():
            row = f"| {work} | {cost.instructions:,.0f} | {cost.allocations:.2f} |"
            text = self._row(work).sub(row, text)
        return text


def verdicts(work, cost, budget, bound):
    """(is it a failure, what to say) for each figure of a work."""
    change = cost.instructions / budget.instructions - 1
    said = f"{work}: {cost.instructions:,.0f} instructions a turn, {change:+.1%} of the budget"
    yield verdict(said, change, bound, "at most {:.0%} more; where: budget.py --functions 30")
    more = cost.allocations - budget.allocations
    said = f"{work}: {cost.allocations:.2f} allocations a turn, {more:+.2f}"
    yield verdict(said, more, ALLOCATIONS_BOUND, "at most {} more; who: budget.py --allocations")


def verdict(said, change, bound, too_much):
    if change > bound:
        return True, f"{said}: {too_much.format(bound)}"
    if change < -bound:
        return False, f"{said}: lower the budget to that: budget.py --write"
    return False, said


def compare(runs, budget):
    made_by = runs[WORKS[0]].made_by
    bound = BOUND
    if made_by != budget.made_by:
        bound = WIDE_BOUND
        print(f"built with {made_by}, the budget with {budget.made_by}: compared with"
              f" {WIDE_BOUND:.0%} instead of {BOUND:.0%}")
    failed = False
    for work, run in runs.items():
        for is_failure, said in verdicts(work, run.cost, budget.costs[work], bound):
            print(f"{'OVER  ' if is_failure else '      '}{said}")
            failed = failed or is_failure
    for work, total in budget.explained().items():
        if abs(total - budget.costs[work].allocations) > ALLOCATIONS_BOUND:
            print(f"OVER  {work}: BUDGET.md explains {total:.2f} of"
                  f" {budget.costs[work].allocations:.2f} allocations")
            failed = True
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--functions", type=int, metavar="N", help="the N that cost most")
    parser.add_argument("--allocations", action="store_true", help="who allocates, how often")
    parser.add_argument("--write", action="store_true", help="put what it costs into BUDGET.md")
    options = parser.parse_args()
    try:
        runs = {work: Run(options.build.resolve(), work) for work in WORKS}
        if options.functions or options.allocations:
            for work, run in runs.items():
                print(f"{work}, per turn:")
                if options.functions:
                    run.print_functions(options.functions)
                if options.allocations:
                    run.print_allocations()
            return 0
        budget = Budget(BUDGET.read_text())
        if options.write:
            costs = {work: run.cost for work, run in runs.items()}
            BUDGET.write_text(budget.with_costs(costs, runs[WORKS[0]].made_by))
            budget = Budget(BUDGET.read_text())
        return compare(runs, budget)
    except BudgetError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
