// PinnedRows: single rows of the store that decisions rest on, in memory while they must be.
//
// A row is in memory while it is being read, while somebody has pinned it, and while its last
// change is not durable: so what is known of it is always the newest (design D2, D5). A change that
// comes while the row is being read is newer than what the read brings.
//
// Threads:    the engine's.
// Lifetime:   the reads and the ledger outlive it.
// Invariants: a row that is not in memory is in the store as it was changed last.
// Limits:     those of who pins (the calls in flight) and of the commit queue.
#pragma once

#include "gateway/engine/ledger.h"
#include "gateway/engine/reads.h"
#include "protocol/ids.h"
#include "protocol/shared_bytes.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sfg::engine {

class PinnedRows {
public:
    PinnedRows(Reads& reads, const Ledger& ledger) : reads_(reads), ledger_(ledger) {}

    [[nodiscard]] bool known(const std::string& key) const;

    // The row; nothing: there is none. Requires: known(key).
    [[nodiscard]] const std::optional<SharedBytes>& at(const std::string& key) const;

    // The commit that changed it last; 0: none of those that are not durable. Requires: known(key).
    [[nodiscard]] CommitNumber changed(const std::string& key) const;

    // Reads those of the rows that are not known, in one read, then goes on. Requires: all of them
    // are different and pinned, and one is not known.
    void need(const std::vector<std::string>& keys, const std::function<void()>& then);

    // What is pinned stays in memory, known or being read, until it is unpinned as often.
    void pin(const std::string& key) { ++rows_[key].pins; }

    void unpin(const std::string& key);

    // The row was changed by this commit; nothing: deleted.
    void set(const std::string& key, std::optional<SharedBytes> value, CommitNumber number);

    // Lets go of what the store can tell again.
    void on_durable();

    // Forgets every row whose key begins so; what is being read of them counts no more.
    void forget(std::string_view prefix);

    void clear();

    [[nodiscard]] bool contains(const std::string& key) const { return rows_.contains(key); }

    // ---- For checks: all pins, and rows that nothing holds here.
    [[nodiscard]] std::size_t pins() const;
    [[nodiscard]] std::size_t idle() const;

private:
    struct Row {
        bool known = false;
        std::optional<SharedBytes> value;
        CommitNumber changed{};
        RequestId read{};  // The read that is out for it.
        std::vector<std::function<void()>> when_read;
        std::uint32_t pins = 0;
    };

    struct Leaving {
        CommitNumber after;
        std::string key;
    };

    // The store can tell it again, and nobody asks.
    [[nodiscard]] bool may_go(const Row& row) const {
        return row.pins == 0 && row.read == RequestId{} && row.changed <= ledger_.durable();
    }

    [[nodiscard]] const Row& known_row(const std::string& key) const;
    void read(const std::vector<std::string>& keys, const ReadResult& result, RequestId id);

    Reads& reads_;
    const Ledger& ledger_;
    std::unordered_map<std::string, Row> rows_;
    std::deque<Leaving> leaving_;
};

}  // namespace sfg::engine
