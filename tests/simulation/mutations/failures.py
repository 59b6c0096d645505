"""Bugs in what follows from failed calls: evidence, the search, parking, dead letters."""
from mutations.mutation import bug

MUTATIONS = [
    bug(
        "set aside without a dead letter",
        "A message that can't be processed is kept as a dead letter, never dropped (D6).",
        "gateway/engine/parking.cc",
        (
            "    draft.put(dead_letter_key(entity, item.key),"
            " encode(letter, item.bytes.view()));\n",
            "",
        ),
        program="unit_engine",
        tests="*one poison message among 500 *",
    ),
    bug(
        "search forgets where it is",
        "What a search has narrowed down moves with the messages that were applied (D6).",
        "gateway/engine/failures.cc",
        ("        failing.range -= turn.messages;\n", ""),
        program="unit_engine",
        tests="*one poison message among 500 *",
    ),
    bug(
        "parked entity called after a restart",
        "An entity stays parked until it is tried again or an operator decides (D6).",
        "gateway/engine/core.cc",
        (
            "    if ((row.status & EntityRow::kParked) != 0) {\n",
            "    if ((row.status & EntityRow::kParked) != 0 && wall_ms == 0) {\n",
        ),
        program="unit_engine",
        tests="*a parked entity stays parked across a restart and is not called",
    ),
    bug(
        "parked without evidence",
        "A type that fails for everybody parks nothing (D6).",
        "gateway/engine/parking.cc",
        ("} else if (!has_evidence(entity)) {", "} else if (failing.note.error.empty()) {"),
        program="unit_engine",
        tests="*a type that fails for everybody parks nothing and leaves its siblings alone",
    ),
]
