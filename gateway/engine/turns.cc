#include "gateway/engine/turns.h"

#include "protocol/assert.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace sfg::engine {

namespace {

constexpr std::size_t kTurnsKept = 64;

}  // namespace

void Turns::start_ready() {
    while (!core_.stopping && !core_.store_lost && core_.disk != DiskRoom::below_half_reserve) {
        Entity* entity =
            core_.dispatcher.next(core_.calls_allowed(), core_.now, [this](Entity& held) {
                core_.set_reason(held, WaitReason::type_down);
            });
        if (entity == nullptr) {
            return;
        }
        SFG_ASSERT(!entity->turn, "invariant 1");
        if (core_.callable(*entity) == 0) {
            core_.consider(*entity);  // Its first message is no longer at hand.
        } else if (!failures_.refuse_oversized(*entity)) {
            Batch batch = batch_for(*entity, limits_of(*entity), core_.event);
            if (gate_.take(*entity, batch.bytes + entity->state_bytes)) {
                start(*entity, batch);
            }
        }
    }
}

BatchLimits Turns::limits_of(const Entity& entity) {
    const EndpointSpec& endpoint = core_.module.endpoints[*entity.endpoint];
    Failures::Limits limits = failures_.limits(entity);
    std::size_t messages = std::min(limits.messages, core_.callable(entity));
    if (endpoint.batch_messages_max != 0) {
        messages = std::min<std::size_t>(messages, endpoint.batch_messages_max);
    }
    std::size_t room = limits.bytes - std::min(limits.bytes, entity.state_bytes);
    return {messages, std::min(room, core_.options.batch_bytes_max)};
}

void Turns::start(Entity& entity, const Batch& batch) {
    entity.turn = new_turn();
    entity.turn->messages = batch.messages;
    entity.turn->gate_bytes = gate_.share_of(batch.bytes + entity.state_bytes);
    states_.registration.begin(entity);
    core_.set_reason(entity, WaitReason::in_flight);
    core_.dispatcher.call_started(entity);
    ++core_.endpoint_waits[*entity.endpoint].calls_since_load;
    ++core_.endpoint_waits[*entity.endpoint].calls_since_walk;
    entity.turn->credit = std::max(kCallCreditBytes, entity.type->commit_size.expected());
    core_.call_credit += entity.turn->credit;
    ++core_.calls_in_flight;
    call(entity);
    loads_.read_ahead(entity);
}

std::unique_ptr<Turn> Turns::new_turn() {
    if (over_.empty()) {
        return std::make_unique<Turn>();
    }
    std::unique_ptr<Turn> turn = std::move(over_.back());
    over_.pop_back();
    *turn = Turn();
    return turn;
}

void Turns::call(Entity& entity) {
    Turn& turn = *entity.turn;
    states_.values.send(entity, state_entries_);
    batch_.clear();
    for (std::uint32_t i = 0; i < turn.messages; ++i) {
        batch_.push_back(entity.mailbox.at(i).bytes);
        core_.newest_called = std::max(core_.newest_called, entity.mailbox.at(i).key.number);
    }
    turn.call = RequestId{++last_call_};
    out_.emplace(last_call_, &entity);
    StartCall start;
    start.epoch = core_.epoch;
    start.id = turn.call;
    start.endpoint = *entity.endpoint;
    start.target = entity.address;
    start.home = entity.partition;
    start.body = make_request(entity.address, state_entries_, batch_);
    turn.request_bytes = start.body.size;
    state_entries_.clear();  // They would keep what was sent in memory.
    batch_.clear();
    core_.entities.touch(entity);
    core_.actions.start_call(std::move(start));
}

Entity* Turns::take(Epoch epoch, RequestId id) {
    auto found = out_.find(static_cast<std::uint64_t>(id));
    if (epoch != core_.epoch || found == out_.end()) {
        return nullptr;
    }
    Entity* entity = found->second;
    out_.erase(found);
    SFG_ASSERT(entity->turn && entity->turn->call == id, "invariant 5");
    return entity;
}

bool Turns::on(ResponseArrived&& event) {
    Entity* entity = take(event.epoch, event.id);
    if (entity == nullptr) {
        return false;
    }
    EndpointId endpoint = *entity->endpoint;
    core_.dispatcher.limit(endpoint).answered(
        {event.latency, entity->turn->messages}, core_.dispatcher.in_flight(endpoint), core_.now
    );
    entity->turn->answer_hold = std::move(event.hold);
    if (auto* result = std::get_if<InvocationResult>(&event.response)) {
        on_result(*entity, *result);
    } else if (auto* incomplete = std::get_if<IncompleteContext>(&event.response)) {
        on_incomplete(*entity, *incomplete);
    } else {
        reject(*entity, std::get<ResponseError>(event.response).reason);
    }
    return true;
}

