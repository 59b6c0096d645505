#include "tests/simulation/mirror.h"

#include "storage/each_row.h"
#include "storage/key_codec.h"
#include "tests/simulation/decode.h"
#include "tests/simulation/decode_rows.h"

#include <utility>

namespace sfg::sim {

namespace {

// A start writes this row beside the commits; that no number is used twice shows whether it is
// true.
bool is_ceiling(std::string_view key) {
    std::string row = storage::system_prefix(storage::Table::store);
    storage::append_text(row, "number ceiling");
    return key == row;
}

// What stands in a tally belongs to the partitions' own rows, where these are older.
void fold_tally(Rows& rows) {
    auto tally = rows.extract(storage::system_prefix(storage::Table::tally));
    if (tally.empty()) {
        return;
    }
    for (auto& [partition, counters] : read_tally(tally.mapped())) {
        std::string& own =
            rows[storage::partition_prefix(partition, storage::Table::partition_row)];
        if (own.empty() || read_counters(own).second < read_counters(counters).second) {
            own = std::move(counters);
        }
    }
}

}  // namespace

storage::StoreResult<Rows> read_all(storage::Store& store) {
    Rows rows;
    auto snapshot = store.snapshot();
    storage::Range range;
    range.to = std::string("\xff", 1);
    auto read =
        storage::for_each_row(*snapshot, std::move(range), [&rows](const storage::Row& row) {
            if (!is_ceiling(row.key)) {
                rows.emplace(row.key, std::string(row.value.view()));
            }
            return storage::StoreResult<void>();
        });
    if (read.has_error()) {
        return read.error();
    }
    fold_tally(rows);
    return rows;
}

void Mirror::fold(const engine::Commit& commit, Rows& rows) {
    auto text = [&commit](engine::Commit::Part part) {
        return std::string(commit.of(part));
    };
    for (const auto& message : commit.messages) {
        rows[text(message.key)] = std::string(message.value.view());
    }
    for (const auto& gone : commit.consumed) {
        rows.erase(text(gone.key));
    }
    for (const auto& put : commit.puts) {
        rows[text(put.key)] = std::string(put.value.view());
    }
    for (engine::Commit::Part key : commit.deletes) {
        rows.erase(text(key));
    }
    for (const auto& row : commit.rows) {
        if (!is_ceiling(commit.of(row.key))) {
            rows[text(row.key)] = text(row.value);
        }
    }
}

void Mirror::written(CommitNumber up_to) {
    while (!pending_.empty() && pending_.front().number <= up_to) {
        fold(pending_.front(), rows_);
        pending_.pop_front();
    }
}

Mirror Mirror::after(CommitNumber up_to) const {
    Mirror later = *this;
    later.written(up_to);
    return later;
}

std::optional<std::string> Mirror::difference(const Rows& found) const {
    auto expected = rows_.begin();
    auto there = found.begin();
    while (expected != rows_.end() || there != found.end()) {
        bool missing =
            there == found.end() || (expected != rows_.end() && expected->first < there->first);
        bool extra = !missing && (expected == rows_.end() || there->first < expected->first);
        if (missing) {
            return "the store lacks " + readable(expected->first);
        }
        if (extra) {
            return "the store has " + readable(there->first) + ", which must be gone";
        }
        if (expected->second != there->second) {
            return "the store has another value of " + readable(expected->first);
        }
        ++expected;
        ++there;
    }
    return std::nullopt;
}

}  // namespace sfg::sim
