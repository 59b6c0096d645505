// The moves of World that belong to a bad day.
#include "gateway/commit/reader.h"
#include "protocol/assert.h"
#include "tests/simulation/world.h"

#include <algorithm>

namespace sfg::sim {

bool World::leave() {
    auto waiter = clients_.some_waiter();
    if (!waiter) {
        return false;
    }
    trace_.add("waiter " + std::to_string(static_cast<std::uint64_t>(*waiter)) + " leaves");
    clients_.cut(*waiter);
    process_->give(engine::WaiterGone{*waiter});
    return true;
}

bool World::call_deadline() {
    auto waiter = clients_.some_call();
    if (!waiter) {
        return false;
    }
    trace_.add("deadline of waiter " + std::to_string(static_cast<std::uint64_t>(*waiter)));
    process_->give(engine::CallTimedOut{*waiter});
    return true;
}

bool World::fail_read() {
    if (process_->reads.empty()) {
        return false;
    }
    OutRead& read = random_.pick(process_->reads);
    read.result = storage::StoreError{storage::StoreErrc::io, "a sector can't be read"};
    trace_.add("read " + std::to_string(static_cast<std::uint64_t>(read.request.id)) + " fails");
    return true;
}

bool World::lose_answer() {
    if (process_->calls.empty()) {
        return false;
    }
    OutCall& call = random_.pick(process_->calls);
    call.response = functions_.handle(call.asked);
    trace_.add("the response of " + describe(call.asked) + " is lost, it is called again");
    return true;
}

bool World::invalid_answer() {
    if (process_->calls.empty()) {
        return false;
    }
    std::size_t at = random_.below(process_->calls.size());
    wire::FromFunction response = functions_.handle(process_->calls[at].asked);
    if (!response.has_invocation_result()) {
        return false;
    }
    std::string how = functions_.spoil(response);
    trace_.add("response of " + describe(process_->calls[at].asked) + " with " + how);
    respond(at, response, CallAudit::Validity::invalid);
    return true;
}

bool World::garble_answer() {
    if (process_->calls.empty()) {
        return false;
    }
    std::size_t at = random_.below(process_->calls.size());
    const OutCall& call = process_->calls[at];
    const engine::StartCall& start = call.asked.call;
    std::string bytes = functions_.handle(call.asked).SerializeAsString();
    bytes.resize(bytes.size() / 2);
    bytes += "\xff\xff\xff\xff";
    Response parsed = parse_response(start.target, start.home, bytes);
    trace_.add("garbled response of " + describe(call.asked));
    auditor_.calls.responded(call.seq, {}, CallAudit::Validity::invalid);
    engine::ResponseArrived event{start.epoch, start.id, std::move(parsed)};
    retire(at);
    process_->give(std::move(event));
    return true;
}

bool World::late_answer() {
    if (process_->over.empty()) {
        return false;
    }
    OutCall& call = random_.pick(process_->over);
    const engine::StartCall& start = call.asked.call;
    if (!call.response) {
        call.response = functions_.handle(call.asked);
    }
    trace_.add("late response of " + describe(call.asked));
    Response parsed = parse_response(start.target, start.home, call.response->SerializeAsString());
    process_->give(engine::ResponseArrived{start.epoch, start.id, std::move(parsed)});
    return true;
}

bool World::fail_write() {
    if (!process_->store || process_->writing.empty()) {
        return false;
    }
    disk_->fail_next(random_);
    auto said = process_->finish_write();
    if (said.has_value()) {
        return true;  // The disk's failure strikes later: in a compaction, or not at all.
    }
    if (said.error().code == storage::StoreErrc::sync) {
        trace_.add("a failed sync ends the process");
        end_process();
        disk_->heal();
        begin_process();
        return true;
    }
    process_->lose_store();
    disk_->heal();
    return true;
}

bool World::reopen() {
    if (process_->store) {
        return false;
    }
    std::unique_ptr<storage::Store> opened;
    in_doubt_ = process_->in_doubt;
    if (auto beginning = open_store(opened)) {
        trace_.add("the store is open again");
        process_->reset(std::move(opened), *beginning);
    }
    return true;
}

bool World::release() {
    auto partition = static_cast<PartitionId>(random_.below(scenario_.options.partitions));
    if (process_->engine->partition(partition).ownership != engine::Ownership::owned) {
        return false;
    }
    trace_.add("release partition " + std::to_string(partition));
    auditor_.books.released.insert(partition);
    auditor_.letters.released(partition);
    process_->give(engine::PartitionReleased{partition});
    return true;
}

bool World::disk_room() {
    constexpr engine::DiskRoom kRooms[] = {
        engine::DiskRoom::plenty,
        engine::DiskRoom::plenty,
        engine::DiskRoom::below_reserve,
        engine::DiskRoom::below_half_reserve
    };
    engine::DiskRoom room = kRooms[random_.below(std::size(kRooms))];
    trace_.add("disk room " + std::to_string(static_cast<int>(room)));
    auditor_.books.disk = room;
    process_->give(engine::DiskRoomChanged{room});
    return true;
}

bool World::crash() {
    // Often in the middle of a write.
    if (process_->store && !process_->writing.empty() && random_.one_in(2)) {
        disk_->fail_next(random_);
        process_->in_doubt = process_->writing.last();
        static_cast<void>(process_->finish_write());
    }
    trace_.add("crash");
    end_process();
    if (random_.one_in(2)) {
        trace_.add("the power is cut");
        disk_->cut_power(random_);
    }
    disk_->heal();
    if (random_.one_in(4)) {
        wall_ += std::chrono::seconds(random_.below(100'000));
    }
    begin_process();
    return true;
}

bool World::restart() {
    if (steps_until_stopped_ > 0) {
        return false;
    }
    trace_.add("stop");
    steps_until_stopped_ = 1 + random_.below(60);
    auditor_.books.stopping = true;
    process_->give(engine::StopStarting{});
    return true;
}

// The end of a clean stop: calls in flight are cut, everything else becomes durable.
void World::finish_stop() {
    while (process_->store &&
           (process_->has_open() || !process_->writing.empty() || !process_->notices.empty())) {
        if (process_->writing.empty() && process_->has_open()) {
            process_->begin_write();
        }
        if (!process_->writing.empty()) {
            finish_write();
        }
        notice();
    }
    trace_.add("stopped");
    end_process();
    disk_->heal();  // A failure that was planned and did not strike is not this start's.
    begin_process();
}

void World::end_process() {
    tally_.commits += process_->engine->stats().commits;
    tally_.evictions += process_->engine->stats().evictions;
    tally_.spills += process_->engine->stats().spills;
    tally_.late_events += process_->engine->stats().late_events;
    in_doubt_ = process_->in_doubt;
    steps_until_stopped_ = 0;
    for (const auto& [waiter, what] : auditor_.answers.waiting()) {
        clients_.cut(waiter);
    }
    process_.reset();
    drivers_.clear();
    stream_ = StreamDriver();
    auditor_.process_ended();
}

std::optional<commit::Beginning> World::open_store(std::unique_ptr<storage::Store>& opened) {
    auto store = disk_->open();
    if (store.has_error()) {
        auditor_.books.expect(false, "the store can't be opened: " + store.error().reason);
        return std::nullopt;
    }
    opened = std::move(*store);
    auto rows = read_all(*opened);
    if (rows.has_error()) {
        auditor_.books.expect(false, "the store can't be read: " + rows.error().reason);
        return std::nullopt;
    }
    auditor_.recovered(*rows, in_doubt_);
    in_doubt_.reset();
    bool fails = !quiet_ && scenario_.weight(Move::fail_write) > 0 && random_.one_in(4);
    if (fails) {
        disk_->fail_next(random_);
    }
    auto beginning = commit::begin_epoch(*opened);
    disk_->heal();
    if (beginning.has_error()) {
        trace_.add("an epoch can't begin: " + beginning.error().reason);
        disk_->run_background();
        opened.reset();
        return std::nullopt;
    }
    return *beginning;
}

void World::begin_process() {
    std::optional<commit::Beginning> beginning;
    std::unique_ptr<storage::Store> opened;
    while (!beginning && !violation()) {
        beginning = open_store(opened);
    }
    process_ = std::make_unique<Process>(scenario_, auditor_, trace_, *disk_, clients_);
    trace_.add("start");
    if (beginning) {
        process_->start(std::move(opened), *beginning, wall_);
    }
}

}  // namespace sfg::sim
