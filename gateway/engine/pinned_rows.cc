#include "gateway/engine/pinned_rows.h"

#include "protocol/assert.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace sfg::engine {

bool PinnedRows::known(const std::string& key) const {
    auto found = rows_.find(key);
    return found != rows_.end() && found->second.known;
}

const PinnedRows::Row& PinnedRows::known_row(const std::string& key) const {
    auto found = rows_.find(key);
    SFG_ASSERT(found != rows_.end() && found->second.known, "a row is known before it is used");
    return found->second;
}

const std::optional<SharedBytes>& PinnedRows::at(const std::string& key) const {
    return known_row(key).value;
}

CommitNumber PinnedRows::changed(const std::string& key) const {
    return known_row(key).changed;
}

void PinnedRows::need(const std::vector<std::string>& keys, const std::function<void()>& then) {
    std::vector<std::string> asked;
    ReadRequest request;
    auto left = std::make_shared<std::size_t>(0);
    for (const std::string& key : keys) {
        Row& row = rows_.at(key);
        if (row.known) {
            continue;
        }
        ++*left;
        row.when_read.emplace_back([left, then] {
            if (--*left == 0) {
                then();
            }
        });
        if (row.read == RequestId{}) {
            request.gets.push_back({key});
            asked.push_back(key);
        }
    }
    SFG_ASSERT(*left > 0, "what is known need not be asked for");
    if (asked.empty()) {
        return;  // Others have asked for all of them.
    }
    auto own = std::make_shared<RequestId>();
    *own = reads_.start(std::move(request), [this, asked, own](const ReadResult& result) {
        read(asked, result, *own);
    });
    for (const std::string& key : asked) {
        rows_.at(key).read = *own;
    }
}

void PinnedRows::read(
    const std::vector<std::string>& keys,
    const ReadResult& result,
    RequestId id
) {
    std::vector<std::function<void()>> go_on;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        auto found = rows_.find(keys[i]);
        if (found == rows_.end() || found->second.read != id) {
            continue;  // Forgotten meanwhile.
        }
        Row& row = found->second;
        row.read = {};
        if (!row.known) {  // Else it was changed meanwhile, which is newer.
            row.known = true;
            row.value = result.gets[i];
        }
        for (auto& then : std::exchange(row.when_read, {})) {
            go_on.push_back(std::move(then));
        }
        leaving_.push_back({row.changed, keys[i]});
    }
    for (auto& then : go_on) {
        then();
    }
}

void PinnedRows::unpin(const std::string& key) {
    auto found = rows_.find(key);
    if (found != rows_.end() && found->second.pins > 0) {
        --found->second.pins;
        leaving_.push_back({found->second.changed, key});
    }
}

void PinnedRows::set(
    const std::string& key,
    std::optional<SharedBytes> value,
    CommitNumber number
) {
    Row& row = rows_[key];
    row.known = true;
    row.value = std::move(value);
    if (row.changed != number) {
        row.changed = number;
        leaving_.push_back({number, key});
    }
}

void PinnedRows::on_durable() {
    while (!leaving_.empty() && leaving_.front().after <= ledger_.durable()) {
        auto found = rows_.find(leaving_.front().key);
        leaving_.pop_front();
        if (found == rows_.end()) {
            continue;
        }
        if (may_go(found->second)) {
            rows_.erase(found);
        }
    }
}

void PinnedRows::forget(std::string_view prefix) {
    std::erase_if(rows_, [prefix](const auto& entry) { return entry.first.starts_with(prefix); });
}

std::size_t PinnedRows::pins() const {
    std::size_t pins = 0;
    for (const auto& [key, row] : rows_) {
        pins += row.pins;
    }
    return pins;
}

std::size_t PinnedRows::idle() const {
    return static_cast<std::size_t>(std::count_if(
        rows_.begin(), rows_.end(), [this](const auto& row) { return may_go(row.second); }
    ));
}

void PinnedRows::clear() {
    rows_.clear();
    leaving_.clear();
}

}  // namespace sfg::engine
