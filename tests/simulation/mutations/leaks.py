"""Bugs in what is taken for calls, loads and questions, and has to be given back."""
from mutations.mutation import bug

MUTATIONS = [
    bug(
        "credit of a failed call kept",
        "A call gives its share of the commit queue back, however it ends (D4).",
        "gateway/engine/turns.cc",
        (
            "    core_.call_credit -= entity.turn->credit;\n",
            "    core_.call_credit -= end == Dispatcher::End::applied ? entity.turn->credit : 0;\n",
        ),
    ),
    bug(
        "slot of a fenced call kept",
        "A reset fences the calls of the epoch before and frees their slots (D10).",
        "gateway/engine/dispatcher.cc",
        ("        endpoint.in_flight = 0;\n", ""),
    ),
    bug(
        "grant of the gate kept at a reset",
        "A reset gives back what its calls hold of the request gate (D4, D10).",
        "gateway/engine/request_gate.cc",
        ("    held_ = 0;\n", ""),
    ),
    bug(
        "grant of the gate given back twice",
        "A large request holds the gate until its call is over (D4).",
        "gateway/engine/turns.cc",
        ("    entity.turn->answer_hold.reset();\n    entity.turn->canary",
         "    entity.turn->answer_hold.reset();\n"
         "    gate_.give_back(entity.turn->gate_bytes, core_.dispatcher);\n"
         "    entity.turn->canary"),
    ),
    bug(
        "pin of a client that has left kept",
        "A call's record leaves memory when nobody waits for it (D5).",
        "gateway/engine/calls.cc",
        (
            "        waiters_.erase(id);\n        rows_.unpin(key_of(id));\n",
            "        waiters_.erase(id);\n",
        ),
    ),
    bug(
        "pin of a delayed reply kept",
        "A timer that replies to a call holds its record no longer than it is the next one (D5).",
        "gateway/engine/timers.cc",
        ("    if (first != box.pinned_for) {\n", "    if (!box.open) {\n"),
    ),
    bug(
        "load under way for ever",
        "What loads are expected to bring is expected no longer when they are over (D5).",
        "gateway/engine/loads.cc",
        ("    out_.bytes -= entity.load_bytes;\n", ""),
    ),
    bug(
        "entity that left is still charged",
        "What is charged to the memory budget is what the entities in memory take (D5).",
        "gateway/engine/entity_table.cc",
        ("    charged_ -= entity.charged_bytes;\n    unloaded_charged_", "    unloaded_charged_"),
    ),
    bug(
        "question open for ever",
        "An operator's question that was answered is no longer open (invariant 8).",
        "gateway/engine/open_questions.cc",
        (
            "    return open_.erase(static_cast<std::uint64_t>(waiter)) > 0;\n",
            "    return open_.contains(static_cast<std::uint64_t>(waiter));\n",
        ),
    ),
]
