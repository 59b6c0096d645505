"""Bugs in the order of messages, in what one turn commits, and in calls."""
from mutations.mutation import bug

MUTATIONS = [
    bug(
        "batch out of order",
        "A mailbox is handed over in its order (invariant 2).",
        "gateway/engine/turns.cc",
        (
            "    turn.call = RequestId{++last_call_};\n",
            "    if (batch_.size() > 1) {\n        std::swap(batch_[0], batch_[1]);\n    }\n"
            "    turn.call = RequestId{++last_call_};\n",
        ),
    ),
    bug(
        "sends out of order",
        "What one turn sends is stored in the order in which it was sent (invariant 2).",
        "gateway/engine/apply.cc",
        (
            "    for (OutgoingMessage& message : result.messages) {\n",
            "    std::reverse(result.messages.begin(), result.messages.end());\n"
            "    for (OutgoingMessage& message : result.messages) {\n",
        ),
    ),
    bug(
        "two calls in flight",
        "One call in flight per entity (invariant 1).",
        "gateway/engine/turns.cc",
        (
            "    call(entity);\n    loads_.read_ahead(entity);",
            "    call(entity);\n    if (batch.messages > 1) {\n        call(entity);\n    }\n"
            "    loads_.read_ahead(entity);",
        ),
    ),
    bug(
        "late response applied",
        "A response counts only for the attempt that asked for it (invariant 5).",
        "gateway/engine/turns.cc",
        (
            "turn.call = RequestId{++last_call_};\n    out_.emplace(last_call_, &entity);",
            "turn.call = RequestId{std::hash<Address>{}(entity.address)};\n"
            "    out_.emplace(static_cast<std::uint64_t>(turn.call), &entity);",
        ),
    ),
    bug(
        "part of a response validated",
        "All of a response is validated before any of it is applied (D2).",
        "gateway/engine/apply.cc",
        (
            "        if (auto reason = object_to_target(message.target)) {\n",
            "        if (auto reason = object_to_target(message.target); false) {\n",
        ),
    ),
    bug(
        "turn in two commits",
        "All effects of a turn are in one commit (invariant 4).",
        "gateway/engine/apply.cc",
        (
            "    apply_messages(draft, entity, result);\n",
            "    apply_messages(draft, entity, result);\n"
            "    core_.ledger.close(draft);\n"
            "    static_cast<void>(core_.ledger.open());\n",
        ),
    ),
    bug(
        "state write lost",
        "The states that a turn writes are in its commit (invariant 4).",
        "gateway/engine/states.cc",
        ("    draft.put(entity.state_row(state.name), value);\n", ""),
    ),
    bug(
        "deleted state kept",
        "A state that a turn deletes is deleted in its commit (invariant 4).",
        "gateway/engine/states.cc",
        ("    draft.erase(entity.state_row(entity.type->states[ordinal].name));\n", ""),
    ),
    bug(
        "second reply wins",
        "The first reply to a call is its reply (D8).",
        "gateway/engine/calls.cc",
        (
            "if (!row || row->replied) {\n        ++core_.stats.late_replies;",
            "if (!row) {\n        ++core_.stats.late_replies;",
        ),
    ),
    bug(
        "bytes not counted out",
        "Counters of a partition balance at every commit (invariant 9).",
        "gateway/engine/core.cc",
        ("    change.bytes -= bytes;\n", ""),
    ),
    bug(
        "dedupe skipped",
        "A key counts once, also when its mark is no longer in memory (D9).",
        "gateway/engine/marks.cc",
        ("    if (row) {\n", "    if (row && core_.wall_ms == 0) {\n"),
    ),
    bug(
        "other content under a key accepted",
        "The same key with another content is refused (D9).",
        "gateway/engine/arrivals.cc",
        (
            "    if (mark.content_hash != event.idempotency->content_hash) {\n",
            "    if (mark.content_hash != event.idempotency->content_hash && event.is_call) {\n",
        ),
    ),
    bug(
        "mark swept early",
        "No mark goes before its day is over (D9).",
        "gateway/engine/sweeper.cc",
        ("end + ms(kMarkKept) > core_.wall_ms", "end + ms(kMarkKept) / 2 > core_.wall_ms"),
    ),
    bug(
        "changed call swept",
        "A call that was changed is not judged by its row in the store (D8, D5).",
        "gateway/engine/sweeper.cc",
        ("call && !calls_.in_memory(call_id) &&", "call &&"),
    ),
    bug(
        "pending key forgotten",
        "A key stays claimed in memory until its mark is durable (D9, D5).",
        "gateway/engine/marks.cc",
        (
            "!leaving_.empty() && leaving_.front().after <= core_.ledger.durable()) {",
            "!leaving_.empty()) {",
        ),
        (
            " &&\n                     found->second.changed <= core_.ledger.durable();",
            ";",
        ),
    ),
]
