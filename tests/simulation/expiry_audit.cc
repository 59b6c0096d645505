// The part of CommitAudit about states that expire: what is declared, and what leaves the store.
#include "tests/simulation/commit_audit.h"

namespace sfg::sim {

// What is kept of a type is what its functions have said, and nothing is forgotten.
void CommitAudit::check_registry(const Effects& effects) {
    for (const auto& [type, specs] : effects.registry) {
        for (const auto& [name, spec] : specs) {
            const SpecModel* said = calls_.declared(type, name);
            const SpecModel* before = books_.current.spec(type, name);
            bool kept = before != nullptr && before->same(spec);
            books_.met(Fact::expiration_changed, before != nullptr && !kept);
            expect(
                kept || (said != nullptr && said->same(spec)),
                "what is declared of state '" + name + "' of " + type.text() + " is nobody's word"
            );
        }
        for (const auto& [name, spec] : books_.current.registry[type]) {
            expect(
                specs.contains(name), "state '" + name + "' of " + type.text() + " is forgotten"
            );
        }
    }
}

void CommitAudit::check_expiries(const Effects& effects) {
    for (const ExpiryName& entry : effects.expiries) {
        expect(
            entry.home == books_.partition(entry.owner),
            "an entry for state '" + entry.state + "' is in a wrong partition"
        );
    }
    for (const ExpiryName& entry : effects.expiries_gone) {
        expect(
            books_.current.expiries.contains(entry) && entry.due_ms <= books_.wall_ms,
            "an entry for state '" + entry.state + "' of " + entry.owner.text() +
                " is deleted before its time"
        );
        bool there = books_.current.entities[entry.owner].states.contains(entry.state);
        books_.met(Fact::kept_value, there && !effects.states.contains({entry.owner, entry.state}));
    }
}

// Values go without a turn only when their time is over, and no turn can touch them.
void CommitAudit::check_sweep(const Effects& effects) {
    for (const auto& [name, value] : effects.states) {
        const auto& [owner, state] = name;
        std::string what = "state '" + state + "' of " + owner.text();
        expect(!value, what + " is written without a turn");
        bool there = books_.current.entities[owner].states.contains(state);
        expect(there, what + " is swept, but is not there");
        if (!there) {
            continue;
        }
        books_.met(Fact::swept_value);
        std::int64_t ends_ms = books_.current.end_of(owner, state).earliest_ms;
        expect(
            ends_ms <= books_.wall_ms,
            what + " is swept at " + std::to_string(books_.wall_ms) + ", but lives until " +
                std::to_string(ends_ms)
        );
        expect(!calls_.in_turn(owner), what + " is swept while a call of its entity is out");
    }
}

}  // namespace sfg::sim
