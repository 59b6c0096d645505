#include "tests/simulation/world.h"

#include "protocol/assert.h"

#include <algorithm>

namespace sfg::sim {

namespace {

// Chooses again when a move has nothing to do.
constexpr int kTries = 20;
// The most that may wait in the drivers' queues: what they are asked for is bounded.
constexpr std::size_t kReadsMax = 300;
constexpr std::size_t kUndurableSlack = 4 * kMiB;

}  // namespace

void Tally::add(const Tally& other) {
    for (std::size_t i = 0; i < kMoves; ++i) {
        moves[i] += other.moves[i];
    }
    commits += other.commits;
    evictions += other.evictions;
    spills += other.spills;
    late_events += other.late_events;
    messages += other.messages;
    for (std::size_t i = 0; i < kFacts; ++i) {
        facts[i] += other.facts[i];
    }
}

World::World(const Scenario& scenario, Trace& trace)
    : scenario_(scenario),
      trace_(trace),
      random_(scenario.seed * 7919 + 1),
      auditor_(scenario, trace),
      clients_(scenario, random_),
      functions_(scenario, random_),
      log_(scenario, random_) {
    storage::StoreIdentity identity{kStore, scenario.options.partitions};
    disk_ = scenario.leveldb ? make_leveldb_disk(identity, scenario.pages, scenario.seed)
                             : make_memory_disk(identity, scenario.pages);
}

World::~World() = default;

bool World::run(std::uint64_t steps) {
    begin_process();
    for (std::uint64_t i = 1; i <= steps && !violation(); ++i) {
        trace_.begin_step(i);
        step();
    }
    if (!violation()) {
        trace_.begin_step(steps + 1);
        drain();
    }
    tally_.messages = auditor_.books.current.seen.size();
    tally_.facts = auditor_.books.facts;
    process_.reset();
    return !violation();
}

void World::step() {
    choose();
    if (!violation() && steps_until_stopped_ > 0 && --steps_until_stopped_ == 0) {
        finish_stop();
    }
    after_move();
}

void World::choose() {
    unsigned sum = 0;
    for (unsigned weight : scenario_.weights) {
        sum += weight;
    }
    for (int tries = 0; tries < kTries; ++tries) {
        auto at = static_cast<unsigned>(random_.below(sum));
        std::size_t move = 0;
        while (at >= scenario_.weights[move]) {
            at -= scenario_.weights[move++];
        }
        if (make(Move{static_cast<std::uint8_t>(move)})) {
            ++tally_.moves[move];
            return;
        }
    }
}

void World::after_move() {
    if (violation()) {
        return;  // There may be no engine any more.
    }
    Books& books = auditor_.books;
    engine::EngineStats stats = process_->engine->stats();
    books.met(
        Fact::type_held,
        stats.waiting_entities[static_cast<std::size_t>(engine::WaitReason::type_down)] > 0
    );
    books.met(
        Fact::endpoint_held,
        stats.waiting_entities[static_cast<std::size_t>(engine::WaitReason::endpoint_down)] > 0
    );
    books.expect(
        process_->engine->stuck_entities() == 0, "an entity waits without a reason (invariant 11)"
    );
    std::string leak = process_->engine->leak();
    books.expect(leak.empty(), "something is held that nothing explains: " + leak);
    books.expect(process_->reads.size() <= kReadsMax, "too many reads are out (invariant 8)");
    books.expect(
        stats.undurable_bytes <= scenario_.options.commit_queue_bytes_max + kUndurableSlack,
        "the commit queue grows (invariant 8)"
    );
}

bool World::make(Move move) {
    switch (move) {
        case Move::send:
            return send();
        case Move::send_bulk:
            return send_bulk();
        case Move::ask_reply:
            return ask_reply();
        case Move::leave:
            return leave();
        case Move::call_deadline:
            return call_deadline();
        case Move::take_snapshot:
            return take_snapshot();
        case Move::deliver_read:
            return deliver_read();
        case Move::answer_call:
            return answer_call();
        case Move::begin_write:
            return begin_write();
        case Move::finish_write:
            return finish_write();
        case Move::notice:
            return notice();
        case Move::tick:
            process_->give(engine::Tick{});
            return true;
        case Move::pass_time:
            return pass_time();
        case Move::ask_egress:
            return ask_egress();
        case Move::take_egress:
            return take_egress();
        case Move::acquire:
            return acquire();
        case Move::grow_log:
            return grow_log();
        case Move::source:
            return source();
        case Move::stream:
            return stream();
        case Move::reopen:
            return reopen();
        case Move::compact:
            disk_->run_background();
            return true;
        default:
            return make_fault(move);
    }
}

bool World::make_fault(Move move) {
    switch (move) {
        case Move::fail_read:
            return fail_read();
        case Move::lose_answer:
            return lose_answer();
        case Move::invalid_answer:
            return invalid_answer();
        case Move::garble_answer:
            return garble_answer();
        case Move::fail_call:
            return fail_call();
        case Move::late_answer:
            return late_answer();
        case Move::fail_write:
            return fail_write();
        case Move::jump_time:
            return jump_time();
        case Move::set_clock:
            wall_ += std::chrono::minutes(static_cast<std::int64_t>(random_.below(4000)) - 2000);
            trace_.add("the wall clock is set");
            return true;
        case Move::release:
            return release();
        case Move::order:
            return order();
        case Move::letters:
            return letters();
        case Move::refused:
            return refused_records();
        case Move::bad_deploy:
            return deploy_badly();
        case Move::outage:
            return outage();
        case Move::reload:
            return reload();
        case Move::disk_room:
            return disk_room();
        case Move::redeploy:
            functions_.redeploy();
            return true;
        case Move::crash:
            return crash();
        case Move::restart:
            return restart();
        default:
            return false;
    }
}

void World::pass(std::chrono::milliseconds time) {
    process_->now += time;
    wall_ += time;
}

bool World::pass_time() {
    bool to_wake = process_->wake != engine::SteadyMs::max() && random_.one_in(2);
    auto time = to_wake ? process_->wake - process_->now : engine::SteadyMs(random_.below(50));
    pass(std::max(time, engine::SteadyMs{0}));
    if (process_->now >= process_->wake) {
        trace_.add("tick at " + std::to_string(process_->now.count()));
        process_->give(engine::Tick{});
    }
    return true;
}

bool World::jump_time() {
    pass(std::chrono::minutes(random_.below(60 * 30)));
    trace_.add("time jumps to " + std::to_string(process_->now.count()));
    if (random_.one_in(2)) {
        process_->give(engine::Tick{});
    }
    return true;
}

}  // namespace sfg::sim
