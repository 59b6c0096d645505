// States: which values a request carries, and what a turn's commit does to them.
//
// An expired value is not sent; the turn that did not see it deletes it, so that no later change of
// its time to live brings it back. A successful call touches its entity: the values that expire
// AFTER_INVOKE live on from the moment when its last request was built.
//
// Threads:    the engine's.
// Invariants: a request never carries a value at or after its expiry; within one turn a value that
//             was missing once stays missing. The touched stamp is in the commit of its turn: a
//             call that fails leaves no trace. Every stored value of an expiring state has an entry
//             in the expiry table.
#pragma once

#include "gateway/engine/core.h"
#include "gateway/engine/expiry_dues.h"
#include "protocol/codec.h"

#include <cstddef>
#include <string>
#include <vector>

namespace sfg::engine {

class States {
public:
    States(Core& core, ExpiryDues& dues) : core_(core), dues_(dues) {}

    // A request of the entity's turn is built now: fills in what it carries (a canary: nothing).
    void send(Entity& entity, std::vector<StateEntry>& entries);

    // The result is applied. Requires: the mutations are of declared states and types.
    void apply(Draft& draft, Entity& entity, std::vector<StateMutation>& mutations);

    // Deletes a value, in memory and in the store.
    void erase(Draft& draft, Entity& entity, std::size_t ordinal);

    // When the value that the entity has in memory expires. Requires: it is loaded.
    [[nodiscard]] static std::int64_t expires_at(const Entity& entity, std::size_t ordinal);

private:
    void put(Draft& draft, Entity& entity, std::size_t ordinal, bool is_new);

    Core& core_;
    ExpiryDues& dues_;
};

}  // namespace sfg::engine
