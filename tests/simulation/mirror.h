// Mirror: the rows that the store must hold, by folding the commits one by one, as written.
//
// The gateway gathers commits in groups, where puts and deletes cancel out and rows replace each
// other; whatever it does, the store must look as if each commit had been written alone.
//
// Threads: one.
#pragma once

#include "gateway/engine/commit.h"
#include "protocol/ids.h"
#include "storage/store.h"

#include <deque>
#include <map>
#include <optional>
#include <string>

namespace sfg::sim {

using Rows = std::map<std::string, std::string>;

// Every row of the store, as if all commits had been written alone: but the ceiling of numbers,
// which a start writes too; what a tally says stands in the partitions' own rows.
[[nodiscard]] storage::StoreResult<Rows> read_all(storage::Store& store);

class Mirror {
public:
    void committed(const engine::Commit& commit) { pending_.push_back(commit); }

    // The commits up to this one were written.
    void written(CommitNumber up_to);

    // What was not written is gone.
    void forget_pending() { pending_.clear(); }

    // The first difference between the store and what must be there; nothing: none.
    [[nodiscard]] std::optional<std::string> difference(const Rows& found) const;

    [[nodiscard]] const Rows& rows() const { return rows_; }

    // What the rows would be if the commits up to this one were written.
    [[nodiscard]] Mirror after(CommitNumber up_to) const;

private:
    static void fold(const engine::Commit& commit, Rows& rows);

    Rows rows_;
    std::deque<engine::Commit> pending_;
};

}  // namespace sfg::sim
