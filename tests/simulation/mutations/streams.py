"""Bugs in egresses whose records are delivered in transactions."""
from mutations.mutation import bug

STREAM = "gateway/engine/outbox_stream.cc"

MUTATIONS = [
    bug(
        "record given to a stream before durable",
        "An egress record leaves only when its commit is durable (invariant 3).",
        STREAM,
        (
            "if (is_much || item.number > core_.ledger.durable()) {",
            "if (is_much || item.number > core_.ledger.last_number()) {",
        ),
    ),
    bug(
        "stream opened before its egress is read",
        "A stream is told where it is when the egresses are read, whoever has the partitions (D10).",
        STREAM,
        (
            "if (core_.store_lost || !core_.tables_read) {",
            "if (core_.store_lost || core_.partitions.any_acquiring()) {",
        ),
        program="unit_engine",
        tests="without any partition, too, a stream is opened when the egresses are read",
    ),
    bug(
        "rewound stream goes on",
        "What was given and is not delivered is given again (D9).",
        STREAM,
        (
            "void Outbox::rewind(Lane& lane) {\n    lane.offered = 0;\n",
            "void Outbox::rewind(Lane& lane) {\n",
        ),
    ),
    bug(
        "position of a stream passes a record",
        "The store lets go of a record only when it is outside (D9).",
        STREAM,
        (
            "        draft.erase(outbox_record_key(name, position));\n",
            "        draft.erase(outbox_record_key(name, position + 1));\n",
        ),
    ),
    bug(
        "record set aside without its dead letter",
        "The position passes a record that can't be delivered with its dead letter (D9).",
        STREAM,
        (
            "    draft.put(key, encode(letter, message_invocation(lane->queue.at(0).bytes.view())));\n",
            "",
        ),
    ),
    bug(
        "dead letter of a record told before it is durable",
        "A record is told to be set aside when its dead letter is durable (invariant 3).",
        STREAM,
        (
            "core_.ledger.answer_when_durable(number, event.waiter, EgressEmpty{});",
            "core_.actions.answer(event.waiter, EgressEmpty{});\n    static_cast<void>(number);",
        ),
    ),
    bug(
        "replayed record keeps its dead letter",
        "A dead letter is replayed once: it goes in the commit that sends the record again (D6).",
        "gateway/engine/letter_orders.cc",
        (
            "    draft.erase(key);\n",
            "    if (!replays || decoded->letter.is_message) {\n        draft.erase(key);\n    }\n",
        ),
    ),
]
