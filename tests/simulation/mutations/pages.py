"""Bugs in the pages of messages."""
from mutations.mutation import bug

MUTATIONS = [
    bug(
        "page does not say what is gone",
        "A message that was consumed does not come again after a crash (invariant 7).",
        "storage/paged_store.cc",
        (
            "    gone_.push_back({held->page->number(), static_cast<std::uint32_t>(*place)});\n",
            "",
        ),
    ),
    bug(
        "page takes its messages along",
        "What is left in a page that goes gets rows of its own (invariant 7).",
        "storage/paged_store.cc",
        ("            rows_.put_copy(row.key, row.value);\n", ""),
    ),
    bug(
        "page stays behind",
        "A page and what it says go together: what was consumed is not read again (invariant 7).",
        "storage/paged_store.cc",
        ("    rows_.remove(page_key(page.number()));\n", ""),
    ),
    bug(
        "page goes before it is empty",
        "What one page says of another is kept while that one is there (invariant 7).",
        "storage/paged_store.cc",
        (
            "    std::erase_if(gone_, [first](const Gone& one) { return one.page < first; });\n",
            "    std::erase_if(gone_, [first](const Gone& one) { return one.page <= first; });\n",
        ),
    ),
    bug(
        "reads pass over pages",
        "A load brings what waits, wherever it stands (D5).",
        "storage/paged_snapshot.cc",
        ("    return messages.empty() ?", "    return !messages.empty() ?"),
    ),
    bug(
        "snapshot sees what came later",
        "A snapshot shows the groups that were durable when it was taken (store.h).",
        "storage/paged_snapshot.cc",
        ("page.is_there(place, view_.version)) {", "page.has(place)) {"),
        program="contract_store",
        tests="a snapshot keeps what it saw while pages come and go",
    ),
    bug(
        "failed group is seen",
        "A group that failed shows nothing of itself to readers (store.h).",
        "storage/paged_store.cc",
        ("        if (result.has_value()) {\n", "        {\n"),
        program="contract_store",
        tests="a group that fails shows nothing of itself to readers",
    ),
]
