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
    bug(
        "page passes letters",
        "A page goes on just behind the last letter of the one before.",
        "gateway/engine/letter_desk.cc",
        (
            "        page->from = *key + '\\0';\n",
            "        page->from = storage::prefix_end("
            "key->substr(0, key->size() - storage::kMessageKeyBytes));\n",
        ),
    ),
    bug(
        "purge takes what came after it",
        "A purge takes the messages that waited when it was ordered, and no later ones (D6).",
        "gateway/engine/purges.cc",
        ("        if (item.key.number > purge.last) {\n            break;\n        }\n", ""),
    ),
    bug(
        "purge ends after its first portion",
        "A purge is told to be done when none of its messages waits any more (D6).",
        "gateway/engine/purges.cc",
        (
            "entity.mailbox.empty() || entity.mailbox.at(0).key.number > purge.last)",
            "entity.mailbox.empty() || purge.messages > 0)",
        ),
        program="unit_engine",
        tests="R32 a mailbox that is on disk goes in portions, and new messages stay",
    ),
]
