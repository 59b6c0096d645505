#include "gateway/engine/timers.h"

#include "protocol/assert.h"

#include <algorithm>
#include <limits>
#include <string_view>

namespace sfg::engine {

namespace {

using storage::Table;

// Windows that are read at a time.
constexpr std::size_t kReadsOutMax = 4;
// The row that tells where timers begin is written when so many have gone since: so many deleted
// rows a start may have to walk.
constexpr std::uint32_t kGonePerRow = 64;

// Small budgets have windows of a few timers.
std::size_t window_bytes(const EngineOptions& options) {
    std::size_t share = options.memory_budget_bytes / Timers::kBudgetShare / options.partitions;
    return std::clamp(share, std::size_t{512}, 32 * kKiB);
}

std::string timer_key_bytes(const TimerKey& key) {
    std::string bytes;
    append_timer_key(bytes, key);
    return bytes;
}

}  // namespace

Timers::Timers(Core& core, Calls& calls)
    : core_(core),
      window_bytes_(window_bytes(core.options)),
      calls_(calls),
      tokens_(core.reads, core.ledger),
      boxes_(core.partitions.count()) {}

void Timers::acquire(PartitionId id, const std::optional<SharedBytes>& begin) {
    Box& box = boxes_[id];
    SFG_ASSERT(!box.open);
    box.open = true;
    box.window = TimerWindow(window_bytes_);
    box.begin = begin ? read_timer_key(begin->view()).value_or(TimerKey{}) : TimerKey{};
    box.window.begin(box.begin);
    refresh(id);
}

void Timers::forget(PartitionId id) {
    Box& box = boxes_[id];
    if (!box.open) {
        return;
    }
    if (box.read != RequestId{}) {
        core_.reads.forget(box.read);
        --reads_out_;
    }
    core_.reads.forget(box.row_read);
    unpin_call(box);
    tokens_.forget(storage::partition_prefix(id, Table::token));
    core_.timer_bytes -= box.charged_bytes;
    line_.erase({box.in_line, id});
    hungry_.erase(id);
    box = {};
}

void Timers::clear() {
    tokens_.clear();
    boxes_.assign(boxes_.size(), {});
    line_.clear();
    hungry_.clear();
    reads_out_ = 0;
    core_.timer_bytes = 0;
}

std::optional<std::uint64_t> Timers::due_after(std::int64_t delay_ms) const {
    if (delay_ms < 0 || delay_ms > std::numeric_limits<std::int64_t>::max() - core_.wall_ms) {
        return std::nullopt;
    }
    return wall_ms() + static_cast<std::uint64_t>(delay_ms);
}

MessageKey
Timers::arm(Draft& draft, std::uint64_t due_ms, const Address& target, std::string_view stored) {
    PartitionId home = core_.partitions.of(target);
    return put(draft, home, due_ms, encode_timer_row({}, target, stored)).message;
}

TimerKey Timers::put(Draft& draft, PartitionId home, std::uint64_t due_ms, SharedBytes row) {
    TimerKey key{due_ms, draft.add_message(timer_due_prefix(home, due_ms), row)};
    ++draft.count(home).timers;
    Box& box = boxes_[home];
    if (!box.open) {
        return key;  // Another process's, or on its way there: it is found in the store.
    }
    // The clock was set back between two starts.
    if (key < box.begin) {
        write_begin(draft, home, key);
    }
    box.window.put(key, std::move(row));
    refresh(home);
    return key;
}

void Timers::gone(Draft& draft, PartitionId home) {
    --draft.count(home).timers;
    Box& box = boxes_[home];
    if (++box.gone_since >= kGonePerRow) {
        // What is armed later is due later than now.
        write_begin(draft, home, std::min(box.window.first_possible(), TimerKey{wall_ms(), {}}));
    }
    refresh(home);
}

void Timers::write_begin(Draft& draft, PartitionId home, TimerKey begin) {
    boxes_[home].begin = begin;
    boxes_[home].gone_since = 0;
    draft.put_row(timers_begin_key(home), timer_key_bytes(begin));
}

void Timers::refresh(PartitionId id) {
    Box& box = boxes_[id];
    TimerKey first = box.window.first_possible();
    if (first != box.pinned_for) {
        unpin_call(box);  // It has fired, or was cancelled.
    }
    if (first != box.in_line) {
        line_.erase({box.in_line, id});
        box.in_line = first;
        if (first != kNever) {
            line_.emplace(first, id);
        }
    }
    if (box.window.wants_read()) {
        hungry_.insert(id);
    } else {
        hungry_.erase(id);
    }
    std::size_t bytes = box.window.memory_bytes();
    core_.timer_bytes = core_.timer_bytes - box.charged_bytes + bytes;
    box.charged_bytes = bytes;
}

void Timers::unpin_call(Box& box) {
    if (box.pinned_for != kNever) {
        calls_.unpin(std::exchange(box.pinned_call, {}));
        box.pinned_for = kNever;
    }
}

std::size_t Timers::pinned_calls() const {
    return static_cast<std::size_t>(std::count_if(
        boxes_.begin(),
        boxes_.end(),
        [this](const Box& box) { return calls_.in_memory(box.pinned_call); }
    ));
}

std::size_t Timers::window_bytes_in_use() const {
    std::size_t bytes = 0;
    for (const Box& box : boxes_) {
        bytes += box.open ? box.window.memory_bytes() : 0;
    }
    return bytes;
}

void Timers::start_read(PartitionId id) {
    Box& box = boxes_[id];
    storage::Range range{
        timer_row_key(id, box.window.begin_read()),
        storage::prefix_end(storage::partition_prefix(id, Table::timer)),
        TimerWindow::kRows,
        window_bytes_
    };
    ReadRequest request;
    request.walks = true;  // Over timers that were cancelled.
    request.scans.push_back({std::move(range), {}, 0});
    ++reads_out_;
    box.read = core_.reads.start(std::move(request), [this, id](ReadResult result) {
        --reads_out_;
        Box& read = boxes_[id];
        read.read = {};
        storage::ScanResult& scan = result.scans[0];
        std::vector<TimerWindow::Item> items;
        items.reserve(scan.rows.size());
        for (storage::Row& row : scan.rows) {
            std::string_view key(row.key);
            auto timer = read_timer_key(key.substr(storage::kPartitionPrefixBytes));
            if (timer) {
                items.push_back({*timer, std::move(row.value)});
            } else {
                core_.notice_damage("timer", row.key);
            }
        }
        read.window.end_read(std::move(items), scan.more, core_.ledger.durable());
        refresh(id);
    });
    refresh(id);
}

void Timers::on_durable() {
    for (std::size_t id = 0; id < boxes_.size(); ++id) {
        if (boxes_[id].open && boxes_[id].window.has_changes()) {
            boxes_[id].window.settle(core_.ledger.durable());
            refresh(static_cast<PartitionId>(id));
        }
    }
}

SteadyMs Timers::settle() {
    tokens_.on_durable();
    while (reads_out_ < kReadsOutMax && !hungry_.empty()) {
        // Who needs it first.
        PartitionId first = *hungry_.begin();
        for (PartitionId id : hungry_) {
            first = boxes_[id].in_line < boxes_[first].in_line ? id : first;
        }
        start_read(first);
    }
    return next_fire();
}

}  // namespace sfg::engine
