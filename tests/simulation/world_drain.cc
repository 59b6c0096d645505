// How World comes to rest: no faults, no new work, until nothing goes on. What then still waits was
// forgotten.
#include "protocol/assert.h"
#include "tests/simulation/world.h"

namespace sfg::sim {

namespace {

constexpr int kRoundsMax = 400'000;
// So often time may pass up to the next wake without anything else to do, once all that is due has
// come: longer than the longest pause between two calls, also while a sweep wakes it every 20 ms.
constexpr int kWakesMax = 40'000;
constexpr int kRoundsPerPulse = 8;
// A pulse writes states, whose time has to come, too.
constexpr int kPulsesMax = 1000;
// What is due later than this is left pending.
constexpr std::int64_t kTimersUntilMs = 2 * 3'600'000;
// The same while a type is broken.
constexpr std::int64_t kSiblingsUntilMs = 60'000;

}  // namespace

void World::drain() {
    trace_.add("come to rest");
    quiet_ = true;
    functions_.be_quiet();
    if (steps_until_stopped_ > 0) {
        finish_stop();
    }
    auditor_.books.disk = engine::DiskRoom::plenty;
    process_->give(engine::DiskRoomChanged{engine::DiskRoom::plenty});
    if (auditor_.books.down) {
        outage();
    }
    bind(scenario_.module);
    if (auditor_.books.broken) {
        // Its siblings go on, whatever becomes of it.
        std::int64_t until_ms = auditor_.books.wall_ms + kSiblingsUntilMs;
        rest(until_ms);
        std::string waits = auditor_.waits_in_vain(until_ms);
        auditor_.books.expect(waits.empty(), "beside a broken type " + waits + " still waits (D6)");
        auditor_.books.met(Fact::sibling_rested);
        mend();
    }
    rest(auditor_.books.wall_ms + kTimersUntilMs);
    if (violation()) {
        return;
    }
    read_egresses();
    read_letters();
    auditor_.finished();
    if (scenario_.weight(Move::source) > 0) {
        for (const TypeName& name : SourceLog::names()) {
            auditor_.sources.finished(name, log_.parts(name));
        }
    }
    after_move();
    // What is there is found again.
    for (int again = 0; again < 2 && !violation(); ++again) {
        end_process();
        begin_process();
    }
}

void World::rest(std::int64_t until_ms) {
    int wakes = 0;
    int pulses = 0;
    for (int round = 0; round < kRoundsMax && !violation(); ++round) {
        if (drain_once()) {
            continue;
        }
        // Quiet: no read is out, not even one that failed and is to be repeated.
        // Of what was asked only calls may wait: their functions may never reply.
        bool rests = auditor_.waits_in_vain(until_ms).empty() && process_->engine->quiet() &&
                     (auditor_.books.broken || auditor_.answers.only_calls_wait());
        if (rests && wakes > 0) {
            break;
        }
        bool all_came = auditor_.books.wall_ms > until_ms;
        wakes += all_came || wakes == 0 ? 1 : 0;
        if (wakes > kWakesMax || process_->wake == engine::SteadyMs::max()) {
            break;
        }
        pass(std::max(process_->wake - process_->now, engine::SteadyMs{0}));
        process_->give(engine::Tick{});
        if (scenario_.poison_hangs && auditor_.books.waiting() > 0 && pulses < kPulsesMax &&
            round % kRoundsPerPulse == 0) {
            ++pulses;
            pulse();
        }
    }
}

// A batch that hangs its server is searched only while other calls to the endpoint succeed.
void World::pulse() {
    for (const TypeName& type : Scenario::types()) {
        if (auditor_.books.module.endpoint_of(type) && auditor_.books.broken != type) {
            give(clients_.pulse(WaiterId{++last_waiter_}, {type, "pulse"}));
        }
    }
}

// Whether anything was going on.
bool World::drain_once() {
    bool has_sources = scenario_.weight(Move::source) > 0;
    return reopen() || acquire() || resume_all() || notice() || deliver_read() || answer_call() ||
           take_egress() || begin_write() || finish_write() || (has_sources && source()) ||
           (scenario_.streams && stream());
}

void World::read_egresses() {
    for (const char* lane : {"a", "b", ""}) {
        bool more = true;
        while (more && !violation()) {
            TypeName egress = *lane == '\0' ? TypeName{"e", "other"}
                                            : TypeName{"io.statefun.playground", "egress"};
            ask_lane(egress, lane);
            more = false;
            while (drain_once() && !violation()) {
                more = true;
            }
        }
    }
}

}  // namespace sfg::sim
