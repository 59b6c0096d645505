// What a turn costs in the engine alone: no sockets, no disk, no threads.
//
// Messages for many entities are taken in rounds, their requests built, the answers parsed and
// applied, and what they change gathered into groups, as the process does under load. Reads find
// nothing, groups become durable at once. The work is the same in every run, so its instructions
// can be counted and compared: budget.py.
//
//     core_turn [counter|chain] [messages] [entities]
//
// counter: one state of 8 bytes. chain: besides, a message to another entity, whose
// turn is counted too.
#include "gateway/commit/group.h"
#include "gateway/engine/engine.h"
#include "protocol/request_reply.pb.h"
#include "protocol/ring.h"
#include "tests/bench/allocation_count.h"

#include <xxhash.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sfg {

namespace {

namespace wire = io::statefun::sdk::reqreply;

constexpr std::size_t kRound = 64;  // Messages that arrive together.
constexpr StoreId kStore{1};
constexpr std::string_view kIdPrefix = "id-";

class Drivers : public engine::Actions {
public:
    void read(engine::ReadRequest request) override { reads.push_back(std::move(request)); }

    void start_call(engine::StartCall&& call) override { calls.push_back(std::move(call)); }

    void cancel_call(RequestId) override {}

    void commit(engine::Commit& commit) override { group.append(commit); }

    void answer(WaiterId, engine::Answer) override { ++answers; }

    void admitted(WaiterId) override {}

    void wake_at(engine::SteadyMs) override {}

    void released(PartitionId) override {}

    void notice(std::string text) override { std::fprintf(stderr, "%s\n", text.c_str()); }

    void happened(engine::Happening) override {}

