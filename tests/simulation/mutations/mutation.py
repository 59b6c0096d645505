"""Mutation: one deliberate bug, and the promise of the design that it breaks."""
from typing import NamedTuple


class Edit(NamedTuple):
    old: str  # Occurs exactly once in the source.
    new: str


class Mutation(NamedTuple):
    name: str
    breaks: str  # The promise, in one sentence.
    source: str  # The .cc file that is changed.
    edits: tuple
    # Who has to notice: the simulator, or a test program with a filter where it is the wrong tool.
    program: str = "simulation"
    tests: str = ""


def bug(name, breaks, source, *edits, **more):
    return Mutation(name, breaks, source, tuple(Edit(old, new) for old, new in edits), **more)
