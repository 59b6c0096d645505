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
    if (goes_on) {
        books_.expect(
            calls_.at(earlier->second).stage != Stage::out,
            "two calls in flight" + of(target) + " (invariant 1)"
        );
        check_refused(calls_.at(earlier->second));
        calls_.erase(earlier->second);
    } else {
        check_may_start(target);
    }
    Call call;
    call.id = asked.call.id;
    call.target = target;
    check_batch(asked, call);
    check_states(asked, call);
    latest_[target] = seq;
    calls_.emplace(seq, std::move(call));
    return seq;
}

void CallAudit::check_may_start(const Address& target) {
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
        ++expected;
    }
}

void CallAudit::check_states(const test::Asked& asked, Call& call) {
    const auto& declared = books_.current.registry[call.target.type];
    const auto& states = books_.current.entities[call.target].states;
    call.has_states = asked.batch.state_size() > 0;
    if (!call.has_states) {
        return;  // Nothing is declared, or it is to be learnt.
    }
    std::set<std::string> sent;
    for (const auto& state : asked.batch.state()) {
        const std::string& name = state.state_name();
        sent.insert(name);
        auto found = states.find(name);
        bool has = state.has_state_value() && state.state_value().has_value();
        std::string what = "state '" + name + "' of " + call.target.text();
        books_.expect(has || found == states.end(), what + " is sent without its value");
        books_.expect(!has || found != states.end(), what + " is sent, though it was deleted");
        if (has && found != states.end()) {
            wire::TypedValue expected;
            bool parsed = expected.ParseFromString(found->second);
            books_.expect(
                parsed && expected.SerializeAsString() == state.state_value().SerializeAsString(),
                what + " is sent as '" + state.state_value().value() + "' where '" +
                    expected.value() + "' is current"
            );
        }
    }
    books_.expect(sent == declared, "not exactly the declared states are sent" + of(call.target));
}

void CallAudit::cancelled(RequestId id) {
    auto found = std::find_if(calls_.begin(), calls_.end(), [id](const auto& call) {
        return call.second.id == id;
    });
    if (found != calls_.end()) {
        failed(found->first);
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
    found->second.reuses_token = reuses_token(found->second);
    books_.met(Fact::token_reused, found->second.valid && found->second.reuses_token);
}

// A good response is applied, unless it was computed without the states, or speaks of a state that
// is not known yet.
void CallAudit::check_refused(const Call& call) {
    const auto& declared = books_.current.registry[call.target.type];
    bool unknown = !call.has_states && !declared.empty();
    for (const auto& mutation : call.response.invocation_result().state_mutations()) {
        unknown = unknown || !declared.contains(mutation.state_name());
    }
    books_.expect(
        !call.valid || !call.response.has_invocation_result() || unknown || call.reuses_token,
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

void CallAudit::failed(CallSeq seq) {
    auto found = calls_.find(seq);
    if (found != calls_.end()) {
        latest_.erase(found->second.target);
        calls_.erase(found);
    }
}

void CallAudit::fence() {
    calls_.clear();
    latest_.clear();
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
    calls_.erase(found->second);
    latest_.erase(found);
}

}  // namespace sfg::sim
