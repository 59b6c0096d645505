"""Breaks the gateway on purpose, one bug at a time, and sees that each is noticed.

    python3 tests/simulation/mutants.py BUILD           # all of them
    python3 tests/simulation/mutants.py BUILD WORD...   # those whose names have one of the words
    python3 tests/simulation/mutants.py --table BUILD   # the table of README.md
    python3 tests/simulation/mutants.py --keep BUILD    # the programs stay, in BUILD/mutants

For each mutation (mutations/) one changed copy of a source is compiled, and the program that has to
notice is linked with it in place of the library's own. The product's code knows nothing of this.
Exit code 0: every mutation was caught.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time
from typing import NamedTuple

from mutations import (
    bulk, durability, expiry, failures, leaks, letters, memory, pages, sources, streams, timers,
    turns,
)

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TABLES = (
    durability, pages, turns, bulk, sources, streams, memory, timers, expiry, failures, letters,
    leaks,
)
MUTATIONS = [mutation for table in TABLES for mutation in table.MUTATIONS]

AT_A_TIME = 2
SEEDS = 1500  # Most bugs show within ten.
SECONDS_MAX = 120


class Verdict(NamedTuple):
    mutation: object
    caught: bool
    seed: int
    by: str
    seconds: float


def mutated(mutation):
    text = (ROOT / mutation.source).read_text(encoding="utf-8")
    for edit in mutation.edits:
        times = text.count(edit.old)
        if times != 1:
            raise RuntimeError(f"its old text is {times} times in {mutation.source}: {edit.old!r}")
        text = text.replace(edit.old, edit.new)
    return text


class Workshop:
    """Makes programs that have one source replaced."""

    def __init__(self, build):
        self.build = pathlib.Path(build).resolve()
        self.folder = self.build / "mutants"
        self.folder.mkdir(exist_ok=True)
        commands = json.loads((self.build / "compile_commands.json").read_text(encoding="utf-8"))
        self.compilers = {entry["file"]: entry["command"] for entry in commands}
        self.links = {}

    def link_command(self, program):
        if program not in self.links:
            said = subprocess.run(
                ["ninja", "-C", self.build, "-t", "commands", program],
                check=True, capture_output=True, text=True,
            )
            command = said.stdout.strip().splitlines()[-1]
            # Without what follows the link.
            self.links[program] = shlex.split(command.removeprefix(": && ").partition(" && ")[0])
        return list(self.links[program])

    def make(self, mutation):
        source, thing, program = self.places(mutation)
        source.write_text(mutated(mutation), encoding="utf-8")
        compiler = shlex.split(self.compilers[str(ROOT / mutation.source)])
        compiler = compiler[: compiler.index("-o")]
        own = str((ROOT / mutation.source).parent)
        cheaply = ["-iquote", own, "-O1", "-g0", "-w", "-o", str(thing), "-c", str(source)]
        self.run(["ccache", *compiler, *cheaply])
        link = self.link_command(mutation.program)
        at = link.index("-o")
        # Before the archives, so that the library's own is not taken.
        self.run([*link[:at], str(thing), "-s", "-o", str(program), *link[at + 2 :]])
        return program

    def places(self, mutation):
        name = self.folder / re.sub(r"\W+", "-", mutation.name)
        return name.with_suffix(".cc"), name.with_suffix(".o"), name

    def tidy(self, mutation):
        for place in self.places(mutation):
            place.unlink(missing_ok=True)

    def run(self, command):
        done = subprocess.run(command, cwd=self.build, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{shlex.join(command)}\n{done.stdout}{done.stderr}")


def simulate(program):
    """The seed and the promise that was broken; nothing: no seed noticed anything."""
    settings = {"SIM_SEED": "1", "SIM_RUNS": str(SEEDS)}
    done = subprocess.run(
        [program], env=os.environ | settings, timeout=SECONDS_MAX,
        capture_output=True, text=True, errors="replace", check=False,
    )
    said = re.search(r"^seed (\d+), step \d+: (.*)$", done.stderr, re.MULTILINE)
    if done.returncode == 0 or not said:
        return None
    asserted = re.search(r"^assertion failed at \S*/([\w.]+):\d+: (.*)$", done.stderr, re.MULTILINE)
    if asserted:
        return int(said[1]), f"assertion of {asserted[1]}: {asserted[2].strip()}"
    thrown = re.search(r"^  what\(\):  (.*)$", done.stderr, re.MULTILINE)
    return int(said[1]), f"exception: {thrown[1]}" if thrown else said[2]


def test(program, tests):
    """The first test that fails."""
    done = subprocess.run(
        [program, tests.replace(",", "\\,")], timeout=SECONDS_MAX,
        capture_output=True, text=True, errors="replace", check=False,
    )
    if done.returncode == 0:
        return None
    return 0, f"test '{tests.strip(' *')}'"


def judge(workshop, mutation, keep):
    begun = time.monotonic()
    found, error = None, f"{SEEDS} seeds passed"
    try:
        program = workshop.make(mutation)
        found = test(program, mutation.tests) if mutation.tests else simulate(program)
    except (RuntimeError, subprocess.TimeoutExpired) as failure:
        error = str(failure)
    if found and not keep:
        workshop.tidy(mutation)
    seed, by = found or (0, error)
    return Verdict(mutation, found is not None, seed, by, time.monotonic() - begun)


def tell(verdict):
    word = "caught    " if verdict.caught else "NOT CAUGHT"
    seed = f"seed {verdict.seed}: " if verdict.seed else ""
    took = f"{verdict.seconds:5.1f} s"
    print(f"{word} {verdict.mutation.name:40} {took}  {seed}{verdict.by}", flush=True)


def in_short(by):
    """Without what differs from run to run."""
    by = re.sub(r" \(commit \d+\)$|, see above$|\|\d*\|", "", by)
    by = re.sub(r"\b[0-9a-f]{40}\b", "(id)", by)
    by = re.sub(r"\\[0-9a-f]{2}\S*", "a row", by)
    by = re.sub(r"(counters of partition \d+): .* (\(inv)", r"\1 are not those expected \2", by)
    return by.replace("|", "\\|")


def table(verdicts):
    print("| mutation | promise that it breaks | caught by | seed |\n|---|---|---|---|")
    for verdict in verdicts:
        mutation = verdict.mutation
        print(f"| {mutation.name} | {mutation.breaks} | {in_short(verdict.by)} |"
              f" {verdict.seed or '-'} |")


def unknown_tests():
    """Tests that README.md's hazards name and nobody has."""
    text = (HERE / "README.md").read_text(encoding="utf-8")
    section = text.partition("## Hazards\n")[2].partition("\n## ")[0]
    sources = [*ROOT.glob("tests/**/*_test.cc"), *ROOT.glob("tests/**/test_*.py")]
    # Long names are split over lines.
    names = "\n".join(re.sub(r'"\s*\n\s*"', "", s.read_text(encoding="utf-8")) for s in sources)
    quoted = re.findall(r"`([^`\n]*)`", section)
    return sorted(name for name in quoted if (" " in name or name.startswith("test_"))
                  and f'{name}"' not in names and f"def {name}(" not in names)


