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
    ),
    bug(
        "search forgets where it is",
        "What a search has narrowed down moves with the messages that were applied (D6).",
        "gateway/engine/failures.cc",
        ("        failing.range -= turn.messages;\n", ""),
    ),
    bug(
        "parked entity called after a restart",
        "An entity stays parked until it is tried again or an operator decides (D6).",
        "gateway/engine/core.cc",
        (
            "    if ((row.status & EntityRow::kParked) != 0) {\n",
            "    if ((row.status & EntityRow::kParked) != 0 && wall_ms == 0) {\n",
        ),
    ),
    bug(
        "parked without evidence",
        "A type that fails for everybody parks nothing (D6).",
        "gateway/engine/parking.cc",
        ("} else if (!has_evidence(entity)) {", "} else if (failing.note.error.empty()) {"),
    ),
    bug(
        "judged before it was asked again",
        "A type may have been mended since a call began: the next one counts (D6).",
        "gateway/engine/parking.cc",
        ("!failing.part_succeeded && !failing.was_asked_since &&", "failing.note.error.empty() &&"),
    ),
    bug(
        "broken type never called again",
        "A type that failed for everybody goes on when it is mended (D6).",
        "gateway/engine/dispatcher.cc",
        ("if (held.type->health.gate.admits(in_flight, now)) {", "if (in_flight > 1'000'000) {"),
    ),
]
