"""Bugs in what operators do with dead letters."""
from mutations.mutation import bug

MUTATIONS = [
    bug(
        "replay keeps the dead letter",
        "A dead letter is replayed once: it goes in the commit that makes it a message again (D6).",
        "gateway/engine/letter_orders.cc",
        ("    draft.erase(key);\n", "    if (!replays) {\n        draft.erase(key);\n    }\n"),
    ),
    bug(
        "drop not counted",
        "What an operator drops is counted as dropped (invariant 9).",
        "gateway/engine/letter_orders.cc",
        ("        change.dropped += replays ? 0 : 1;\n", ""),
    ),
    bug(
        "letter replayed twice",
        "From the order until its commit is durable a letter is busy (D6).",
        "gateway/engine/letter_orders.cc",
        (
            "    if (!busy_.emplace(key, kNotYet).second) {\n",
            "    busy_.emplace(key, kNotYet);\n    if (busy_.empty()) {\n",
        ),
    ),
    bug(
        "order told before it is durable",
        "An operator's answer leaves only when what it changed is durable (invariant 3).",
        "gateway/engine/open_questions.cc",
        (
            "    core_.ledger.answer_when_durable(core_.ledger.last_number(), waiter, Told{",
            "    core_.actions.answer(waiter, Told{",
        ),
    ),
    bug(
        "letter of a released partition changed",
        "Only messages are still sent to a partition that was released (D10).",
        "gateway/engine/letter_desk.cc",
        (
            "    bool is_other = !core_.partitions.owned(partition);\n",
            "    bool is_other = partition > core_.partitions.count();\n",
        ),
    ),
]
