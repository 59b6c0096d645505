#include "tests/support/fault_node.h"

#include <algorithm>
#include <cstring>

namespace sfg::test {

namespace {

constexpr std::size_t kSectorBytes = 512;

// What is left of a file's bytes that were appended and not synced.
std::string survive(const std::string& tail, PowerCut cut, std::mt19937_64& random) {
    std::string left = tail;
    std::size_t kept = random() % (tail.size() + 1);
    switch (cut) {
        case PowerCut::nothing:
            return {};
        case PowerCut::everything:
            return left;
        case PowerCut::prefix:
            return left.substr(0, kept);
        case PowerCut::zeros:
            std::fill(left.begin() + static_cast<std::ptrdiff_t>(kept), left.end(), '\0');
            return left;
        case PowerCut::sectors:
            for (std::size_t at = 0; at < left.size(); at += kSectorBytes) {
                if (random() % 2 == 0) {
                    std::memset(&left[at], 0, std::min(kSectorBytes, left.size() - at));
                }
            }
            return left;
    }
    return {};
}

void apply_change(const FaultNode::Change& made, std::map<std::string, FaultNodePtr>& names) {
    for (const auto& [name, node] : made) {
        if (node == nullptr) {
            names.erase(name);
        } else {
            names[name] = node;
        }
    }
}

}  // namespace

void FaultNode::change(Change made) {
    apply_change(made, entries);
    pending.push_back(std::move(made));
}

void FaultNode::sync() {
    if (syncs_in_vain) {
        return;
    }
    safe_bytes = bytes;
    safe_entries = entries;
    pending.clear();
}

FaultNodePtr FaultNode::after_power_cut(PowerCut cut, std::mt19937_64& random) const {
    auto left = std::make_shared<FaultNode>();
    left->is_directory = is_directory;
    if (bytes.starts_with(safe_bytes)) {
        left->bytes = safe_bytes + survive(bytes.substr(safe_bytes.size()), cut, random);
    } else {
        // Emptied or cut since, and not synced: the disk may hold either.
        bool old = cut == PowerCut::nothing || (cut != PowerCut::everything && random() % 2 == 0);
        left->bytes = old ? safe_bytes : survive(bytes, cut, random);
    }
    left->safe_bytes = left->bytes;
    auto names = safe_entries;
    for (const Change& change : pending) {
        bool kept = cut == PowerCut::everything || (cut != PowerCut::nothing && random() % 2 == 0);
        if (kept) {
            apply_change(change, names);
        }
    }
    for (const auto& [name, entry] : names) {
        left->entries[name] = entry->after_power_cut(cut, random);
    }
    left->safe_entries = left->entries;
    return left;
}

}  // namespace sfg::test
