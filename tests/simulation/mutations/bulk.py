"""Bugs in what becomes of the messages of one body."""
from mutations.mutation import bug

MUTATIONS = [
    bug(
        "body split by a crash",
        "The messages of one body become durable together (D9).",
        "gateway/engine/bulk_arrivals.cc",
        ("            draft.join();\n", "            draft.hurry();\n"),
    ),
    bug(
        "body acknowledged early",
        "A body is answered when all its messages are durable (invariant 3).",
        "gateway/engine/bulk_arrivals.cc",
        (
            "core_.ledger.answer_when_durable(number, bulk.waiter, std::move(sorted.answer));",
            "static_cast<void>(number);\n"
            "    core_.actions.answer(bulk.waiter, std::move(sorted.answer));",
        ),
    ),
    bug(
        "body taken in part",
        "A limit refuses a whole body, before any of it is taken (D9).",
        "gateway/engine/bulk_arrivals.cc",
        (
            "    if (auto refusal = refuse_for_load(bulk, sorted.is_fresh)) {\n",
            "    if (auto refusal = refuse_for_load(bulk, sorted.is_fresh)) {\n"
            "        static_cast<void>(accept(bulk, sorted));\n",
        ),
    ),
    bug(
        "body out of order",
        "Messages of one body keep their order (invariant 2).",
        "gateway/engine/bulk_arrivals.cc",
        (
            "    for (const Placed& one : in_order) {\n"
            "        sorted[next[one.partition]++] = one;\n",
            "    for (std::size_t i = in_order.size(); i-- > 0;) {\n"
            "        sorted[next[in_order[i].partition]++] = in_order[i];\n",
        ),
    ),
    bug(
        "key of a body not held",
        "Whoever comes for a key that a body has claimed waits for the body (D9).",
        "gateway/engine/marks.cc",
        (
            "        claims_.at(gathered->row_keys[at]).held = true;\n        learn(*gathered, at, {});",
            "        learn(*gathered, at, {});",
        ),
    ),
    bug(
        "mark swept under who was told of it",
        "A key is told to be used while its mark is durable (invariant 3, D9).",
        "gateway/engine/marks.cc",
        (
            "        claims_.at(gathered->row_keys[at]).held = true;\n"
            "        learn(*gathered, at, {mark",
            "        learn(*gathered, at, {mark",
        ),
        program="unit_engine",
        tests="a mark that a waiting body was told of is not swept under it",
    ),
    bug(
        "key twice in a body",
        "A key that stands twice in a body is one message (D9).",
        "gateway/engine/bulk_arrivals.cc",
        (
            "        into.is_fresh[i] = false;\n",
            "        into.is_fresh[i] = known.same_as.has_value();\n",
        ),
    ),
]
