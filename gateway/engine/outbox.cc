#include "gateway/engine/outbox.h"

#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "protocol/assert.h"
#include "protocol/module_spec.h"

namespace sfg::engine {

namespace {

using storage::Table;

constexpr std::string_view kPlaygroundRecord = "io.statefun.playground/EgressRecord";
constexpr std::size_t kPositionBytes = 8;
constexpr std::size_t kReadRowsMax = 256;
// A lane keeps this many records in memory; what is more waits on disk once it is durable.
constexpr std::size_t kLaneItemsMax = 256;
constexpr std::size_t kLaneKept = 32;

std::string lane_prefix(Table table, const LaneName& name) {
    std::string key = storage::system_prefix(table);
    storage::append_text(key, name.egress.ns);
    storage::append_text(key, name.egress.name);
    storage::append_text(key, name.lane);
    return key;
}

std::string record_key(const LaneName& name, std::uint64_t position) {
    std::string key = lane_prefix(Table::outbox, name);
    storage::append_u64(key, position);
    return key;
}

// A stored record has the head of a stored message (its origin), then the typed value.
SharedBytes stored_record(PartitionId home, const SharedBytes& typed_value) {
    SharedBytes stored = SharedBytes::uninitialized(kMessageHeadBytes + typed_value.size());
    char* at = stored.mutable_data();
    at[0] = 1;
    at[1] = static_cast<char>(home & 0xff);
    at[2] = static_cast<char>(home >> 8);
    std::memcpy(at + kMessageHeadBytes, typed_value.data(), typed_value.size());
    return stored;
}

}  // namespace

LaneChoice choose_lane(const TypeName& egress, std::string_view typed_value) {
    if (egress.text() != kPlaygroundEgress) {
        return {std::string(), {}};
    }
    auto value = decode_typed_value(typed_value);
    if (!value || value->type_name != kPlaygroundRecord) {
        return {std::nullopt, "the playground egress takes " + std::string(kPlaygroundRecord)};
    }
    auto record = nlohmann::json::parse(value->value, nullptr, false);
    bool fits = record.is_object() && record.size() == 2 && record.contains("topic") &&
        record["topic"].is_string() && record.contains("payload") && record["payload"].is_string();
    if (!fits) {
        return {std::nullopt, R"(a record must be JSON {"topic": string, "payload": string})"};
    }
    return {record["topic"].get<std::string>(), {}};
}

bool Outbox::restore(std::string_view key, std::string_view value) {
    storage::KeyReader reader(key, storage::kSystemPrefixBytes);
    auto ns = reader.text();
    auto name = ns ? reader.text() : std::nullopt;
    auto lane_name = name ? reader.text() : std::nullopt;
    storage::KeyReader row(value, 0);
    auto delivered = row.u64();
    auto next = row.u64();
    if (!lane_name || !next) {
        return false;
    }
    Lane& lane = lanes_[LaneName{{*ns, *name}, *lane_name}];
    lane.delivered = *delivered;
    lane.next = *next;
    lane.stats.waiting = lane.next - 1 - lane.delivered;
    if (lane.stats.waiting > 0) {
        lane.queue.assume_stored(lane.delivered);
    }
    return true;
}

bool Outbox::can_append(const LaneName& name) const {
    return lanes_.contains(name) || lanes_.size() < kLanesMax;
}

void Outbox::append(
    Draft& draft, const LaneName& name, PartitionId home, const SharedBytes& typed_value
) {
    Lane& lane = lanes_[name];
    std::uint64_t position = lane.next++;
    SharedBytes stored = stored_record(home, typed_value);
    draft.put(record_key(name, position), stored);
    put_row(draft, name, lane);
    draft.hurry();
    ++lane.stats.appended;
    ++lane.stats.waiting;
    lane.queue.push({position, draft.number(), std::move(stored)});
    if (!lane.offered && lane.queue.in_memory() > kLaneItemsMax) {
        lane.queue.spill(core_.ledger.durable(), kLaneKept);
    }
}

void Outbox::put_row(Draft& draft, const LaneName& name, const Lane& lane) {
    std::string row;
    storage::append_u64(row, lane.delivered);
    storage::append_u64(row, lane.next);
    draft.put_row(lane_prefix(Table::egress_row, name), std::move(row));
}

void Outbox::on(const EgressAsked& event) {
    LaneName name{event.egress, event.lane};
    auto found = lanes_.find(name);
    if (found == lanes_.end() || found->second.waiter || found->second.offered) {
        core_.actions.answer(event.waiter, EgressEmpty{});
        return;
    }
    found->second.waiter = event.waiter;
    offer(name, found->second);
}

void Outbox::offer(const LaneName& name, Lane& lane) {
    if (!lane.waiter || lane.offered) {
        return;
    }
    if (lane.queue.empty()) {
        core_.actions.answer(*std::exchange(lane.waiter, std::nullopt), EgressEmpty{});
        return;
    }
    if (lane.queue.ready() == 0) {
        read_on(name, lane);
        return;
    }
    const Queue::Item& item = lane.queue.at(0);
    if (item.number > core_.ledger.durable()) {
        asked_.insert(name);  // Its commit is on its way to the disk: a moment.
        return;
    }
    auto typed_value = SharedBytes(item.bytes.view().substr(kMessageHeadBytes));
    lane.offered = true;
    core_.actions.answer(
        *std::exchange(lane.waiter, std::nullopt),
        EgressOffer{name.egress, name.lane, item.key, std::move(typed_value)}
    );
}

void Outbox::read_on(const LaneName& name, Lane& lane) {
    if (lane.queue.read_out()) {
        return;
    }
    auto gap = lane.queue.begin_read(lane.next);
    ReadRequest request;
    storage::Range range{
        record_key(name, gap.after + 1), record_key(name, gap.before), kReadRowsMax, kMiB
    };
    request.scans.push_back({std::move(range), {}, 0});
    core_.reads.start(std::move(request), [this, name](ReadResult result) {
        Lane& read = lanes_.at(name);
        std::vector<Queue::Item> items;
        for (storage::Row& row : result.scans[0].rows) {
            storage::KeyReader reader(row.key, row.key.size() - kPositionBytes);
            items.push_back({*reader.u64(), CommitNumber{}, std::move(row.value)});
        }
        read.queue.end_read(std::move(items), result.scans[0].more);
        offer(name, read);
    });
}

void Outbox::on(const EgressTaken& event) {
    LaneName name{event.egress, event.lane};
    auto found = lanes_.find(name);
    bool current = found != lanes_.end() && found->second.offered &&
        found->second.queue.at(0).key == event.position;
    if (!current) {
        ++core_.stats.late_events;
        return;
    }
    Lane& lane = found->second;
    lane.offered = false;
    if (event.written) {
        Draft draft = core_.ledger.open();
        draft.erase(record_key(name, event.position));
        lane.delivered = event.position;
        lane.queue.pop();
        ++lane.stats.delivered;
        --lane.stats.waiting;
        put_row(draft, name, lane);
        core_.ledger.close(std::move(draft));
    }
    offer(name, lane);
}

void Outbox::forget_waiter(WaiterId waiter) {
    for (auto& [name, lane] : lanes_) {
        if (lane.waiter == waiter) {
            lane.waiter.reset();
        }
    }
}

void Outbox::on_durable() {
    for (const LaneName& name : std::exchange(asked_, {})) {
        auto found = lanes_.find(name);
        if (found != lanes_.end()) {
            offer(name, found->second);
        }
    }
}

void Outbox::clear() {
    for (auto& [name, lane] : lanes_) {
        if (lane.waiter) {
            core_.actions.answer(*lane.waiter, EgressEmpty{});
        }
    }
    lanes_.clear();
    asked_.clear();
}

}  // namespace sfg::engine
