"""Bugs in what memory and store tell of each other: loads, eviction, partitions, outbox."""
from mutations.mutation import bug

MUTATIONS = [
    bug(
        "deleted message read back",
        "An entity leaves memory only when all its changes are durable (D5).",
        "gateway/engine/eviction.cc",
        (" || entity.last_change > core_.ledger.durable()) {", ") {"),
    ),
    bug(
        "load overlaps the tail",
        "A middle is read strictly between the head's last key and the tail's first (D5).",
        "gateway/engine/loads.cc",
        (
            "        std::move(from), message_key(entity, gap.before), kHeadMessagesMax,",
            "        std::move(from), message_key(entity, {core_.ledger.next_number(), 0}),"
            " kHeadMessagesMax,",
        ),
    ),
    bug(
        "tail spilled before it is durable",
        "What is not durable stays in memory (D5).",
        "gateway/engine/eviction.cc",
        (
            "entity.mailbox.spill(core_.ledger.durable(), keep);",
            "entity.mailbox.spill(core_.ledger.last_number(), keep);",
        ),
    ),
    bug(
        "failed read not repeated",
        "A read that failed is asked again (invariant 11).",
        "gateway/engine/reads.cc",
        ("            actions_.read(found->second.request);\n", ""),
    ),
    bug(
        "record number used again",
        "Numbers of an egress are dense, also after a start (D9).",
        "gateway/engine/outbox.cc",
        ("    egress.next = *next;\n", "    egress.next = *next > 1 ? *next - 1 : *next;\n"),
    ),
    bug(
        "consumed position too far",
        "An entity's row passes no message that waits (D5).",
        "gateway/engine/core_rows.cc",
        (
            "    row.consumed = entity.mailbox.consumed();\n",
            "    row.consumed = entity.mailbox.ready() > 0 ? entity.mailbox.at(0).key"
            " : entity.mailbox.consumed();\n",
        ),
    ),
    bug(
        "evicted entity forgotten",
        "Messages that wait on disk are looked for (invariant 11).",
        "gateway/engine/eviction.cc",
        ("        note(entity);\n", ""),
    ),
    bug(
        "what waits not known after eviction",
        "A new message waits behind those that only the store has (invariant 2).",
        "gateway/engine/entity_table.cc",
        ("        partitions_.note_unseen(entity.partition);\n", ""),
    ),
    bug(
        "what waits not known after a start",
        "A new message waits behind those that only the store has (invariant 2).",
        "gateway/engine/partitions.cc",
        ("    partition.has_unseen = partition.counters.waiting > 0;\n", ""),
    ),
    bug(
        "backlog not found at a start",
        "What is in the store at a start goes on (invariant 7).",
        "gateway/engine/acquisition.cc",
        ("        backlog_.note(core_.registry.type(type), id);\n", ""),
    ),
    bug(
        "released partition kept in memory",
        "Messages to a partition that was released are only appended to the store (D10).",
        "gateway/engine/core.cc",
        ("if (!partitions.owned(partition) || (known", "if ((known"),
    ),
    bug(
        "call in a released partition",
        "A released partition starts no calls (D10).",
        "gateway/engine/core.cc",
        ("} else if (!partitions.owned(entity.partition)) {", "} else if (false) {"),
    ),
    bug(
        "released before durable",
        "A partition is let go of when its commits are durable (D10).",
        "gateway/engine/acquisition.cc",
        (
            "bool quiet = core_.partitions[id].last_change <= core_.ledger.durable();",
            "bool quiet = true;",
        ),
    ),
    bug(
        "acquired before durable",
        "A partition is read when what was sent to it meanwhile is durable (D10).",
        "gateway/engine/acquisition.cc",
        (
            "bool durable = core_.partitions[id].last_change <= core_.ledger.durable();",
            "bool durable = true;",
        ),
    ),
    bug(
        "position passes a record",
        "The position of an egress passes no record that was not delivered (D9).",
        "gateway/engine/outbox.cc",
        (
            "            delivered = std::min(delivered, other.queue.first_possible() - 1);\n",
            "            delivered = egress.next - 1;\n",
        ),
    ),
    bug(
        "record lost by a failed write",
        "A record that could not be written out stays at the head (D9).",
        "gateway/engine/outbox.cc",
        ("    if (event.written) {\n", "    if (event.written || event.position > 0) {\n"),
    ),
    bug(
        "records found at a start passed over",
        "The position of an egress stays below what a start found and nobody has asked for (D9).",
        "gateway/engine/outbox.cc",
        (
            "egress.found_waiting > 0 ? egress.found_after : egress.next - 1;",
            "egress.next - 1;",
        ),
    ),
    bug(
        "next record before the delete is durable",
        "A record is offered when the delete of the one before is durable (D9).",
        "gateway/engine/outbox.cc",
        (
            "    if (lane.taken > core_.ledger.durable()) {\n",
            "    if (lane.taken > core_.ledger.last_number()) {\n",
        ),
    ),
    bug(
        "walk pushes out what it found",
        "Those that pause keep nobody on disk, however short memory is (D5, invariant 11).",
        "gateway/engine/backlog.cc",
        (
            "is_cut = !last_prefix.empty() && is_tight(0);",
            "is_cut = false;",
        ),
        program="unit_engine",
        tests="those that pause don't keep others of their type on disk, however short memory is",
    ),
]
