#include "gateway/engine/outbox.h"

#include "protocol/assert.h"
#include "protocol/module_spec.h"

#include <algorithm>
#include <utility>

namespace sfg::engine {

namespace {

using storage::Table;

constexpr std::size_t kPositionBytes = 8;
constexpr std::size_t kReadRowsMax = 1024;

std::string egress_prefix(Table table, const TypeName& name) {
    std::string key = storage::system_prefix(table);
    storage::append_text(key, name.ns);
    storage::append_text(key, name.name);
    return key;
}

}  // namespace

std::string outbox_record_key(const TypeName& egress, std::uint64_t position) {
    std::string key = egress_prefix(Table::outbox, egress);
    storage::append_u64(key, position);
    return key;
}

bool Outbox::restore(std::string_view key, std::string_view value) {
    storage::KeyReader reader(key, storage::kSystemPrefixBytes);
    auto ns = reader.text();
    auto name = ns ? reader.text() : std::nullopt;
    storage::KeyReader row(value, 0);
    auto delivered = row.u64();
    auto next = row.u64();
    auto waiting = row.u64();
    if (!name || !waiting) {
        return false;
    }
    Egress& egress = egresses_[{*ns, *name}];
    egress.next = *next;
    egress.delivered = *delivered;
    egress.found_after = *delivered;
    egress.found_before = *next;
    egress.found_waiting = *waiting;
    egress.stats.waiting = *waiting;
    return true;
}

bool Outbox::is_declared(const TypeName& egress, const std::string& lane) const {
    for (const KafkaEgressSpec& kafka : core_.module.kafka_egresses) {
        if (kafka.id == egress) {
            return lane.empty();
        }
    }
    const auto& playground = core_.module.playground_egress;
    return playground && egress.text() == kPlaygroundEgress &&
           std::find(playground->topics.begin(), playground->topics.end(), lane) !=
               playground->topics.end();
}

bool Outbox::Room::take(const TypeName& name, const std::string& lane) {
    auto found = outbox_.egresses_.find(name);
    bool new_egress = found == outbox_.egresses_.end();
    if (new_egress && !made_.contains(name)) {
        if (outbox_.egresses_.size() + egresses_made_ >= kEgressesMax) {
            return false;
        }
        ++egresses_made_;
        made_.try_emplace(name);
    }
    bool there = !new_egress && found->second.lanes.contains(lane);
    if (there || outbox_.is_declared(name, lane)) {
        return true;
    }
    std::set<std::string>& made = made_[name];
    made.insert(lane);
    return (new_egress ? 0 : found->second.lanes.size()) + made.size() <= kLanesMax;
}

Outbox::Lane& Outbox::lane_of(Egress& egress, const std::string& name) {
    auto [found, is_new] = egress.lanes.try_emplace(name);
    if (is_new && egress.found_waiting > 0) {
        found->second.queue.assume_stored(egress.found_after);
        charge(found->second);
    }
    return found->second;
}

Outbox::Lane* Outbox::find(const LaneName& name) {
    auto egress = egresses_.find(name.first);
    if (egress == egresses_.end()) {
        return nullptr;
    }
    auto lane = egress->second.lanes.find(name.second);
    return lane == egress->second.lanes.end() ? nullptr : &lane->second;
}

std::uint64_t Outbox::append(Draft& draft, const NewRecord& record) {
    Egress& egress = egresses_[record.egress];
    Lane& lane = lane_of(egress, record.lane);
    std::uint64_t position = egress.next++;
    SharedBytes stored = make_record(record.home, record.typed_value.view());
    draft.put(outbox_record_key(record.egress, position), stored);
    if (!lane.is_stream) {
        draft.hurry();  // A stream gathers records for longer than the disk takes by itself.
    }
    ++egress.stats.appended;
    ++egress.stats.waiting;
    put_row(draft, record.egress, egress);
    lane.queue.push({position, draft.number(), std::move(stored)});
    keep_within_limits(lane);
    if (lane.waiter) {
        asked_.insert({record.egress, record.lane});
    }
    return position;
}

void Outbox::put_row(Draft& draft, const TypeName& name, Egress& egress) {
    std::string row;
    storage::append_u64(row, egress.delivered);
    storage::append_u64(row, egress.next);
    storage::append_u64(row, egress.stats.waiting);
    draft.put_row(egress_prefix(Table::egress_row, name), row);
}

void Outbox::on(const EgressAsked& event) {
    auto egress = egresses_.find(event.egress);
    // Only declared topics are asked for, so asking makes no more lanes than there are of those.
    bool known = egress != egresses_.end();
    Lane* lane = known ? &lane_of(egress->second, event.lane) : nullptr;
    if (lane == nullptr || lane->waiter || lane->offered > 0) {
        core_.actions.answer(event.waiter, EgressEmpty{});
        return;
    }
    lane->waiter = event.waiter;
    lane->records_max = 0;
    offer({event.egress, event.lane}, *lane);
}

void Outbox::offer(const LaneName& name, Lane& lane) {
    if (lane.waiter && lane.records_max > 0) {
        offer_stream(name, lane);
        return;
    }
    if (!lane.waiter || lane.offered > 0) {
        return;
    }
    if (lane.taken > core_.ledger.durable()) {
        asked_.insert(name);
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
    lane.offered = 1;
    core_.actions.answer(
        *std::exchange(lane.waiter, std::nullopt),
        EgressOffer{name.first, name.second, item.key, std::move(typed_value)}
    );
}

void Outbox::read_on(const LaneName& name, Lane& lane) {
    if (lane.queue.read_out()) {
        return;
    }
    auto gap = lane.queue.begin_read(egresses_.at(name.first).next);
    ReadRequest request;
    storage::Range range{
        outbox_record_key(name.first, gap.after + 1),
        outbox_record_key(name.first, gap.before),
        kReadRowsMax,
        kMiB
    };
    request.scans.push_back({std::move(range), {}, 0});
    core_.reads.start(std::move(request), [this, name](ReadResult result) {
        take_rows(name, result.scans[0]);
    });
}

// The rows of all lanes of the egress come; those of this one are taken.
void Outbox::take_rows(const LaneName& name, const storage::ScanResult& rows) {
    Lane* lane = find(name);
    SFG_ASSERT(lane != nullptr, "lanes stay");
    std::vector<Queue::Item> items;
    std::uint64_t seen = 0;
    for (const storage::Row& row : rows.rows) {
        storage::KeyReader reader(row.key, row.key.size() - kPositionBytes);
        seen = *reader.u64();
        LaneChoice choice = choose_lane(name.first, row.value.view().substr(kMessageHeadBytes));
        if (choice.lane == name.second) {
            items.push_back({seen, CommitNumber{}, row.value});
        }
    }
    lane->queue.end_read(std::move(items), rows.more, rows.more ? seen : 0);
    charge(*lane);
    offer(name, *lane);
}

void Outbox::on(const EgressTaken& event) {
    LaneName name{event.egress, event.lane};
    Lane* lane = find(name);
    if (lane == nullptr || lane->offered == 0 || lane->queue.at(0).key != event.position) {
        ++core_.stats.late_events;
        return;
    }
    lane->offered = 0;
    if (event.written) {
        taken(name, *lane, event.position);
    }
    offer(name, *lane);
}

void Outbox::taken(const LaneName& name, Lane& lane, std::uint64_t position) {
    Egress& egress = egresses_.at(name.first);
    lane.queue.pop();
    charge(lane);
    ++egress.stats.delivered;
    --egress.stats.waiting;
    egress.found_waiting -= position < egress.found_before && egress.found_waiting > 0 ? 1 : 0;
    // Up to where nothing waits in any lane: what was found at the start may be in lanes that
    // nobody has asked for yet.
    std::uint64_t delivered = egress.found_waiting > 0 ? egress.found_after : egress.next - 1;
    for (const auto& [lane_name, other] : egress.lanes) {
        if (!other.queue.empty()) {
            delivered = std::min(delivered, other.queue.first_possible() - 1);
        }
    }
    egress.delivered = std::max(egress.delivered, delivered);
    Draft& draft = core_.ledger.open();
    draft.hurry();
    lane.taken = draft.number();
    draft.erase(outbox_record_key(name.first, position));
    put_row(draft, name.first, egress);
    core_.ledger.close(draft);
}

void Outbox::on_durable() {
    cut_all_if_much();
    for (const LaneName& name : std::exchange(asked_, {})) {
        if (Lane* lane = find(name)) {
            offer(name, *lane);
        }
    }
}

void Outbox::clear() {
    for (auto& [name, egress] : egresses_) {
        for (auto& [lane_name, lane] : egress.lanes) {
            if (lane.waiter) {
                core_.actions.answer(*lane.waiter, EgressEmpty{});
            }
        }
    }
    egresses_.clear();
    asked_.clear();
    bytes_ = 0;
}

}  // namespace sfg::engine