def undocumented():
    """Names that README.md's table lacks, or has without a mutation."""
    text = (HERE / "README.md").read_text(encoding="utf-8")
    section = text.partition("## Mutations\n")[2].partition("\n## ")[0]
    rows = set(re.findall(r"^\| ([^|]+?) \|", section, re.MULTILINE)) - {"mutation"}
    return sorted(rows ^ {mutation.name for mutation in MUTATIONS})


def main(arguments):
    as_table, keep = "--table" in arguments, "--keep" in arguments
    build, *words = [argument for argument in arguments if not argument.startswith("--")]
    chosen = [m for m in MUTATIONS if not words or any(word in m.name for word in words)]
    begun = time.monotonic()
    workshop = Workshop(build)
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        verdicts = []
        for verdict in pool.map(lambda mutation: judge(workshop, mutation, keep), chosen):
            verdicts.append(verdict)
            if not as_table:
                tell(verdict)
    if as_table:
        table(verdicts)
        return 0
    caught = sum(verdict.caught for verdict in verdicts)
    print(f"{caught} of {len(chosen)} caught in {time.monotonic() - begun:.0f} s")
    differ, unknown = undocumented(), unknown_tests()
    if differ:
        print(f"README.md's table and the mutations differ: {', '.join(differ)}")
    if unknown:
        print(f"README.md names tests that are not there: {'; '.join(unknown)}")
    return 0 if caught == len(chosen) and chosen and not differ and not unknown else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
