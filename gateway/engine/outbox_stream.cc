// The part of Outbox for streams: readers that deliver many records in order and know by themselves
// how far they came. The position outside may be ahead of ours (a crash lost our commit) and is
// never behind what we have let go of.
#include "gateway/engine/dead_letters.h"
#include "gateway/engine/outbox.h"
#include "protocol/assert.h"
#include "protocol/module_spec.h"

#include <algorithm>
#include <utility>

namespace sfg::engine {

namespace {

const std::string kOnlyLane;

// Dead letters belong to an entity; the sender of a record in the outbox is not known any more.
Address letter_address(const TypeName& egress) {
    return {{std::string(kGatewayNamespace), std::string(kEgressTypeName)}, egress.text()};
}

}  // namespace

// Whoever waits asked for what follows on what was given: that is over.
void Outbox::rewind(Lane& lane) {
    lane.offered = 0;
    if (auto waiter = std::exchange(lane.waiter, std::nullopt)) {
        core_.actions.answer(*waiter, EgressEmpty{});
    }
}

void Outbox::on(const StreamOpened& event) {
    if (core_.store_lost || !core_.tables_read) {
        Problem problem{Errc::starting, "the egresses are being read"};
        core_.actions.answer(
            event.waiter, Refused{std::move(problem), std::chrono::seconds(1), {}}
        );
        return;
    }
    Egress& egress = egresses_[event.egress];
    Lane& lane = lane_of(egress, kOnlyLane);
    rewind(lane);
    lane.is_stream = true;
    core_.actions.answer(event.waiter, StreamAt{egress.delivered, egress.next - 1});
}

void Outbox::on(const StreamPulled& event) {
    Lane* lane = find({event.egress, kOnlyLane});
    if (lane == nullptr || lane->waiter) {
        core_.actions.answer(event.waiter, EgressEmpty{});
        return;
    }
    lane->waiter = event.waiter;
    lane->records_max = std::max<std::size_t>(event.records_max, 1);
    lane->bytes_max = event.bytes_max;
    offer({event.egress, kOnlyLane}, *lane);
}

void Outbox::offer_stream(const LaneName& name, Lane& lane) {
    StreamRecords given;
    std::size_t bytes = 0;
    while (lane.offered < lane.queue.ready() && given.records.size() < lane.records_max) {
        const Queue::Item& item = lane.queue.at(lane.offered);
        bytes += item.bytes.size();
        bool is_much = !given.records.empty() && bytes > lane.bytes_max;
        if (is_much || item.number > core_.ledger.durable()) {
            break;
        }
        given.records.push_back({item.key, item.bytes});
        ++lane.offered;
    }
    if (!given.records.empty()) {
        core_.actions.answer(*std::exchange(lane.waiter, std::nullopt), std::move(given));
    } else if (lane.offered == lane.queue.ready() && lane.queue.has_middle()) {
        read_on(name, lane);
    } else {
        asked_.insert(name);  // A record, or its commit, is yet to come.
    }
}

void Outbox::on(const StreamDelivered& event) {
    auto found = egresses_.find(event.egress);
    Lane* lane = found == egresses_.end() ? nullptr : find({event.egress, kOnlyLane});
    bool known = lane != nullptr && event.up_to > found->second.delivered &&
                 event.up_to < found->second.next;
    // While a read is out, what lies behind the head can't be told from what it brings: whoever
    // delivered it says so again with its next position.
    bool in_head = known && event.up_to - found->second.delivered <= lane->queue.ready();
    if (!known || (!in_head && lane->queue.read_out())) {
        ++core_.stats.late_events;
        return;
    }
    Draft& draft = core_.ledger.open();
    found->second.stats.delivered += event.up_to - found->second.delivered;
    pass(draft, event.egress, event.up_to);
    core_.ledger.close(draft);
    offer({event.egress, kOnlyLane}, *lane);
}

// The position passes so far; of one lane, positions are dense, so the rows are known by number.
void Outbox::pass(Draft& draft, const TypeName& name, std::uint64_t up_to) {
    Egress& egress = egresses_.at(name);
    Lane& lane = egress.lanes.find(kOnlyLane)->second;
    std::uint64_t passed = up_to - egress.delivered;
    for (std::uint64_t position = egress.delivered + 1; position <= up_to; ++position) {
        draft.erase(outbox_record_key(name, position));
    }
    lane.queue.take_up_to(up_to);
    charge(lane);
    lane.offered -= std::min<std::size_t>(lane.offered, passed);
    egress.delivered = up_to;
    egress.stats.waiting -= passed;
    egress.found_waiting = up_to + 1 < egress.found_before
                               ? egress.found_waiting - std::min(egress.found_waiting, passed)
                               : 0;
    put_row(draft, name, egress);
}

void Outbox::on(const StreamRewound& event) {
    if (Lane* lane = find({event.egress, kOnlyLane})) {
        rewind(*lane);
    }
}

void Outbox::on(const StreamRefused& event) {
    auto found = egresses_.find(event.egress);
    Lane* lane = found == egresses_.end() ? nullptr : find({event.egress, kOnlyLane});
    bool is_first = lane != nullptr && lane->queue.ready() > 0 &&
                    lane->queue.at(0).key == event.position &&
                    lane->queue.at(0).number <= core_.ledger.durable();
    if (lane != nullptr) {
        rewind(*lane);
    }
    if (!is_first) {
        ++core_.stats.late_events;
        core_.actions.answer(event.waiter, EgressEmpty{});
        return;
    }
    DeadLetter letter;
    letter.is_message = false;
    letter.destination = event.egress.text();
    letter.time_ms = core_.wall_ms;
    letter.note.error = event.reason;
    Address address = letter_address(event.egress);
    Draft& draft = core_.ledger.open();
    draft.hurry();
    std::string key =
        storage::entity_prefix(core_.partitions.of(address), storage::Table::dead_letter, address);
    storage::append_message_key(key, {draft.number(), kEgressLetterBit});
    draft.put(key, encode(letter, message_invocation(lane->queue.at(0).bytes.view())));
    ++found->second.stats.set_aside;
    ++core_.stats.dead_letters;
    pass(draft, event.egress, event.position);
    CommitNumber number = draft.number();
    core_.ledger.close(draft);
    core_.ledger.answer_when_durable(number, event.waiter, EgressEmpty{});
}

}  // namespace sfg::engine
