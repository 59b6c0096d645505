"""Bugs in delayed messages: when they fire, what cancels them, what a start finds of them."""
from mutations.mutation import bug

MUTATIONS = [
    bug(
        "timers lost at a start",
        "What became due while the process was down fires after the start (D5, D11).",
        "gateway/engine/timers.cc",
        (
            "    box.window.begin(box.begin);\n",
            "    box.window.begin(std::max(box.begin, TimerKey{wall_ms(), {}}));\n",
        ),
    ),
    bug(
        "cancel ignored",
        "A message whose cancellation is committed before it fires is never delivered.",
        "gateway/engine/delayed.cc",
        ("        boxes_[home].window.cancel(*key, draft.number());\n", ""),
    ),
    bug(
        "cancelled timer read back",
        "A window that is read is the store's answer with all pending deletes laid over it (D5).",
        "gateway/engine/timer_window.cc",
        ("    cancelled_.insert(key);\n", ""),
    ),
    bug(
        "timer armed during a read missed",
        "What is armed while a window is being read is not forgotten before the answer (D5).",
        "gateway/engine/timer_window.cc",
        ("    while (!read_out_ && !changes_.empty() &&", "    while (!changes_.empty() &&"),
    ),
    bug(
        "timer fires twice",
        "A delayed message is delivered once.",
        "gateway/engine/firing.cc",
        (
            "    boxes_[home].window.pop();\n    gone(draft, home);\n",
            "    if (row.token.empty()) {\n        boxes_[home].window.pop();\n    }\n"
            "    gone(draft, home);\n",
        ),
    ),
    bug(
        "timer fires early",
        "A delayed message is not delivered before it is due.",
        "gateway/engine/firing.cc",
        (
            "    if (key.due_ms > wall_ms() || !box.window.first_known()) {\n",
            "    if (key.due_ms > wall_ms() + 1'000 || !box.window.first_known()) {\n",
        ),
    ),
    bug(
        "token left behind",
        "A token is free again when its message was delivered.",
        "gateway/engine/firing.cc",
        (
            "        tokens_.set(token, std::nullopt, draft.number());\n"
            "        draft.erase(token);\n",
            "        tokens_.set(token, std::nullopt, draft.number());\n",
        ),
    ),
    bug(
        "stale row wins",
        "A token or a call's record that was changed while it was read keeps the newer value (D2, D5).",
        "gateway/engine/pinned_rows.cc",
        ("        if (!row.known) {  // Else", "        if (row.read == RequestId{}) {  // Else"),
    ),
    bug(
        "pending row forgotten",
        "A token or a call's record stays in memory until its change is durable (D8, D5).",
        "gateway/engine/pinned_rows.cc",
        (
            "!leaving_.empty() && leaving_.front().after <= ledger_.durable()) {",
            "!leaving_.empty()) {",
        ),
        (
            "        if (may_go(found->second)) {\n",
            "        if (found->second.pins == 0 && found->second.read == RequestId{}) {\n",
        ),
    ),
    bug(
        "pending token used again",
        "A token that is pending and used again is an error of that turn.",
        "gateway/engine/delayed.cc",
        ("        if (found->second) {\n", "        if (found->second && token.empty()) {\n"),
    ),
]
