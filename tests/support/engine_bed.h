// EngineBed: the engine with drivers that do what a test tells them, and nothing by themselves.
//
// Calls wait in `calls` until answer() or fail(); the open group waits until sync(); reads are
// answered at once from the store, or wait while `hold_reads` is set. crash() drops what is not
// durable and begins again on what the store has.
#pragma once

#include "gateway/commit/group.h"
#include "gateway/engine/engine.h"
#include "gateway/runtime/engine_clock.h"
#include "protocol/request_reply.pb.h"
#include "storage/memory_store.h"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sfg::test {

namespace wire = io::statefun::sdk::reqreply;

// What a call asks, parsed.
struct Asked {
    engine::StartCall call;
    wire::ToFunction::InvocationBatchRequest batch;

    [[nodiscard]] std::vector<std::string> arguments() const;
    // The value of a state; nothing: it has none, or it was not sent.
    [[nodiscard]] std::optional<std::string> state(const std::string& name) const;
};

class EngineBed : public engine::Actions {
public:
    // One endpoint for every function of namespace "t", one for "u"; nothing else is bound. An
    // adaptive concurrency would have to be learnt first: each gets all calls that may be.
    explicit EngineBed(engine::EngineOptions options = {});

    // ---- Events.
    WaiterId send(const std::string& type, const std::string& id, const std::string& text);
    WaiterId send_to(const Address& target, const std::string& text);
    WaiterId call(const std::string& type, const std::string& id, const std::string& text);
    WaiterId send_delayed(const std::string& id, const std::string& text, std::int64_t delay_ms);
    WaiterId send_keyed(
        const std::string& id,
        const std::string& text,
        const std::string& key,
        std::uint64_t hash
    );
    WaiterId call_keyed(
        const std::string& id,
        const std::string& text,
        const std::string& key,
        std::uint64_t hash
    );

    // A message of a body; the key may be empty.
    struct InBulk {
        std::string id;
        std::string text;
        std::string key{};
        std::uint64_t hash = 0;
        std::optional<std::int64_t> delay_ms{};
        std::string type = "f";
        std::string ns = "t";
    };

    WaiterId send_bulk(const std::vector<InBulk>& messages);
    WaiterId ask_egress(const std::string& topic);
    void egress_taken(const engine::EgressOffer& offer, bool written);

    // Answers the oldest call, or that of an entity.
    void answer(const wire::FromFunction& response);
    void answer(std::size_t at, const wire::FromFunction& response);
    void fail(engine::FailureKind kind, const std::string& reason);
    // The same with everything that a failure may say; its epoch and id are those of the call.
    void fail_with(std::size_t at, engine::CallFailed failed);

    // Makes the open group durable and tells the engine.
    void sync();
    // Makes it durable; the engine does not hear of it yet.
    void write_group();
    void notice_durable();
    void answer_reads();
    void answer_read(const engine::ReadRequest& request);
    // Time passes, then as many ticks come as are asked for.
    void advance(std::chrono::milliseconds time);
    // One tick, as the host sends it when `wake` has come.
    void tick();

    // Whether the engine has asked for one that is due.
    [[nodiscard]] bool ticks_at_once() const { return wake <= now; }

    // The clock goes on from `now` unless it is set between the two.
    void crash();
    // A new epoch in which it has no partition; its reads are held.
    void begin_without_partitions();
    // Everything on disk of a table, over all partitions.
    [[nodiscard]] std::vector<storage::Row> rows(storage::Table table) const;

    // The engine's time.
    [[nodiscard]] std::int64_t wall_ms() const { return clock_->at(now - started_); }

    // Syncs and answers everything that comes with `function` until nothing goes on.
    using Function = std::function<wire::FromFunction(const Asked&)>;
    void run(const Function& function);

    // ---- What the drivers saw.
    [[nodiscard]] bool answered(WaiterId waiter) const { return answers.contains(waiter); }

    template <typename Kind>
    [[nodiscard]] const Kind* answer_of(WaiterId waiter) const {
        auto found = answers.find(waiter);
        return found == answers.end() ? nullptr : std::get_if<Kind>(&found->second);
    }

    // How many rows of a table of the partitions are durable.
    [[nodiscard]] std::size_t durable_rows(storage::Table table) const;

    [[nodiscard]] const engine::Entity* entity(const std::string& type, const std::string& id) {
        return core->find({{"t", type}, id});
    }

    // Why calls of an entity fail. Requires: they do.
    [[nodiscard]] const std::string& error_of(const std::string& type, const std::string& id) {
        return entity(type, id)->failing->note.error;
    }

    ModuleSpec module;
    engine::EngineOptions options;
    std::unique_ptr<storage::MemoryStore> store;
    std::unique_ptr<engine::Engine> core;
    std::deque<Asked> calls;
    std::map<WaiterId, engine::Answer> answers;
    std::vector<WaiterId> admissions;
    std::vector<std::string> notices;
    std::vector<engine::Happening> happenings;
    std::vector<PartitionId> releases;
    std::deque<engine::ReadRequest> reads;
    bool hold_reads = false;
    std::chrono::milliseconds now{1'000};
    std::chrono::milliseconds wall_offset{0};  // What somebody has set the wall clock by.
    engine::SteadyMs wake = engine::SteadyMs::max();
    commit::Tally tally;
    commit::Group group;
    CommitNumber written{};

    // ---- Actions.
    void read(engine::ReadRequest request) override;
    void start_call(engine::StartCall&& call) override;
    void cancel_call(RequestId id) override;
    void commit(engine::Commit& commit) override;
    void answer(WaiterId waiter, engine::Answer answer) override;

    void admitted(WaiterId waiter) override { admissions.push_back(waiter); }

    void wake_at(engine::SteadyMs when) override { wake = when; }

    void released(PartitionId partition) override { releases.push_back(partition); }

    void notice(std::string text) override { notices.push_back(std::move(text)); }

    void happened(engine::Happening happening) override {
        happenings.push_back(std::move(happening));
    }

private:
    void begin();
    void set_time();
    void settle();
    [[nodiscard]] engine::MessageArrived
    arrival(const Address& target, const std::string& text, bool is_call);

    std::optional<runtime::EngineClock> clock_;
    std::chrono::milliseconds started_{0};
    std::uint64_t last_waiter_ = 0;
    bool settling_ = false;
};

// ---- Responses.
[[nodiscard]] wire::FromFunction done();
[[nodiscard]] wire::FromFunction missing(const std::string& state, const std::string& type);
void add_missing(
    wire::FromFunction& response,
    const std::string& state,
    ExpireMode mode,
    int ttl_ms
);
void delete_state(wire::FromFunction& response, const std::string& name);
void set_state(wire::FromFunction& response, const std::string& name, const std::string& value);
void send(
    wire::FromFunction& response,
    const std::string& type,
    const std::string& id,
    const std::string& text
);
void send_after(
    wire::FromFunction& response,
    const std::string& id,
    const std::string& text,
    std::int64_t delay_ms,
    const std::string& token = {}
);

struct Later {
    std::int64_t delay_ms = 0;
    std::string token;
};

void send_after(
    wire::FromFunction& response,
    const Address& target,
    const std::string& text,
    const Later& later
);
void cancel(wire::FromFunction& response, const std::string& token);
void send(wire::FromFunction& response, const Address& target, const std::string& text);
void send_egress(
    wire::FromFunction& response,
    const std::string& topic,
    const std::string& payload
);
void reply(wire::FromFunction& response, const Asked& asked, int at, const std::string& text);

}  // namespace sfg::test
