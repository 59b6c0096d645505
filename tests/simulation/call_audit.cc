#include "tests/simulation/call_audit.h"

#include "protocol/codec.h"

#include <algorithm>

namespace sfg::sim {

namespace {

std::string of(const Address& target) {
    return " for " + target.text();
}

}  // namespace

CallSeq CallAudit::started(const test::Asked& asked) {
    const Address& target = asked.call.target;
    CallSeq seq = ++last_;
    auto earlier = latest_.find(target);
    // After an answer that told of states that are missing, or that was rejected, the turn goes on.
    bool goes_on = earlier != latest_.end();
    Call call;
    if (goes_on) {
        books_.expect(
            calls_.at(earlier->second).stage != Stage::out,
            "two calls in flight" + of(target) + " (invariant 1)"
        );
        const Call& before = calls_.at(earlier->second);
        check_refused(before);
        go_on(before, asked.batch.state_size() > 0, call);
        calls_.erase(earlier->second);
    } else {
        check_may_start(target);
        books_.expect(
            books_.module.endpoint_of(target.type) == asked.call.endpoint,
            "a call starts at an endpoint that does not serve its function" + of(target)
        );
    }
    evidence_.called(target, asked.call.endpoint);
    call.id = asked.call.id;
    call.target = target;
    check_batch(asked, call);
    check_states(asked, call);
    latest_[target] = seq;
    calls_.emplace(seq, std::move(call));
    return seq;
}

void CallAudit::check_may_start(const Address& target) {
    // Ten minutes, on a clock that may be slowed to half.
    constexpr std::int64_t kParkedForMs = 4 * 60'000;
    const EntityModel& entity = books_.current.entities[target];
    bool parked = (entity.status & kParkedBit) != 0;
    bool rested = books_.wall_ms - entity.parked_ms >= kParkedForMs;
    books_.expect(
        !parked || books_.retried.erase(target) > 0 || rested,
        "a call starts while parked" + of(target)
    );
    books_.expect((entity.status & kPausedBit) == 0, "a call starts while paused" + of(target));
    books_.expect(
        !books_.current.paused_types.contains(target.type),
        "a call starts while its type is paused" + of(target)
    );
    books_.expect(!books_.stopping, "a call starts while the gateway stops" + of(target));
    books_.expect(!books_.store_lost, "a call starts while the store is lost" + of(target));
    books_.expect(
        books_.disk != engine::DiskRoom::below_half_reserve,
        "a call starts without room on the disk" + of(target)
    );
    books_.expect(
        !books_.released.contains(books_.partition(target)),
        "a call starts in a partition that was released" + of(target)
    );
}

void CallAudit::check_batch(const test::Asked& asked, Call& call) {
    const EntityModel& entity = books_.current.entities[call.target];
    auto expected = entity.mailbox.begin();
    bool waits =
        books_.module.endpoints[asked.call.endpoint].failure.dispatch == Dispatch::after_commit;
    CommitNumber rests_on = entity.applied;
    books_.expect(asked.batch.invocations_size() > 0, "an empty batch" + of(call.target));
    for (const auto& invocation : asked.batch.invocations()) {
        std::string text = invocation.argument().value();
        if (expected == entity.mailbox.end()) {
            books_.expect(
                false,
                "message " + text.substr(0, 40) + " is delivered, but does not wait" +
                    of(call.target)
            );
            return;
        }
        wire::ToFunction::Invocation stored;
        bool parsed =
            stored.ParseFromString(std::string(message_invocation(expected->second.bytes)));
        books_.expect(
            parsed && stored.SerializeAsString() == invocation.SerializeAsString(),
            "message " + text.substr(0, 40) + " is delivered where " + expected->second.uid +
                " is next" + of(call.target) + " (invariant 2)"
        );
        call.batch.push_back(expected->first);
        rests_on = std::max(rests_on, expected->first.number);
        ++expected;
    }
    books_.met(Fact::call_after_commit, waits);
    books_.expect(
        !waits || rests_on <= books_.written,
        "a call starts before what it rests on is durable (D3)" + of(call.target)
    );
}

void CallAudit::cancelled(RequestId id) {
    auto found = std::find_if(calls_.begin(), calls_.end(), [id](const auto& call) {
        return call.second.id == id;
    });
    if (found != calls_.end()) {
        forget(found->first);
    }
}

void CallAudit::responded(CallSeq seq, const wire::FromFunction& response, Validity validity) {
    auto found = calls_.find(seq);
    if (found == calls_.end() || found->second.stage != Stage::out) {
        return;  // Late: it must have no effect.
    }
    found->second.stage = Stage::answered;
    found->second.valid = validity == Validity::valid;
    found->second.response = response;
    for (const auto& said : response.incomplete_invocation_context().missing_values()) {
        SpecModel spec;
        spec.mode = static_cast<ExpireMode>(said.expiration_spec().mode());
        spec.ttl_ms = said.expiration_spec().expire_after_millis();
        declared_[{found->second.target.type, said.state_name()}] = spec;
    }
    found->second.reuses_token = reuses_token(found->second);
    books_.met(Fact::token_reused, found->second.valid && found->second.reuses_token);
    if (!found->second.valid || found->second.reuses_token) {
        evidence_.failed(found->second.target, found->second.batch, EvidenceAudit::End::refused);
    }
}

// After a rejected response a new turn begins; after one that spoke of an unknown state the same
// one may go on with a request that asks for what is declared.
void CallAudit::go_on(const Call& before, bool has_states, Call& call) {
    bool rejected =
        !before.valid || (before.response.has_invocation_result() && !is_computed_blindly(before));
    bool may_ask = !before.valid && !has_states;
    if (!rejected || may_ask) {
        call.gone = before.gone;
        call.touched_ms = before.touched_ms;
        call.unsure = before.unsure || may_ask;
    }
}

// Without the states, or in ignorance of what is declared.
bool CallAudit::is_computed_blindly(const Call& call) const {
    const auto& declared = books_.current.registry[call.target.type];
    bool unknown = !call.has_states && !declared.empty();
    for (const auto& mutation : call.response.invocation_result().state_mutations()) {
        unknown = unknown || !declared.contains(mutation.state_name());
    }
    return unknown;
}

// A good response is applied, unless it was computed blindly.
void CallAudit::check_refused(const Call& call) {
    books_.expect(
        !call.valid || !call.response.has_invocation_result() || is_computed_blindly(call) ||
            call.reuses_token,
        "a good response is not applied" + of(call.target)
    );
}

bool CallAudit::reuses_token(const Call& call) const {
    std::map<std::string, bool> pending;  // As the response leaves it so far.
    for (const auto& sent : call.response.invocation_result().delayed_invocations()) {
        const std::string& token = sent.cancellation_token();
        bool in_store = books_.current.tokens.contains({call.target, token});
        bool& is_pending = pending.try_emplace(token, in_store).first->second;
        if (!sent.is_cancellation_request() && is_pending && !token.empty()) {
            return true;
        }
        is_pending = !sent.is_cancellation_request();
    }
    return false;
}

void CallAudit::failed(CallSeq seq, EvidenceAudit::End end) {
    auto found = calls_.find(seq);
    if (found != calls_.end()) {
        evidence_.failed(found->second.target, found->second.batch, end);
        forget(seq);
    }
}

void CallAudit::forget(CallSeq seq) {
    auto found = calls_.find(seq);
    if (found != calls_.end()) {
        latest_.erase(found->second.target);
        calls_.erase(found);
    }
}

void CallAudit::fence() {
    evidence_.fence();
    calls_.clear();
    latest_.clear();
}

bool CallAudit::in_turn(const Address& target) const {
    auto found = latest_.find(target);
    if (found == latest_.end()) {
        return false;
    }
    const Call& call = calls_.at(found->second);
    return call.stage == Stage::out || (call.valid && !call.reuses_token);
}

bool CallAudit::any_out(PartitionId partition) const {
    for (const auto& [target, seq] : latest_) {
        if (books_.partition(target) == partition && calls_.at(seq).stage == Stage::out) {
            return true;
        }
    }
    return false;
}

const CallAudit::Call* CallAudit::answered(const Address& target) const {
    auto found = latest_.find(target);
    if (found == latest_.end() || calls_.at(found->second).stage != Stage::answered) {
        return nullptr;
    }
    return &calls_.at(found->second);
}

void CallAudit::applied(const Address& target) {
    auto found = latest_.find(target);
    books_.expect(
        evidence_.applied(target, calls_.at(found->second).batch),
        "the row of " + target.text() + " still says that its calls fail (D6)"
    );
    calls_.erase(found->second);
    latest_.erase(found);
}

}  // namespace sfg::sim
