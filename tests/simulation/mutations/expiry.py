"""Bugs in the expiration of states."""
from mutations.mutation import bug

MUTATIONS = [
    bug(
        "expired value sent",
        "A value is not sent after its time (D12).",
        "gateway/engine/states.cc",
        (
            "        if (!gone && !value.empty() && expires_at(entity, i) <= core_.wall_ms) {\n",
            "        if (!gone && !value.empty() && expires_at(entity, i) <= 0) {\n",
        ),
    ),
    bug(
        "failed call extends",
        "A call that fails does not extend the life of a state (D12).",
        "gateway/engine/states.cc",
        (
            "    turn.touched_ms = core_.wall_ms;\n",
            "    turn.touched_ms = core_.wall_ms;\n    entity.touched_ms = core_.wall_ms;\n",
        ),
    ),
    bug(
        "write does not extend",
        "A value lives on from its last write (D12).",
        "gateway/engine/states.cc",
        (
            "    set_state_stamp(value, core_.wall_ms);\n",
            "    set_state_stamp(value, is_new ? core_.wall_ms : core_.wall_ms - 1'000'000);\n",
        ),
    ),
    bug(
        "sweep deletes what was rewritten",
        "A sweep deletes a value only if its stamp says so (D12).",
        "gateway/engine/expiry_sweep.cc",
        ("    if (at > core_.wall_ms) {\n", "    if (at > core_.wall_ms && !due.pinned) {\n"),
    ),
    bug(
        "sweep during a call",
        "No state is swept while a call of its entity is out (D12).",
        "gateway/engine/expiry_sweep.cc",
        ("        return entity->turn != nullptr;\n", "        return false;\n"),
    ),
    bug(
        "missed value comes back",
        "A value that a turn missed is deleted in its commit (D12).",
        "gateway/engine/states.cc",
        (
            "        if (!contains(mutated, ordinal)) {\n            erase(draft, entity, ordinal);\n"
            "            ++entity.type->stats.expired;",
            "        if (!contains(mutated, ordinal)) {\n"
            "            ++entity.type->stats.expired;",
        ),
    ),
]
