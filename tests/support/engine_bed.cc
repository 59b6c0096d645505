// Longer than 300: one bed, whose many small verbs belong side by side.
#include "tests/support/engine_bed.h"

#include "gateway/commit/reader.h"
#include "gateway/commit/recovery.h"
#include "gateway/engine/reads.h"
#include "protocol/assert.h"

#include <nlohmann/json.hpp>

namespace sfg::test {

namespace {

constexpr StoreId kStore{0x1234};
constexpr std::int64_t kWallMs = 1'700'000'000'000;  // When `now` is 0.

}  // namespace

std::vector<std::string> Asked::arguments() const {
    std::vector<std::string> texts;
    for (const auto& invocation : batch.invocations()) {
        texts.push_back(invocation.argument().value());
    }
    return texts;
}

std::optional<std::string> Asked::state(const std::string& name) const {
    for (const auto& state : batch.state()) {
        if (state.state_name() == name && state.has_state_value()) {
            return state.state_value().value();
        }
    }
    return std::nullopt;
}

EngineBed::EngineBed(engine::EngineOptions with) : options(with) {
    if (options.concurrency.is_adaptive()) {
        options.concurrency = Concurrency{kCallsPerEndpointMax};
    }
    for (const char* ns : {"t", "u"}) {
        EndpointSpec endpoint;
        endpoint.functions = {ns, std::nullopt};
        endpoint.url_template = "http://127.0.0.1:1/";
        module.endpoints.push_back(endpoint);
    }
    store =
        std::make_unique<storage::MemoryStore>(storage::StoreIdentity{kStore, options.partitions});
    begin();
}

void EngineBed::begin() {
    auto beginning = commit::begin_epoch(*store);
    SFG_ASSERT(beginning.has_value());
    tally.clear();
    wake = engine::SteadyMs::max();
    core = std::make_unique<engine::Engine>(options, module, *this, kStore);
    started_ = now;
    std::chrono::milliseconds wall = std::chrono::milliseconds(kWallMs) + now + wall_offset;
    clock_.emplace(wall, std::chrono::milliseconds(beginning->engine_time_ms));
    set_time();
    for (PartitionId id = 0; id < options.partitions; ++id) {
        core->on(engine::PartitionAcquired{id});
    }
    core->on(engine::Reset{beginning->first, beginning->ceiling});
    settle();
    SFG_ASSERT(hold_reads || core->ready());
}

void EngineBed::begin_without_partitions() {
    for (PartitionId id = 0; id < options.partitions; ++id) {
        core->on(engine::PartitionReleased{id});
    }
    sync();
    hold_reads = true;
    core->on(engine::StoreLost{});
    auto beginning = commit::begin_epoch(*store);
    SFG_ASSERT(beginning.has_value());
    tally.clear();
    core->on(engine::Reset{beginning->first, beginning->ceiling});
}

void EngineBed::set_time() {
    core->set_time(now, clock_->at(now - started_));
}

std::size_t EngineBed::durable_rows(storage::Table table) const {
    std::size_t count = 0;
    for (PartitionId id = 0; id < options.partitions; ++id) {
        auto range = engine::whole(storage::partition_prefix(id, table), 1'000'000, 1U << 30);
        count += store->snapshot()->scan(range)->rows.size();
    }
    return count;
}

void EngineBed::settle() {
    if (!hold_reads) {
        answer_reads();
    }
}

engine::MessageArrived
EngineBed::arrival(const Address& target, const std::string& text, bool is_call) {
    Address caller{{"io.statefun.gateway", "call"}, std::string(kMessageIdBytes, '?')};
    auto home = partition_of(target.id, options.partitions);
    OpenMessage open = make_open_message(home, is_call ? &caller : nullptr, "t/text", text.size());
    std::copy(text.begin(), text.end(), open.bytes.mutable_data() + open.value_at);
    engine::MessageArrived event;
    event.waiter = WaiterId{++last_waiter_};
    event.target = target;
    event.stored = std::move(open.bytes);
    event.is_call = is_call;
    event.id_end = open.id_end;
    return event;
}

WaiterId EngineBed::send(const std::string& type, const std::string& id, const std::string& text) {
    return send_to({{"t", type}, id}, text);
}

WaiterId EngineBed::send_to(const Address& target, const std::string& text) {
    auto event = arrival(target, text, false);
    WaiterId waiter = event.waiter;
    core->on(std::move(event));
    settle();
    return waiter;
}

WaiterId EngineBed::call(const std::string& type, const std::string& id, const std::string& text) {
    auto event = arrival({{"t", type}, id}, text, true);
    WaiterId waiter = event.waiter;
    core->on(std::move(event));
    settle();
    return waiter;
}

WaiterId
EngineBed::send_delayed(const std::string& id, const std::string& text, std::int64_t delay_ms) {
    auto event = arrival({{"t", "f"}, id}, text, false);
    event.delay = std::chrono::milliseconds(delay_ms);
    WaiterId waiter = event.waiter;
    core->on(std::move(event));
    settle();
    return waiter;
}

WaiterId EngineBed::send_keyed(
    const std::string& id,
    const std::string& text,
    const std::string& key,
    std::uint64_t hash
) {
    auto event = arrival({{"t", "f"}, id}, text, false);
    event.idempotency = engine::Idempotency{key, hash};
    WaiterId waiter = event.waiter;
    core->on(std::move(event));
    settle();
    return waiter;
}

WaiterId EngineBed::call_keyed(
    const std::string& id,
    const std::string& text,
    const std::string& key,
    std::uint64_t hash
) {
    auto event = arrival({{"t", "f"}, id}, text, true);
    event.idempotency = engine::Idempotency{key, hash};
    WaiterId waiter = event.waiter;
    core->on(std::move(event));
    settle();
    return waiter;
}

WaiterId EngineBed::send_bulk(const std::vector<InBulk>& messages) {
    engine::BulkArrived bulk;
    for (const InBulk& one : messages) {
        auto event = arrival({{one.ns, one.type}, one.id}, one.text, false);
        if (!one.key.empty()) {
            event.idempotency = engine::Idempotency{one.key, one.hash};
        }
        if (one.delay_ms) {
            event.delay = std::chrono::milliseconds(*one.delay_ms);
        }
        bulk.waiter = event.waiter;
        bulk.messages.push_back(std::move(event));
    }
    WaiterId waiter = bulk.waiter;
    core->on(std::move(bulk));
    settle();
    return waiter;
}

WaiterId EngineBed::ask_egress(const std::string& topic) {
    WaiterId waiter{++last_waiter_};
    core->on(engine::EgressAsked{waiter, {"io.statefun.playground", "egress"}, topic});
    settle();
    return waiter;
}

void EngineBed::egress_taken(const engine::EgressOffer& offer, bool is_written) {
    core->on(engine::EgressTaken{offer.egress, offer.lane, offer.position, is_written});
    sync();
}

void EngineBed::answer(const wire::FromFunction& response) {
    answer(std::size_t{0}, response);
}

void EngineBed::answer(std::size_t at, const wire::FromFunction& response) {
    Asked asked = std::move(calls.at(at));
    calls.erase(calls.begin() + static_cast<std::ptrdiff_t>(at));
    Response parsed =
        parse_response(asked.call.target, asked.call.home, response.SerializeAsString());
    core->on(engine::ResponseArrived{asked.call.epoch, asked.call.id, std::move(parsed)});
    settle();
}

void EngineBed::fail(engine::FailureKind kind, const std::string& reason) {
    Asked asked = std::move(calls.front());
    calls.pop_front();
    engine::CallFailed failed{asked.call.epoch, asked.call.id, kind, reason, {}};
    failed.point = kind == engine::FailureKind::down ? engine::FailurePoint::connect
                                                     : engine::FailurePoint::answer;
    core->on(failed);
    settle();
}

void EngineBed::fail_with(std::size_t at, engine::CallFailed failed) {
    Asked asked = std::move(calls.at(at));
    calls.erase(calls.begin() + static_cast<std::ptrdiff_t>(at));
    failed.epoch = asked.call.epoch;
    failed.id = asked.call.id;
    core->on(failed);
    settle();
}

void EngineBed::write_group() {
    if (group.empty()) {
        return;
    }
    written = group.last();
    group.close(tally);
    store->commit(group.batch(), [](const storage::StoreResult<void>& result) {
        SFG_ASSERT(result.has_value());
    });
    group.clear();
}

void EngineBed::notice_durable() {
    if (written != CommitNumber{}) {
        core->on(engine::Durable{core->epoch(), std::exchange(written, {})});
        settle();
    }
}

void EngineBed::sync() {
    write_group();
    notice_durable();
}

void EngineBed::answer_reads() {
    while (!reads.empty()) {
        engine::ReadRequest request = std::move(reads.front());
        reads.pop_front();
        answer_read(request);
    }
}

void EngineBed::answer_read(const engine::ReadRequest& request) {
    core->on(engine::Loaded{request.epoch, request.id, commit::answer_read(*store, request)});
}

void EngineBed::advance(std::chrono::milliseconds time) {
    now += time;
    set_time();
    tick();
    for (int ticks = 0; wake <= now; ++ticks) {
        SFG_ASSERT(ticks < 1'000'000, "the engine asks for ticks and does nothing");
        tick();
    }
}

void EngineBed::tick() {
    wake = engine::SteadyMs::max();  // It is spent.
    core->on(engine::Tick{});
    settle();
}

std::vector<storage::Row> EngineBed::rows(storage::Table table) const {
    std::vector<storage::Row> all;
    auto snapshot = store->snapshot();
    for (PartitionId id = 0; id < options.partitions; ++id) {
        std::string prefix = storage::partition_prefix(id, table);
        auto scan = snapshot->scan({prefix, storage::prefix_end(prefix), 1U << 30U, 1U << 30U});
        SFG_ASSERT(scan.has_value());
        all.insert(all.end(), scan->rows.begin(), scan->rows.end());
    }
    return all;
}

void EngineBed::crash() {
    group.clear();
    written = {};
    calls.clear();
    reads.clear();
    answers.clear();
    auto disk = store->disk();
    core.reset();
    store = std::make_unique<storage::MemoryStore>(
        storage::StoreIdentity{kStore, options.partitions}, disk
    );
    begin();
}

void EngineBed::run(const Function& function) {
    while (!calls.empty() || !group.empty()) {
        if (calls.empty()) {
            sync();
        } else {
            wire::FromFunction response = function(calls.front());
            answer(response);
        }
    }
}

void EngineBed::read(engine::ReadRequest request) {
    reads.push_back(std::move(request));
}

void EngineBed::start_call(engine::StartCall&& call) {
    wire::ToFunction request;
    SFG_ASSERT(request.ParseFromString(call.body.flatten()));
    calls.push_back({std::move(call), request.invocation()});
}

void EngineBed::cancel_call(RequestId id) {
    std::erase_if(calls, [id](const Asked& asked) { return asked.call.id == id; });
}

void EngineBed::commit(engine::Commit& commit) {
    group.append(commit);
}

void EngineBed::answer(WaiterId waiter, engine::Answer answer) {
    SFG_ASSERT(!answers.contains(waiter), "a waiter is answered once");
    answers.emplace(waiter, std::move(answer));
}

wire::FromFunction done() {
    wire::FromFunction response;
    response.mutable_invocation_result();
    return response;
}

wire::FromFunction missing(const std::string& state, const std::string& type) {
    wire::FromFunction response;
    auto* spec = response.mutable_incomplete_invocation_context()->add_missing_values();
    spec->set_state_name(state);
    spec->set_type_typename(type);
    return response;
}

void add_missing(
    wire::FromFunction& response,
    const std::string& state,
    ExpireMode mode,
    int ttl_ms
) {
    using Spec = wire::FromFunction::ExpirationSpec;
    auto* spec = response.mutable_incomplete_invocation_context()->add_missing_values();
    spec->set_state_name(state);
    spec->set_type_typename("t/number");
    if (mode != ExpireMode::none) {
        bool write = mode == ExpireMode::after_write;
        spec->mutable_expiration_spec()->set_mode(write ? Spec::AFTER_WRITE : Spec::AFTER_INVOKE);
        spec->mutable_expiration_spec()->set_expire_after_millis(ttl_ms);
    }
}

void delete_state(wire::FromFunction& response, const std::string& name) {
    auto* mutation = response.mutable_invocation_result()->add_state_mutations();
    mutation->set_mutation_type(wire::FromFunction::PersistedValueMutation::DELETE);
    mutation->set_state_name(name);
}

void set_state(wire::FromFunction& response, const std::string& name, const std::string& value) {
    auto* mutation = response.mutable_invocation_result()->add_state_mutations();
    mutation->set_mutation_type(wire::FromFunction::PersistedValueMutation::MODIFY);
    mutation->set_state_name(name);
    mutation->mutable_state_value()->set_typename_("t/number");
    mutation->mutable_state_value()->set_has_value(true);
    mutation->mutable_state_value()->set_value(value);
}

void send(
    wire::FromFunction& response,
    const std::string& type,
    const std::string& id,
    const std::string& text
) {
    send(response, {{"t", type}, id}, text);
}

void send(wire::FromFunction& response, const Address& target, const std::string& text) {
    auto* message = response.mutable_invocation_result()->add_outgoing_messages();
    message->mutable_target()->set_namespace_(target.type.ns);
    message->mutable_target()->set_type(target.type.name);
    message->mutable_target()->set_id(target.id);
    message->mutable_argument()->set_typename_("t/text");
    message->mutable_argument()->set_has_value(true);
    message->mutable_argument()->set_value(text);
}

void send_after(
    wire::FromFunction& response,
    const std::string& id,
    const std::string& text,
    std::int64_t delay_ms,
    const std::string& token
) {
    send_after(response, {{"t", "f"}, id}, text, {delay_ms, token});
}

void send_after(
    wire::FromFunction& response,
    const Address& target,
    const std::string& text,
    const Later& later
) {
    auto* message = response.mutable_invocation_result()->add_delayed_invocations();
    message->set_delay_in_ms(later.delay_ms);
    message->set_cancellation_token(later.token);
    message->mutable_target()->set_namespace_(target.type.ns);
    message->mutable_target()->set_type(target.type.name);
    message->mutable_target()->set_id(target.id);
    message->mutable_argument()->set_typename_("t/text");
    message->mutable_argument()->set_has_value(true);
    message->mutable_argument()->set_value(text);
}

void cancel(wire::FromFunction& response, const std::string& token) {
    auto* message = response.mutable_invocation_result()->add_delayed_invocations();
    message->set_is_cancellation_request(true);
    message->set_cancellation_token(token);
}

void send_egress(
    wire::FromFunction& response,
    const std::string& topic,
    const std::string& payload
) {
    auto* record = response.mutable_invocation_result()->add_outgoing_egresses();
    record->set_egress_namespace("io.statefun.playground");
    record->set_egress_type("egress");
    record->mutable_argument()->set_typename_("io.statefun.playground/EgressRecord");
    record->mutable_argument()->set_has_value(true);
    nlohmann::json body = {{"topic", topic}, {"payload", payload}};
    record->mutable_argument()->set_value(body.dump());
}

void reply(wire::FromFunction& response, const Asked& asked, int at, const std::string& text) {
    const auto& caller = asked.batch.invocations(at).caller();
    auto* message = response.mutable_invocation_result()->add_outgoing_messages();
    *message->mutable_target() = caller;
    message->mutable_argument()->set_typename_("t/text");
    message->mutable_argument()->set_has_value(true);
    message->mutable_argument()->set_value(text);
}

}  // namespace sfg::test
