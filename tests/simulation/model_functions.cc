#include "tests/simulation/model_functions.h"

#include "tests/simulation/call_audit.h"
#include "tests/simulation/decode.h"

#include <algorithm>

namespace sfg::sim {

namespace {

// A message makes others up to so many generations.
constexpr std::ptrdiff_t kGenerations = 4;
// What is not kept in memory of a delayed message, if it has more than this.
constexpr std::size_t kLargeBytes = 5'000;

void mutate(wire::FromFunction& response, const std::string& name, const std::string& value) {
    test::set_state(response, name, value);
}

void erase(wire::FromFunction& response, const std::string& name) {
    auto* mutation = response.mutable_invocation_result()->add_state_mutations();
    mutation->set_mutation_type(wire::FromFunction::PersistedValueMutation::DELETE);
    mutation->set_state_name(name);
}

// What the response so far leaves of a state; the request's value if it does not touch it.
std::string
value_after(const wire::FromFunction& response, const test::Asked& asked, const std::string& name) {
    std::string value = asked.state(name).value_or("");
    for (const auto& mutation : response.invocation_result().state_mutations()) {
        if (mutation.state_name() == name) {
            value = mutation.state_value().value();
        }
    }
    return value;
}

}  // namespace

ModelFunctions::ModelFunctions(const Scenario& scenario, Random& random)
    : scenario_(scenario),
      random_(random) {}

std::vector<std::string> ModelFunctions::declared(const TypeName& type) const {
    std::vector<std::string> names;
    if (type.name != "plain") {
        names.emplace_back("n");
    }
    if (type.name == "f" || type.name == "h") {
        names.emplace_back("log");
    }
    auto extended = extended_.find(type);
    if (extended != extended_.end() && extended->second) {
        names.emplace_back("extra");
    }
    return names;
}

// What the scenario says, until another version is deployed.
Expiration ModelFunctions::expiration_of(const TypeName& type, const std::string& name) const {
    if (!scenario_.expiring) {
        return {};
    }
    auto found = expirations_.find({type, name});
    if (found != expirations_.end()) {
        return found->second;
    }
    std::string text = type.text() + name;
    Random chance(mix(scenario_.seed, text.data(), text.size()));
    return some_expiration(chance);
}

wire::FromFunction ModelFunctions::handle(const test::Asked& asked) {
    ++execution_;
    wire::FromFunction response;
    for (const std::string& name : declared(asked.call.target.type)) {
        bool sent = std::any_of(
            asked.batch.state().begin(),
            asked.batch.state().end(),
            [&name](const auto& state) { return state.state_name() == name; }
        );
        if (!sent) {
            auto* incomplete = response.mutable_incomplete_invocation_context();
            auto* spec = incomplete->add_missing_values();
            spec->set_state_name(name);
            spec->set_type_typename("t/number");
            Expiration expires = expiration_of(asked.call.target.type, name);
            if (expires.mode != ExpireMode::none) {
                using Spec = wire::FromFunction::ExpirationSpec;
                spec->mutable_expiration_spec()->set_mode(static_cast<Spec::ExpireMode>(expires.mode
                ));
                spec->mutable_expiration_spec()->set_expire_after_millis(expires.ttl_ms);
            }
        }
    }
    if (response.has_incomplete_invocation_context()) {
        return response;
    }
    response.mutable_invocation_result();
    for (int i = 0; i < asked.batch.invocations_size(); ++i) {
        invoke(response, asked, i);
    }
    return response;
}

void ModelFunctions::invoke(wire::FromFunction& response, const test::Asked& asked, int at) {
    std::string uid = uid_of(asked.batch.invocations(at).argument().value());
    Random chance(mix(scenario_.seed, uid.data(), uid.size()));
    for (const std::string& name : declared(asked.call.target.type)) {
        bool expires = expiration_of(asked.call.target.type, name).mode != ExpireMode::none;
        if (expires && chance.one_in(2)) {
            continue;  // So that it lives by calls alone, or not at all.
        }
        std::string before = value_after(response, asked, name);
        if (name == "n") {
            mutate(response, name, std::to_string(before.empty() ? 1 : std::stoul(before) + 1));
        } else if (name == "log") {
            std::string all = before + uid;
            mutate(response, name, std::to_string(mix(1, all.data(), all.size())));
        } else {
            mutate(response, name, uid);
        }
        if (chance.one_in(12)) {
            erase(response, name);
        }
    }
    reply(response, asked, at, chance);
    if (!quiet_) {
        send_children(response, uid, chance);
        if (scenario_.timers) {
            send_delayed(response, uid, chance);
        }
    }
    send_records(response, uid, chance);
}

std::string ModelFunctions::text(const std::string& uid, Random& chance) const {
    std::size_t padding = chance.one_in(4) ? chance.below(scenario_.padding_max) : 0;
    return uid + "|" + std::to_string(execution_) + "|" + std::string(padding, '.');
}

void ModelFunctions::send_children(
    wire::FromFunction& response,
    const std::string& uid,
    Random& chance
) {
    auto generation = std::count(uid.begin(), uid.end(), '.');
    if (generation >= kGenerations) {
        return;
    }
    std::size_t children = chance.below(generation == 0 ? 4 : 3);
    for (std::size_t i = 0; i < children; ++i) {
        Address target = some_target(chance);
        test::send(response, target, text(uid + "." + std::to_string(i), chance));
    }
}

Address ModelFunctions::some_target(Random& chance) const {
    // The unbound type is last, and met rarely.
    std::size_t types = Scenario::types().size() - (chance.one_in(15) ? 0 : 1);
    const TypeName& type = Scenario::types()[chance.below(types)];
    return {type, std::to_string(chance.below(scenario_.ids))};
}

// Few tokens, so that they are used again: after a cancel, after the message has left, or while it
// is pending, which is an error. That one is not made of a message's name, so that it passes.
void ModelFunctions::send_delayed(
    wire::FromFunction& response,
    const std::string& uid,
    Random& chance
) {
    if (std::count(uid.begin(), uid.end(), '.') >= kGenerations || !chance.one_in(3)) {
        return;
    }
    std::size_t steps = 1 + chance.below(3);
    for (std::size_t i = 0; i < steps; ++i) {
        std::string token = "k" + std::to_string(chance.below(3));
        if (chance.one_in(5)) {
            test::cancel(response, chance.one_in(4) ? "nobody's" : token);
            continue;
        }
        if (chance.one_in(2)) {
            token.clear();
        } else if (scenario_.parking || !random_.one_in(4)) {
            test::cancel(response, token);
        }
        Address target = some_target(chance);
        std::string content = text(uid + ".d" + std::to_string(i), chance);
        content.append(chance.one_in(30) ? kLargeBytes : 0, '.');
        test::send_after(response, target, content, {some_delay(chance), token});
        if (!token.empty() && chance.one_in(10)) {
            test::cancel(response, token);
        }
    }
}

void ModelFunctions::send_records(
    wire::FromFunction& response,
    const std::string& uid,
    Random& chance
) {
    if (!chance.one_in(4)) {
        return;
    }
    for (std::size_t i = 0; scenario_.streams && i < 1 + uid.size() % 3; ++i) {
        auto* record = response.mutable_invocation_result()->add_outgoing_egresses();
        record->set_egress_namespace(kStream.ns);
        record->set_egress_type(kStream.name);
        record->mutable_argument()->set_typename_("t/text");
        record->mutable_argument()->set_has_value(true);
        record->mutable_argument()->set_value(uid + " " + std::to_string(i));
    }
    constexpr const char* kTopics[] = {"a", "b", "a", "b", "undeclared"};
    test::send_egress(response, kTopics[chance.below(5)], uid);
    if (chance.one_in(6)) {
        auto* record = response.mutable_invocation_result()->add_outgoing_egresses();
        record->set_egress_namespace("e");
        record->set_egress_type("other");
        record->mutable_argument()->set_typename_("t/text");
        record->mutable_argument()->set_has_value(true);
        record->mutable_argument()->set_value(uid);
    }
    if (chance.one_in(8)) {
        test::send_egress(response, "a", uid);
        auto* record =
            response.mutable_invocation_result()->mutable_outgoing_egresses()->rbegin().operator->(
            );
        record->mutable_argument()->set_value("no JSON");
    }
}

void ModelFunctions::reply(
    wire::FromFunction& response,
    const test::Asked& asked,
    int at,
    Random& chance
) {
    const auto& caller = asked.batch.invocations(at).caller();
    bool is_call = caller.namespace_() == kCallType.ns && caller.type() == kCallType.name;
    if (is_call) {
        callers_.push_back(caller.id());
        if (callers_.size() > 50) {
            callers_.pop_front();
        }
        std::size_t replies = chance.one_in(8) ? chance.below(3) : 1;
        for (std::size_t i = 0; i < replies; ++i) {
            auto uid = uid_of(asked.batch.invocations(at).argument().value());
            test::reply(response, asked, at, "re " + uid + " " + std::to_string(i));
        }
    }
    if (is_call && scenario_.timers && chance.one_in(8)) {
        Address later{kCallType, caller.id()};
        test::send_after(response, later, "late", {some_delay(chance), ""});
    }
    // Somebody who kept the address of a caller replies (again).
    if (!callers_.empty() && random_.one_in(30)) {
        test::send(response, {kCallType, random_.pick(callers_)}, "late reply");
    }
    if (random_.one_in(100)) {
        test::send(response, {kCallType, "nobody"}, "reply to nobody");
    }
}

void ModelFunctions::redeploy() {
    bool& extended = extended_[Scenario::types()[random_.below(Scenario::types().size())]];
    extended = !extended;
    if (scenario_.expiring) {
        const TypeName& type = Scenario::types()[random_.below(Scenario::types().size())];
        constexpr const char* kNames[] = {"n", "log", "extra"};
        expirations_[{type, kNames[random_.below(3)]}] = some_expiration(random_);
    }
}

}  // namespace sfg::sim
