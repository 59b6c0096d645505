// The part of CommitAudit that compares a turn's commit with the response it comes from.
#include "protocol/codec.h"
#include "tests/simulation/commit_audit.h"
#include "tests/simulation/decode.h"

#include <nlohmann/json.hpp>

namespace sfg::sim {

namespace {

Address to_address(const wire::Address& from) {
    return {{from.namespace_(), from.type()}, from.id()};
}

bool is_playground(const wire::FromFunction::EgressMessage& record) {
    return record.egress_namespace() == "io.statefun.playground" &&
           record.egress_type() == "egress";
}

// Whether a record can be delivered: the playground's ones have a topic.
bool has_lane(const wire::FromFunction::EgressMessage& record) {
    if (!is_playground(record)) {
        return true;
    }
    auto json = nlohmann::json::parse(record.argument().value(), nullptr, false);
    return json.is_object() && json.contains("topic");
}

}  // namespace

void CommitAudit::check_turn(Effects& effects) {
    const Address target = effects.consumed.front().target;
    const CallAudit::Call* call = calls_.answered(target);
    if (call == nullptr) {
        expect(false, "a turn of " + target.text() + " is applied without a response that counts");
        return;
    }
    expect(
        call->valid && call->response.has_invocation_result(),
        "a response that can't be accepted is applied for " + target.text()
    );
    std::vector<MessageKey> consumed;
    for (const Effects::Gone& gone : effects.consumed) {
        expect(gone.target == target, "a turn consumes messages of two entities");
        consumed.push_back(gone.key);
    }
    expect(
        consumed == call->batch,
        "a turn of " + target.text() + " consumes other messages than its batch"
    );
    check_sends(effects, *call);
    check_delayed(effects, *call);
    Replies replies;
    for (const auto& sent : call->response.invocation_result().outgoing_messages()) {
        if (to_address(sent.target()).type == kCallType) {
            replies.emplace_back(sent.target().id(), sent.argument().SerializeAsString());
        }
    }
    check_replies(effects, replies);
    check_egress(effects, *call);
    check_states(effects, *call);
    expect(effects.marks.empty() && effects.taken.empty(), "a turn changes more than its effects");
    effects.touched = {target, call->built_ms};
    calls_.applied(target);
}

void CommitAudit::check_sends(const Effects& effects, const CallAudit::Call& call) {
    auto put = effects.puts.begin();
    for (const auto& sent : call.response.invocation_result().outgoing_messages()) {
        Address to = to_address(sent.target());
        if (to.type == kCallType) {
            continue;
        }
        std::string uid = uid_of(sent.argument().value());
        if (put == effects.puts.end()) {
            expect(false, "message " + uid + " of a turn is not in its commit (invariant 4)");
            return;
        }
        auto stored = decode_message(put->message.bytes);
        bool same = stored && put->target == to && stored->caller == call.target &&
                    stored->argument.type_name == sent.argument().typename_() &&
                    stored->argument.value == sent.argument().value();
        expect(
            same,
            "a turn of " + call.target.text() + " stores message " + put->message.uid +
                " where it sent " + uid
        );
        ++put;
    }
    expect(put == effects.puts.end(), "a turn stores a message that it did not send");
    // They come before what is delayed, and each has its place as its number (decode).
    for (std::size_t i = 0; i < effects.puts.size(); ++i) {
        expect(effects.puts[i].key.index == i, "messages are not numbered in their order");
    }
}

void CommitAudit::check_replies(const Effects& effects, const Replies& sent) {
    std::map<std::string, std::string> expected;
    for (const auto& [id, value] : sent) {
        auto open = books_.current.calls.find(id);
        bool counts =
            open != books_.current.calls.end() && !open->second.replied && !open->second.gone;
        // Past its time it may be gone already for the gateway.
        bool may_be_late = counts && open->second.is_over(books_.wall_ms);
        if (counts && (!may_be_late || effects.calls.contains(id))) {
            expected.emplace(id, value);  // Only the first one.
        }
    }
    for (const auto& [id, row] : effects.calls) {
        auto found = expected.find(id);
        expect(found != expected.end(), "call " + id + " is changed without an open reply");
        expect(
            row.replied && found != expected.end() && found->second == row.reply,
            "the reply of call " + id + " is not the first one that was sent"
        );
    }
    // The records of calls are given up with a store that is lost, and with them such a commit.
    expect(
        effects.calls.size() == expected.size() || books_.store_lost,
        "a reply of a turn is not in its commit"
    );
}

void CommitAudit::check_egress(const Effects& effects, const CallAudit::Call& call) {
    auto record = effects.records.begin();
    std::map<TypeName, std::uint64_t> next;
    std::vector<std::string> undeliverable;
    for (const auto& sent : call.response.invocation_result().outgoing_egresses()) {
        if (!has_lane(sent)) {
            undeliverable.push_back(sent.argument().SerializeAsString());
            continue;
        }
        TypeName egress{sent.egress_namespace(), sent.egress_type()};
        std::uint64_t& number =
            next.try_emplace(egress, books_.current.egresses[egress].next).first->second;
        bool same = record != effects.records.end() && record->first.first == egress &&
                    record->first.second == number &&
                    record->second.typed_value == sent.argument().SerializeAsString();
        if (!same) {
            expect(false, "an egress record of a turn is not the next one in its commit");
            return;
        }
        ++number;
        ++record;
    }
    expect(record == effects.records.end(), "a turn stores a record that it did not send");
    std::vector<std::string> set_aside;  // Their keys are in their order.
    for (const auto& [key, letter] : effects.letters) {
        expect(!letter.is_message && letter.owner == call.target, "a turn sets a message aside");
        set_aside.push_back(letter.bytes);
    }
    expect(set_aside == undeliverable, "a record that can't be delivered is lost");
}

void CommitAudit::check_states(const Effects& effects, const CallAudit::Call& call) {
    std::map<std::pair<Address, std::string>, std::optional<std::string>> expected;
    for (const auto& mutation : call.response.invocation_result().state_mutations()) {
        bool is_delete =
            mutation.mutation_type() == wire::FromFunction::PersistedValueMutation::DELETE;
        auto& value = expected[{call.target, mutation.state_name()}];
        value =
            is_delete ? std::nullopt : std::optional(mutation.state_value().SerializeAsString());
    }
    expect(
        expected.empty() || call.has_states || books_.current.registry[call.target.type].empty(),
        "a mutation that was computed without the states is applied"
    );
    // What the function did not see is deleted, whatever becomes of its time to live.
    for (const std::string& name : call.gone) {
        bool touched = expected.contains({call.target, name});
        bool there = books_.current.entities[call.target].states.contains(name);
        bool deletes = !call.unsure || effects.states.contains({call.target, name});
        if (!touched && there && deletes) {
            expected[{call.target, name}] = std::nullopt;
        }
    }
    expect(effects.states.size() == expected.size(), "not exactly the states of a turn change");
    for (const auto& [name, value] : expected) {
        check_value(name, value, effects);
    }
}

void CommitAudit::check_value(
    const std::pair<Address, std::string>& name,
    const std::optional<std::string>& expected,
    const Effects& effects
) {
    auto found = effects.states.find(name);
    std::string what = "state '" + name.second + "' of " + name.first.text();
    if (found == effects.states.end() || found->second.has_value() != expected.has_value()) {
        expect(false, what + " is not changed as the response says");
        return;
    }
    if (expected) {
        expect(found->second->typed_value == *expected, what + " is stored with another value");
        expect(found->second->stamp_ms == books_.wall_ms, what + " has another stamp");
    }
}

}  // namespace sfg::sim
