#include "gateway/engine/sweeper.h"

#include <utility>

namespace sfg::engine {

namespace {

using storage::Table;

constexpr std::size_t kPortionRows = 256;
constexpr std::size_t kCrowdedPortionRows = 2048;
constexpr SteadyMs kBetweenPortions{20};
constexpr SteadyMs kBetweenCrowdedPortions{1};
constexpr SteadyMs kBetweenRounds{30'000};
// After a round that found nothing in a table near its bound.
constexpr SteadyMs kBetweenVainRounds{1'000};
constexpr std::int64_t kHourMs = 3'600'000;

std::int64_t ms(std::chrono::milliseconds time) {
    return time.count();
}

// The mark's own key, from its index entry: the parts after the hour are the same.
std::string mark_key(PartitionId partition, std::string_view index_key) {
    std::string key = storage::partition_prefix(partition, Table::mark);
    key += index_key.substr(storage::kPartitionPrefixBytes + 8);
    return key;
}

}  // namespace

SteadyMs Sweeper::settle() {
    // A table near its bound is worth another portion at once: new calls would be refused. But not
    // while all of it has to stay: it would be read over and over.
    if (crowded() && !in_vain_ && next_ > core_.now + kBetweenCrowdedPortions) {
        next_ = core_.now + kBetweenCrowdedPortions;
    }
    // Else it would find what it has just deleted, and count it again.
    bool waits = out_ || changed_ > core_.ledger.durable();
    if (!waits && core_.now >= next_) {
        read_portion();
        waits = true;
    }
    return waits ? SteadyMs::max() : next_;
}

bool Sweeper::crowded() const {
    return core_.partitions.calls_kept() * 10 >= core_.options.calls_max * 9;
}

void Sweeper::read_portion() {
    Table table = hours_ ? Table::mark_by_hour : Table::call;
    std::string prefix = storage::partition_prefix(partition_, table);
    ReadRequest request;
    storage::Range range{
        from_.empty() ? prefix : from_,
        storage::prefix_end(prefix),
        crowded() ? kCrowdedPortionRows : kPortionRows,
        kMiB
    };
    request.scans.push_back({std::move(range), {}, 0});
    out_ = true;
    core_.reads.start(
        std::move(request),
        [this, id = partition_, hours = hours_](ReadResult result) {
            out_ = false;
            hours ? take_hours(id, std::move(result.scans[0])) : take_calls(id, result.scans[0]);
        }
    );
}

void Sweeper::take_calls(PartitionId id, const storage::ScanResult& rows) {
    std::vector<std::string> gone;
    for (const storage::Row& row : rows.rows) {
        std::string call_id = row.key.substr(storage::kPartitionPrefixBytes);
        auto call = decode_call_row(row.value.view());
        // Of what is in memory the row may be older than the truth.
        bool may_go =
            call && !calls_.in_memory(call_id) &&
            (call->is_over(core_.wall_ms) || (crowded() && call->replied && !call->keyed));
        if (may_go) {
            gone.push_back(row.key);
        }
    }
    if (!gone.empty() && core_.partitions.owned(id)) {
        Draft& draft = core_.ledger.open();
        draft.count(id).calls -= static_cast<std::int64_t>(gone.size());
        for (const std::string& key : gone) {
            draft.erase(key);
        }
        changed_ = draft.number();
        core_.ledger.close(draft);
        found_ = true;
        in_vain_ = false;
    }
    advance(rows, false);
}

void Sweeper::take_hours(PartitionId id, storage::ScanResult rows) {
    std::vector<std::string> gone;
    ReadRequest request;
    for (const storage::Row& row : rows.rows) {
        storage::KeyReader reader(row.key, storage::kPartitionPrefixBytes);
        std::int64_t end = (static_cast<std::int64_t>(reader.u64().value_or(0)) + 1) * kHourMs;
        if (end + ms(kMarkKept) > core_.wall_ms) {
            break;  // Ordered by hour: the rest is younger.
        }
        request.gets.push_back({mark_key(id, row.key)});
        gone.push_back(row.key);
    }
    bool done_here = gone.size() < rows.rows.size();
    if (gone.empty()) {
        advance(rows, done_here);
        return;
    }
    out_ = true;
    marks_.pin();
    core_.reads.start(
        std::move(request),
        [this, id, gone = std::move(gone), rows = std::move(rows), done_here](ReadResult marks) {
            out_ = false;
            delete_marks(id, gone, std::move(marks));
            marks_.unpin();
            advance(rows, done_here);
        }
    );
}

void Sweeper::delete_marks(PartitionId id, std::vector<std::string> index_keys, ReadResult marks) {
    if (!core_.partitions.owned(id)) {
        return;
    }
    // Of a key that somebody has claimed the mark may change, or be told of: the next round looks
    // at it again.
    Draft& draft = core_.ledger.open();
    std::int64_t deleted = 0;
    for (std::size_t i = 0; i < index_keys.size(); ++i) {
        std::string key = mark_key(id, index_keys[i]);
        if (marks_.claimed(key)) {
            continue;
        }
        std::optional<Mark> mark;
        if (marks.gets[i]) {
            mark = decode_mark(marks.gets[i]->view());
        }
        storage::KeyReader reader(index_keys[i], storage::kPartitionPrefixBytes);
        auto hour = static_cast<std::int64_t>(reader.u64().value_or(0));
        if (mark && mark->time_ms / kHourMs == hour) {
            draft.erase(key);
        }
        draft.erase(index_keys[i]);
        ++deleted;
    }
    draft.count(id).marks -= deleted;
    changed_ = draft.number();
    core_.ledger.close(draft);
}

void Sweeper::advance(const storage::ScanResult& rows, bool done_here) {
    next_ = core_.now + kBetweenPortions;
    if (rows.more && !done_here) {
        from_ = rows.rows.back().key + '\0';
        return;
    }
    from_.clear();
    hours_ = !hours_ && (!crowded() || in_vain_);
    if (!hours_) {
        partition_ = static_cast<PartitionId>((partition_ + 1) % core_.partitions.count());
        if (partition_ == 0) {
            bool found = std::exchange(found_, false);
            in_vain_ = crowded() && !found;
            next_ = core_.now + (crowded() ? kBetweenVainRounds : kBetweenRounds);
        }
    }
}

void Sweeper::clear() {
    out_ = false;
    found_ = false;
    in_vain_ = false;
    from_.clear();
}

}  // namespace sfg::engine
