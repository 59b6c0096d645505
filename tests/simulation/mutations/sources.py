"""Bugs in what is taken of sources, and where they stand."""
from mutations.mutation import bug

SOURCES = "gateway/engine/sources.cc"

MUTATIONS = [
    bug(
        "position passes a record",
        "A position never passes a record that is not taken (D9).",
        SOURCES,
        (
            "    for (SourceMessage& message : batch.messages) {\n",
            "    for (SourceMessage& message : batch.messages) {\n"
            "        if (batch.messages.size() > 1 && &message == &batch.messages.back()) {\n"
            "            break;\n        }\n",
        ),
    ),
    bug(
        "position in another commit",
        "Messages of a source and the position behind them are one commit (D9).",
        SOURCES,
        (
            "    for (const SourcePosition& position : batch.positions) {\n        source.pos",
            "    core_.ledger.close(draft);\n    static_cast<void>(core_.ledger.open());\n"
            "    for (const SourcePosition& position : batch.positions) {\n        source.pos",
        ),
    ),
    bug(
        "records of an older session taken",
        "What comes of a session that is over changes nothing (invariant 5).",
        SOURCES,
        ("session != 0 && found->second.session == session", "session != 0"),
    ),
    bug(
        "held records outlive their session",
        "What is held when its source begins anew is not taken (invariant 5).",
        SOURCES,
        ("        end_session(found->second);  // Also", "        // Also"),
    ),
    bug(
        "position told before it is durable",
        "A position is told when what it rests on is durable (invariant 3).",
        SOURCES,
        (
            "    core_.ledger.answer_when_durable(source.taken, waiter, std::move(at));\n",
            "    core_.actions.answer(waiter, std::move(at));\n",
        ),
    ),
    bug(
        "position goes back",
        "Positions never go back, unless a part was made anew (D9).",
        SOURCES,
        ("position.next < before && !position.is_reset)", "position.next < before && false)"),
    ),
    bug(
        "records taken without room",
        "Records wait while there is no room for them (invariant 8).",
        SOURCES,
        ("core_.stopping || no_room_for(Outside::source, core_)", "core_.stopping"),
    ),
    bug(
        "sources take the room of requests",
        "A source's backlog leaves room for requests (invariant 8).",
        SOURCES,
        ("no_room_for(Outside::source, core_)", "no_room_for(Outside::request, core_)"),
    ),
    bug(
        "records taken while the gateway stops",
        "A gateway that stops takes nothing more from outside.",
        SOURCES,
        ("        return;\n    }\n    if (core_.stopping) {\n",
         "        return;\n    }\n    if (core_.epoch == Epoch{}) {\n"),
        ("core_.stopping || no_room_for(Outside::source, core_)",
         "no_room_for(Outside::source, core_)"),
    ),
    bug(
        "refused records share a row",
        "No refused record takes the place of another one (D9).",
        SOURCES,
        ("{draft.number(), place++}", "{draft.number(), place}"),
    ),
    bug(
        "count of refused records forgotten",
        "The count of refused records that are kept survives a start.",
        SOURCES,
        ("        source.stats.kept = row->number;\n", ""),
    ),
    bug(
        "refused record dropped twice",
        "From the order until its commit is durable a refused record is busy.",
        "gateway/engine/refused_desk.cc",
        (
            "    if (!busy_.emplace(key, kNotYet).second) {\n",
            "    busy_.emplace(key, kNotYet);\n    if (busy_.empty()) {\n",
        ),
    ),
]
