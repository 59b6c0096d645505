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
        "gateway/engine/core_rows.cc",
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
    bug(
        "attempts forgotten with the entity",
        "What is known of calls that fail survives that the entity leaves memory (D5, D6).",
        "gateway/engine/eviction.cc",
        ("    if (may && !must_be_kept(entity)) {", "    if (may) {"),
        program="unit_engine",
        tests="attempts count on when the entity has left memory between them",
    ),
    bug(
        "kept attempts outlive their batch",
        "A success takes what is known of the failures before out of the entity's row (D6).",
        "gateway/engine/failures.cc",
        ("failing.is_parked || failing.is_in_row;", "failing.is_parked;"),
    ),
    bug(
        "type bound anew not looked for",
        "What waits for a function that nobody served goes on when somebody does (invariant 11).",
        "gateway/engine/rebinding.cc",
        ("    acquisition_.look_again();\n", ""),
    ),
]
