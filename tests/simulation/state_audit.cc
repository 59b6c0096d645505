// The part of CallAudit about the states that requests carry.
#include "tests/simulation/call_audit.h"

#include <algorithm>

namespace sfg::sim {

void CallAudit::check_states(const test::Asked& asked, Call& call) {
    const auto& declared = books_.current.registry[call.target.type];
    call.has_states = asked.batch.state_size() > 0;
    call.built_ms = books_.wall_ms;
    if (!call.has_states) {
        return;  // Nothing is declared, or it is to be learnt.
    }
    std::set<std::string> sent;
    for (const auto& state : asked.batch.state()) {
        bool has = state.has_state_value() && state.state_value().has_value();
        sent.insert(state.state_name());
        check_state(call, state.state_name(), has ? &state.state_value() : nullptr);
        auto found = books_.current.entities[call.target].states.find(state.state_name());
        if (!has && found != books_.current.entities[call.target].states.end()) {
            call.gone.insert(state.state_name());
        }
    }
    call.touched_ms = books_.wall_ms;
    bool all = sent.size() == declared.size();
    for (const std::string& name : sent) {
        all = all && declared.contains(name);
    }
    books_.expect(all, "not exactly the declared states are sent for " + call.target.text());
}

// A value that lives is sent, one whose time is over is not; what is missing once in a turn stays
// missing, and what was sent lives on through it AFTER_INVOKE.
void CallAudit::check_state(
    const Call& call,
    const std::string& name,
    const wire::TypedValue* sent
) {
    const EntityModel& entity = books_.current.entities[call.target];
    auto found = entity.states.find(name);
    std::string what = "state '" + name + "' of " + call.target.text();
    if (found == entity.states.end()) {
        books_.expect(sent == nullptr, what + " is sent, though it was deleted");
        return;
    }
    const SpecModel* spec = books_.current.spec(call.target.type, name);
    SpecModel kept;
    std::int64_t stamp = found->second.stamp_ms;
    auto lives = [&](std::int64_t touched) {
        return (spec == nullptr ? kept : *spec).ends_ms(stamp, touched) > books_.wall_ms;
    };
    std::int64_t least = std::max(entity.touched_ms, call.unsure ? 0 : call.touched_ms);
    std::int64_t most = std::max({entity.touched_ms, entity.ahead_ms, call.touched_ms});
    bool gone = call.gone.contains(name);
    bool must = lives(least) && !gone;
    bool may = lives(most) && (!gone || call.unsure);
    books_.met(Fact::expired_value, !may && !gone);
    books_.met(Fact::touched_value, must && !lives(0));
    books_.expect(!must || sent != nullptr, what + " is sent without its value");
    books_.expect(may || sent == nullptr, what + " is sent, though its time is over");
    if (sent == nullptr) {
        return;
    }
    wire::TypedValue expected;
    bool parsed = expected.ParseFromString(found->second.typed_value);
    books_.expect(
        parsed && expected.SerializeAsString() == sent->SerializeAsString(),
        what + " is sent as '" + sent->value() + "' where '" + expected.value() + "' is current"
    );
}

const SpecModel* CallAudit::declared(const TypeName& type, const std::string& state) const {
    auto found = declared_.find({type, state});
    return found == declared_.end() ? nullptr : &found->second;
}

}  // namespace sfg::sim
