// Every row of a range, however many portions it takes.
//
// Threads: as a snapshot's.
// Limits:  the range's, for each portion; only one is in memory at a time.
#pragma once

#include "storage/store.h"

#include <utility>

namespace sfg::storage {

// visit(row), in the order of keys, until it returns an error or a read fails: that is returned.
template <typename Visitor>
[[nodiscard]] StoreResult<void> for_each_row(Snapshot& snapshot, Range range, Visitor&& visit) {
    bool more = true;
    while (more) {
        auto part = snapshot.scan(range);
        if (part.has_error()) {
            return part.error();
        }
        for (const Row& row : part->rows) {
            if (StoreResult<void> visited = visit(row); visited.has_error()) {
                return visited;
            }
        }
        more = part->more;
        if (more) {
            range.from = std::move(part->rows.back().key) + '\0';
        }
    }
    return {};
}

}  // namespace sfg::storage
