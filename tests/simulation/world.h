// World: everything around the gateway, and who decides what happens next.
//
// A run is a series of moves (scenario.h). Each is chosen by chance from the seed; nothing else is
// random, so one seed is one run. Moves feed the engine events in any order that the drivers could:
// responses before or after durable notices, loads late, timers whenever.
//
// Threads: one.
#pragma once

#include "tests/simulation/auditor.h"
#include "tests/simulation/clients.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/model_functions.h"
#include "tests/simulation/process.h"
#include "tests/simulation/source_driver.h"
#include "tests/simulation/source_log.h"
#include "tests/simulation/stream_driver.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>

namespace sfg::sim {

// How often what has happened: to see that a fault was met at all.
struct Tally {
    std::uint64_t moves[kMoves] = {};
    std::uint64_t commits = 0;
    std::uint64_t evictions = 0;
    std::uint64_t spills = 0;
    std::uint64_t late_events = 0;
    std::uint64_t messages = 0;
    Facts facts{};

    void add(const Tally& other);
};

class World {
public:
    World(const Scenario& scenario, Trace& trace);
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    ~World();

    // So many moves, then everything comes to rest. False: a promise was broken.
    [[nodiscard]] bool run(std::uint64_t steps);

    [[nodiscard]] const std::optional<std::string>& violation() const {
        return auditor_.books.violation;
    }

    [[nodiscard]] const Tally& tally() const { return tally_; }

    // What the store held at the end.
    [[nodiscard]] std::uint64_t digest() const { return trace_.digest(); }

private:
    // Each does its move, or says that there is nothing to do.
    bool make(Move move);
    bool make_fault(Move move);
    bool send();
    void give(Clients::Outgoing out);
    bool send_bulk();
    bool ask_reply();
    bool leave();
    bool call_deadline();
    bool take_snapshot();
    bool deliver_read();
    bool fail_read();
    bool answer_call();
    bool lose_answer();
    bool invalid_answer();
    bool garble_answer();
    bool fail_call();
    bool late_answer();
    bool begin_write();
    bool finish_write();
    bool fail_write();
    bool notice();
    bool pass_time();
    bool jump_time();
    bool ask_egress();
    bool take_egress();
    bool release();
    bool acquire();
    bool grow_log();
    bool source();
    bool stream();
    bool refused_records();
    bool order();
    bool letters();
    bool deploy_badly();
    bool outage();
    bool reload();
    void bind(const ModuleSpec& next);
    bool disk_room();
    bool crash();
    bool restart();
    bool reopen();

    void step();
    void choose();
    void after_move();

    void begin_process();
    void end_process();
    // Opens the store and begins an epoch; nothing: it failed this time.
    std::optional<commit::Beginning> open_store(std::unique_ptr<storage::Store>& opened);
    void pass(std::chrono::milliseconds time);
    void respond(std::size_t at, const wire::FromFunction& response, CallAudit::Validity validity);
    void retire(std::size_t at);
    // Whether the function can't process the call's batch, or is not there; then it has said so.
    bool refuse(std::size_t at);
    void fail(std::size_t at, engine::CallFailed event);
    [[nodiscard]] static AnswerAudit::Waiter order_of(const Address& target);
    void give_order(const Address& target, engine::EntityAction action);
    void order_type(const TypeName& type, engine::TypeAction action);
    bool resume_all();
    void mend();
    void list_letters(LetterAudit::Question question);
    void order_letter(const LetterModel& letter, engine::DeadLetterAction action);
    void ask_stream(StreamDriver::Question question);
    void tell_delivered();
    void end_transaction();
    bool run_source(const TypeName& name);
    WaiterId next_source_waiter(SourceDriver& driver);
    void open_source(const TypeName& name, SourceDriver& driver);
    void ask_source(const TypeName& name, SourceDriver& driver);
    void give_records(const TypeName& name, SourceDriver& driver, SourceDriver::Batch batch);
    void give_wrongly(const TypeName& name, SourceDriver& driver);
    void finish_stop();
    void ask_lane(const TypeName& egress, const std::string& lane);

    // Quiet: no faults, until nothing goes on.
    void drain();
    // Until nothing goes on, or nothing of the kind waits any more.
    void rest(std::int64_t until_ms);
    void pulse();
    bool drain_once();
    void read_egresses();
    void read_letters();

    const Scenario& scenario_;
    Trace& trace_;
    Random random_;
    Auditor auditor_;
    Clients clients_;
    ModelFunctions functions_;
    SourceLog log_;
    std::map<TypeName, SourceDriver> drivers_;
    StreamDriver stream_;
    std::unique_ptr<Disk> disk_;
    std::unique_ptr<Process> process_;
    std::chrono::milliseconds wall_{1'700'000'000'000};
    std::optional<CommitNumber> in_doubt_;  // Of the process that ended.
    std::uint64_t last_waiter_ = 0;
    std::uint64_t steps_until_stopped_ = 0;
    std::set<Address> resumed_;  // When it comes to rest.
    std::set<TypeName> resumed_types_;
    bool quiet_ = false;
    Tally tally_;
};

}  // namespace sfg::sim
