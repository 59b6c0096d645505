#include "storage/memory_store.h"

#include "protocol/assert.h"

#include <algorithm>

namespace sfg::storage {

namespace {

class MemorySnapshot final : public Snapshot {
public:
    explicit MemorySnapshot(std::shared_ptr<MemoryDisk> disk)
        : disk_(std::move(disk)),
          number_(disk_->open_snapshot()) {}

    MemorySnapshot(const MemorySnapshot&) = delete;
    MemorySnapshot& operator=(const MemorySnapshot&) = delete;

    ~MemorySnapshot() override { disk_->close_snapshot(number_); }

    StoreResult<std::optional<SharedBytes>> get(std::string_view key) override {
        return disk_->get(key, number_);
    }

    StoreResult<ScanResult> scan(const Range& range) override {
        return disk_->scan(range, number_);
    }

private:
    const std::shared_ptr<MemoryDisk> disk_;
    const std::uint64_t number_;
};

// The value that a snapshot sees; nothing if the row is not there for it.
template <typename Versions>
const SharedBytes* visible(const Versions& versions, std::uint64_t number) {
    for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
        if (version->number <= number) {
            return version->value ? &*version->value : nullptr;
        }
    }
    return nullptr;
}

}  // namespace

void MemoryDisk::apply(const WriteBatch& group) {
    std::lock_guard lock(mutex_);
    std::uint64_t number = last_ + 1;
    std::vector<std::string> touched;
    group.for_each([&](std::string_view key, const std::string_view* value) {
        auto row = rows_.find(key);
        if (row == rows_.end()) {
            if (value == nullptr) {
                return;
            }
            row = rows_.emplace(key, Versions()).first;
        }
        Versions& versions = row->second;
        if (versions.empty() || versions.back().number != number) {
            versions.push_back({number, std::nullopt});
            touched.emplace_back(key);
        }
        versions.back().value =
            value == nullptr ? std::nullopt : std::optional(SharedBytes(*value));
    });
    last_ = number;
    // One snapshot or another may always be held, so each group looks at a few of the former rows.
    for (std::size_t i = touched.size() + 1; i > 0 && !unpruned_.empty(); --i) {
        auto next = unpruned_.upper_bound(pruned_up_to_);
        next = next == unpruned_.end() ? unpruned_.begin() : next;
        pruned_up_to_ = *next;
        touched.push_back(pruned_up_to_);
        unpruned_.erase(next);
    }
    for (std::string& key : touched) {
        auto row = rows_.find(key);
        if (row == rows_.end()) {
            continue;
        }
        if (prune(row->second)) {
            unpruned_.insert(std::move(key));
        } else if (row->second.empty()) {
            rows_.erase(row);
        }
    }
}

bool MemoryDisk::prune(Versions& versions) const {
    std::uint64_t oldest = snapshots_.empty() ? last_ : *snapshots_.begin();
    auto seen = std::find_if(versions.rbegin(), versions.rend(), [&](const Version& version) {
        return version.number <= oldest;
    });
    if (seen != versions.rend()) {
        versions.erase(versions.begin(), std::prev(seen.base()));
    }
    if (!versions.empty() && versions.front().number <= oldest && !versions.front().value) {
        versions.erase(versions.begin());
    }
    bool has_deletes = std::any_of(versions.begin(), versions.end(), [](const Version& version) {
        return !version.value;
    });
    return versions.size() > 1 || has_deletes;
}

std::uint64_t MemoryDisk::open_snapshot() {
    std::lock_guard lock(mutex_);
    snapshots_.insert(last_);
    return last_;
}

void MemoryDisk::close_snapshot(std::uint64_t number) {
    std::lock_guard lock(mutex_);
    auto found = snapshots_.find(number);
    SFG_ASSERT(found != snapshots_.end());
    snapshots_.erase(found);
}

std::optional<SharedBytes> MemoryDisk::get(std::string_view key, std::uint64_t number) const {
    std::lock_guard lock(mutex_);
    auto row = rows_.find(key);
    const SharedBytes* value = row == rows_.end() ? nullptr : visible(row->second, number);
    return value == nullptr ? std::nullopt : std::optional(*value);
}

ScanResult MemoryDisk::scan(const Range& range, std::uint64_t number) const {
    std::lock_guard lock(mutex_);
    ScanResult result;
    std::size_t bytes = 0;
    for (auto row = rows_.lower_bound(range.from); row != rows_.end(); ++row) {
        if (row->first >= range.to) {
            break;
        }
        const SharedBytes* value = visible(row->second, number);
        if (value == nullptr) {
            continue;
        }
        bytes += row->first.size() + (range.keys_only ? 0 : value->size());
        bool full = result.rows.size() >= range.rows_max || bytes > range.bytes_max;
        if (full && !result.rows.empty()) {
            result.more = true;
            break;
        }
        result.rows.push_back({row->first, range.keys_only ? SharedBytes() : *value});
    }
    return result;
}

MemoryStore::MemoryStore(StoreIdentity identity, std::shared_ptr<MemoryDisk> disk, Durable durable)
    : identity_(identity),
      disk_(std::move(disk)),
      durable_(durable) {}

MemoryStore::~MemoryStore() {
    // What was in doubt shows itself to the next handle only.
    if (in_doubt_) {
        disk_->apply(*in_doubt_);
    }
}

void MemoryStore::commit(const WriteBatch& group, OnDurable on_durable) {
    if (durable_ == Durable::by_hand) {
        waiting_.push_back({group, std::move(on_durable)});
        return;
    }
    on_durable(write(group));
}

StoreResult<void> MemoryStore::write(const WriteBatch& group) {
    if (dead_) {
        return StoreError{StoreErrc::dead, "the store must be opened anew after a failed write"};
    }
    if (!failure_ || failure_->after_commits > 0) {
        disk_->apply(group);
        if (failure_) {
            --failure_->after_commits;
        }
        return {};
    }
    dead_ = true;
    if (failure_->group_survives) {
        in_doubt_ = group;
    }
    return StoreError{failure_->code, "a failure that the test asked for"};
}

std::unique_ptr<Snapshot> MemoryStore::snapshot() {
    return std::make_unique<MemorySnapshot>(disk_);
}

void MemoryStore::settle(std::size_t count) {
    SFG_ASSERT(count <= waiting_.size());
    for (; count > 0; --count) {
        Waiting next = std::move(waiting_.front());
        waiting_.pop_front();
        next.on_durable(write(next.group));
    }
}

}  // namespace sfg::storage
