#include "gateway/engine/expiry_index.h"

#include "gateway/engine/expiration.h"

#include <algorithm>
#include <utility>

namespace sfg::engine {

namespace {

using storage::Table;

constexpr std::size_t kPortionRows = 256;
constexpr SteadyMs kBetweenPortions{20};

bool needs_index(const FunctionType& type) {
    return std::any_of(type.states.begin(), type.states.end(), [](const KnownState& state) {
        return !state.indexed;
    });
}

}  // namespace

void ExpiryIndex::build(CommitNumber changed) {
    wanted_ = true;
    after_ = changed;
    types_.clear();  // A walk that is under way knew less.
}

SteadyMs ExpiryIndex::settle() {
    if (ownership_seen_ != core_.partitions.ownership_changes()) {
        ownership_seen_ = core_.partitions.ownership_changes();
        types_.clear();
        core_.registry.for_each([this](const FunctionType& type) {
            wanted_ = wanted_ || needs_index(type);
        });
    }
    if (!wanted_ || out_ || core_.stopping || core_.store_lost || after_ > core_.ledger.durable()) {
        return SteadyMs::max();
    }
    if (core_.now < next_) {
        return next_;
    }
    if (types_.empty()) {
        begin_walk();
        wanted_ = !types_.empty();  // What changed may have been changed back meanwhile.
    }
    if (wanted_) {
        read_portion();
    }
    return SteadyMs::max();
}

void ExpiryIndex::begin_walk() {
    ++walk_;
    type_ = 0;
    partition_ = 0;
    from_.clear();
    complete_ = true;
    core_.registry.for_each([this](const FunctionType& type) {
        if (needs_index(type)) {
            types_.push_back(&core_.registry.type(type.name));
        }
    });
}

void ExpiryIndex::read_portion() {
    std::string prefix = storage::type_prefix(partition_, Table::state, types_[type_]->name);
    ReadRequest request;
    storage::Range range = whole(prefix, kPortionRows, kMiB);
    if (!from_.empty()) {
        range.from = from_;
    }
    request.scans.push_back({std::move(range), {}, 0});
    out_ = true;
    core_.reads.start(std::move(request), [this, walk = walk_](ReadResult result) {
        out_ = false;
        take_portion(walk, result.scans[0]);
    });
}

void ExpiryIndex::take_portion(std::size_t walk, const storage::ScanResult& rows) {
    if (walk != walk_ || types_.empty()) {
        return;
    }
    next_ = rows.rows.empty() ? core_.now : core_.now + kBetweenPortions;
    if (!core_.partitions.owned(partition_)) {
        complete_ = false;  // Another walk follows when that changes.
    } else if (!rows.rows.empty()) {
        index_rows(*types_[type_], rows);
    }
    if (rows.more) {
        from_ = rows.rows.back().key + '\0';
        return;
    }
    from_.clear();
    if (++partition_ < core_.partitions.count()) {
        return;
    }
    partition_ = 0;
    if (++type_ == types_.size()) {
        end_walk();
    }
}

void ExpiryIndex::index_rows(const FunctionType& type, const storage::ScanResult& rows) {
    Draft& draft = core_.ledger.open();
    draft.count(partition_);
    for (const storage::Row& row : rows.rows) {
        storage::KeyReader reader(row.key, storage::kPartitionPrefixBytes);
        auto address = reader.address();
        std::size_t suffix_end = row.key.size() - reader.rest().size();
        auto name = address ? reader.text() : std::nullopt;
        auto ordinal = name ? type.ordinal_of(*name) : std::nullopt;
        if (!ordinal || type.states[*ordinal].indexed) {
            continue;
        }
        const KnownState& state = type.states[*ordinal];
        // Without the touched stamp this may be early; when it is due, that stamp counts.
        std::int64_t at = expires_at_ms(state, state_stamp(row.value.view()), 0);
        if (at != kNeverExpires) {
            std::string_view suffix(row.key);
            suffix = suffix.substr(0, suffix_end).substr(storage::kPartitionPrefixBytes);
            dues_.add(draft, {partition_, suffix, state}, at);
        }
    }
    core_.ledger.close(draft);
}

void ExpiryIndex::end_walk() {
    wanted_ = false;
    if (!complete_) {
        types_.clear();
        return;
    }
    Draft& draft = core_.ledger.open();
    for (FunctionType* type : std::exchange(types_, {})) {
        for (KnownState& state : type->states) {
            state.indexed = true;
        }
        draft.put_row(Registry::key_of(type->name), Registry::encode(*type));
    }
    core_.ledger.close(draft);
}

void ExpiryIndex::clear() {
    wanted_ = out_ = false;
    ownership_seen_ = 0;
    after_ = {};
    next_ = SteadyMs{0};
    types_.clear();
}

}  // namespace sfg::engine