bool Turns::on(const CallFailed& event) {
    Entity* entity = take(event.epoch, event.id);
    if (entity == nullptr) {
        return false;
    }
    entity->type->stats.failed_calls += event.kind == FailureKind::down ? 1 : 0;
    EndpointId endpoint = *entity->endpoint;
    ConcurrencyLimit& limit = core_.dispatcher.limit(endpoint);
    if (event.overloaded) {
        limit.refused(core_.dispatcher.in_flight(endpoint), core_.now);
    } else {
        limit.ended();
    }
    fail(*entity, event);
    return true;
}

void Turns::on_incomplete(Entity& entity, const IncompleteContext& incomplete) {
    if (auto reason = states_.registration.take(entity, incomplete)) {
        reject(entity, *reason);
    } else {
        call_again(entity, false);
    }
}

void Turns::call_again(Entity& entity, bool canary) {
    drop_needs(*entity.turn);
    entity.turn->answer_hold.reset();
    entity.turn->canary = canary;
    call(entity);
}

void Turns::on_result(Entity& entity, InvocationResult& result) {
    if (!states_.registration.may_apply(entity)) {
        call_again(entity, false);
        return;
    }
    if (bring_needs(entity, result)) {
        finish(entity, result);
    }
}

void Turns::finish(Entity& entity, InvocationResult& result) {
    Turn& turn = *entity.turn;
    if (auto objection = object(entity, result)) {
        if (objection->unknown_state && !turn.canary_for_mutation) {
            turn.canary_for_mutation = true;
            call_again(entity, true);
            return;
        }
        reject(entity, objection->reason);
        return;
    }
    apply(entity, result);
}

void Turns::end_call(Entity& entity, Dispatcher::End end, std::string_view why) {
    Dispatcher::Change change = core_.dispatcher.call_ended(entity, end, core_.now);
    if (change.endpoint || change.type) {
        tell(entity, change, why);
    }
    --core_.calls_in_flight;
    core_.call_credit -= entity.turn->credit;
    gate_.give_back(entity.turn->gate_bytes, core_.dispatcher);
    states_.registration.end(entity, end);
    drop_needs(*entity.turn);
    entity.turn->answer_hold.reset();
    entity.turn->pending.reset();
    if (over_.size() < kTurnsKept) {
        over_.push_back(std::move(entity.turn));
    }
    entity.turn.reset();
}

void Turns::tell(const Entity& entity, Dispatcher::Change change, std::string_view why) {
    Happening happening;
    happening.wall_ms = core_.wall_ms;
    happening.entity = entity.address;
    happening.error = std::string(why.substr(0, kErrorBytesMax));
    EndpointId endpoint = *entity.endpoint;
    happening.endpoint = core_.module.endpoints[endpoint].functions.text();
    if (change.endpoint) {
        bool is_down = core_.dispatcher.is_down(endpoint);
        happening.kind = is_down ? HappeningKind::endpoint_down : HappeningKind::endpoint_up;
        core_.news.tell(happening);
    }
    if (change.type) {
        bool is_down = entity.type->health.gate.is_open();
        happening.kind = is_down ? HappeningKind::type_down : HappeningKind::type_up;
        core_.news.tell(std::move(happening));
    }
}

void Turns::reject(Entity& entity, const std::string& reason) {
    CallFailed failed;
    failed.kind = FailureKind::rejected;
    failed.reason = "the response was rejected: " + reason;
    fail(entity, failed);
}

void Turns::fail(Entity& entity, const CallFailed& failed) {
    Failures::Call call{entity.turn->messages, entity.turn->request_bytes};
    end_call(entity, Failures::end_of(failed), failed.reason);
    failures_.failed(entity, failed, call);
}

void Turns::abandon(Entity& entity) {
    if (entity.turn) {
        core_.actions.cancel_call(entity.turn->call);
        out_.erase(static_cast<std::uint64_t>(entity.turn->call));
        end_call(entity, Dispatcher::End::abandoned);
    }
}

void Turns::abandon(PartitionId partition) {
    // Not those in out_ alone: a turn whose response waits for its needs is in no call any more.
    core_.entities.for_each([&](Entity& entity) {
        if (entity.partition == partition && entity.turn) {
            abandon(entity);
            core_.consider(entity);
        }
    });
}

void Turns::clear() {
    for (auto& [id, entity] : out_) {
        core_.actions.cancel_call(RequestId{id});
    }
    out_.clear();
    gate_.clear();
}

}  // namespace sfg::engine