    std::deque<engine::ReadRequest> reads;
    Ring<engine::StartCall> calls;
    commit::Tally tally;
    commit::Group group;
    std::uint64_t answers = 0;
};

ModuleSpec bound() {
    EndpointSpec endpoint;
    endpoint.functions = {"bench", std::nullopt};
    endpoint.url_template = "http://127.0.0.1:1/";
    endpoint.concurrency = Concurrency{kRound};
    ModuleSpec module;
    module.endpoints.push_back(endpoint);
    return module;
}

// What the function answers, always: its state has a new value.
wire::FromFunction answer() {
    wire::FromFunction response;
    auto* mutation = response.mutable_invocation_result()->add_state_mutations();
    mutation->set_state_name("count");
    mutation->set_mutation_type(wire::FromFunction::PersistedValueMutation::MODIFY);
    mutation->mutable_state_value()->set_typename_("io.statefun.types/long");
    mutation->mutable_state_value()->set_has_value(true);
    mutation->mutable_state_value()->set_value(std::string("\x09\x2a\0\0\0\0\0\0\0", 9));
    return response;
}

wire::FromFunction missing() {
    wire::FromFunction response;
    auto* state = response.mutable_incomplete_invocation_context()->add_missing_values();
    state->set_state_name("count");
    state->set_type_typename("io.statefun.types/long");
    return response;
}

std::string id_of(std::size_t entity) {
    return std::string(kIdPrefix) + std::to_string(entity);
}

// The same, with a message to the sink of this id.
wire::FromFunction chain_answer(const std::string& id) {
    wire::FromFunction response = answer();
    auto* result = response.mutable_invocation_result();
    auto* message = result->add_outgoing_messages();
    message->mutable_target()->set_namespace_("bench");
    message->mutable_target()->set_type("sink");
    message->mutable_target()->set_id(id);
    *message->mutable_argument() = result->state_mutations(0).state_value();
    return response;
}

class Bench {
public:
    Bench(bool chain, std::size_t entities) : entities_(entities), module_(bound()) {
        for (std::size_t i = 0; chain && i < entities_; ++i) {
            answers_.push_back(chain_answer(id_of(i)).SerializeAsString());
        }
        engine::EngineOptions options;
        options.memory_budget_bytes = 64 * kMiB;  // Nothing is evicted.
        engine_ = std::make_unique<engine::Engine>(options, module_, drivers_, kStore);
        engine_->set_time(std::chrono::milliseconds(1), 1'700'000'000'000);
        for (PartitionId id = 0; id < options.partitions; ++id) {
            engine_->on(engine::PartitionAcquired{id});
        }
        engine_->on(engine::Reset{CommitNumber{1}, CommitNumber{1'000'000'000}});
        rest();
    }

    void run(std::size_t messages) {
        for (std::size_t done = 0; done < messages; done += kRound) {
            for (std::size_t i = 0; i < kRound; ++i) {
                arrive();
            }
            rest();
        }
    }

    std::uint64_t turns() const { return turns_; }

private:
    void arrive() {
        TypedValue argument{"bench/add", true, std::string(15, 'a')};
        std::string id = id_of(next_entity_++ * 7919 % entities_);
        engine::MessageArrived event;
        event.waiter = WaiterId{++last_waiter_};
        event.stored = make_message(partition_of(id, kPartitions), nullptr, argument);
        event.target = {{"bench", "counter"}, std::move(id)};
        tick();
        engine_->on(std::move(event));
    }

    // Everything that was asked for is done.
    void rest() {
        while (!drivers_.reads.empty() || !drivers_.calls.empty() || !drivers_.group.empty()) {
            find_nothing();
            answer_calls();
            if (!drivers_.group.empty()) {
                CommitNumber last = drivers_.group.last();
                drivers_.group.close(drivers_.tally);
                drivers_.group.clear();
                engine_->on(engine::Durable{engine_->epoch(), last});
            }
        }
    }

    void find_nothing() {
        while (!drivers_.reads.empty()) {
            engine::ReadRequest request = std::move(drivers_.reads.front());
            drivers_.reads.pop_front();
            engine::ReadResult nothing;
            nothing.gets.resize(request.gets.size());
            nothing.scans.resize(request.scans.size());
            engine_->on(engine::Loaded{request.epoch, request.id, std::move(nothing)});
        }
    }

    void answer_calls() {
        while (!drivers_.calls.empty()) {
            engine::StartCall call = std::move(drivers_.calls.front());
            drivers_.calls.pop_front();
            const std::string& bytes = answer_for(call);
            ++turns_;
            Response response = parse_response(call.target, call.home, bytes);
            tick();
            engine_->on(engine::ResponseArrived{call.epoch, call.id, std::move(response)});
        }
    }

    const std::string& answer_for(const engine::StartCall& call) {
        bool is_counter = call.target.type.name == "counter";
        if (!std::exchange(is_counter ? counter_asked_ : sink_asked_, true)) {
            return first_;
        }
        if (answers_.empty() || !is_counter) {
            return answer_;
        }
        return answers_[std::strtoull(call.target.id.c_str() + kIdPrefix.size(), nullptr, 10)];
    }

    void tick() { engine_->set_time(std::chrono::milliseconds(2), 1'700'000'000'001); }

    const std::size_t entities_;
    const ModuleSpec module_;
    Drivers drivers_;
    std::unique_ptr<engine::Engine> engine_;
    std::string first_ = missing().SerializeAsString();
    std::string answer_ = sfg::answer().SerializeAsString();
    std::vector<std::string> answers_;  // Of `chain`, by entity.
    bool counter_asked_ = false;
    bool sink_asked_ = false;
    std::size_t next_entity_ = 0;
    std::uint64_t last_waiter_ = 0;
    std::uint64_t turns_ = 0;
};

}  // namespace

// What is measured: instruction counters start and stop at this function's name.
[[gnu::noinline]] void measured_turns(Bench& bench, std::size_t messages) {
    bench.run(messages);
}

}  // namespace sfg

int main(int argc, char** argv) {
    bool chain = argc > 1 && std::strcmp(argv[1], "chain") == 0;
    std::size_t messages = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 200'000;
    std::size_t entities = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 10'000;
    sfg::Bench bench(chain, entities);
    bench.run(2 * entities);  // All are in memory from here on.
    std::uint64_t before = bench.turns();
    std::uint64_t allocated = sfg::allocation_count();
    auto began = std::chrono::steady_clock::now();
    sfg::measured_turns(bench, messages);
    std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - began;
    auto done = static_cast<double>(bench.turns() - before);
    std::printf(
        "{\"turns\": %.0f, \"ns_per_turn\": %.0f, \"allocations_per_turn\": %.2f,"
        " \"made_by\": \"%s, protobuf %d, xxHash %u\"}\n",
        done,
        took.count() / done,
        static_cast<double>(sfg::allocation_count() - allocated) / done,
        __VERSION__,
        GOOGLE_PROTOBUF_VERSION,
        XXH_versionNumber()
    );
    return 0;
}
