// Loads: bringing entities and their backlog back from the store (design D5).
//
// An entity is loaded as a whole: its row, its states, the head of its mailbox, from one snapshot.
// A long mailbox is read on in pieces, between what is in memory before and behind. Nothing is
// walked to without need, for a walk looks into every table of the store, where a look-up asks
// filters first: states are looked up by their names while all names are known and few, and the
// mailbox is not read while nothing waits in the store that memory does not know.
//
// Threads:    the engine's.
// Invariants: nothing of an entity is dispatched before it is loaded; what is stored and not
//             consumed comes before anything newer. No stored value is passed over because nobody
//             knows its name: a registry that lost it (its row can't be read) learns it again from
//             the value, with its type, as of a state that does not expire until a function says
//             so. So a version that declares it is sent it, one that does not leaves it alone, and
//             one that declares another type is refused. Names past a type's limit are not taken,
//             and said: their values stay where they are.
// Limits:     up to kStatesByNameMax states are looked up by name. Those that are walked are read
//             kStatesPerTypeMax rows at a time: there may be more of an entity, if names were lost
//             and as many others were declared since. kLoadsOutMax reads at a time,
//             and as many entities of an endpoint as keep it busy. What a load brings is guessed by
//             type, so that loads under way and the budget fit; when memory is short, an endpoint
//             that has nothing to do still gets one.
#pragma once

#include "gateway/engine/core.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sfg::engine {

inline constexpr std::size_t kLoadsOutMax = 64;
inline constexpr std::size_t kStatesByNameMax = 16;

class Loads {
public:
    explicit Loads(Core& core) : core_(core) { clear(); }

    // There may be more endpoints than before.
    void take_endpoints() { out_.by_endpoint.resize(core_.policies.size()); }

    // After each event: starts the loads that may be started.
    void settle();

    // Reads on in a long mailbox while its head is being worked on.
    void read_ahead(Entity& entity);

    // Loads it, or the head of its mailbox, out of turn. Nothing if that is under way.
    void bring(Entity& entity);

    void clear();

    // Those that are under way, and what they are expected to bring.
    struct Out {
        std::size_t count = 0;
        std::size_t bytes = 0;
        std::vector<std::uint32_t> by_endpoint;
    };

    [[nodiscard]] const Out& out() const { return out_; }

private:
    [[nodiscard]] bool may_load(const Entity& entity) const;
    void begin(Entity& entity);
    void end(Entity& entity, std::size_t bytes);

    // What of an entity is read.
    struct Wanted {
        std::size_t states = 0;                  // The first so many of its type, by name,
        std::optional<std::string> states_from;  // or all, from this key on.
        std::optional<MessageKey> before;        // Its mailbox up to there, if it is wanted.
    };

    void load_entity(Entity& entity);
    void read_entity(Entity& entity, Wanted wanted);
    void take_entity(const Address& address, Wanted wanted, ReadResult result);
    void take_state(Entity& entity, std::size_t ordinal, const SharedBytes& value);
    void take_states(Entity& entity, const storage::ScanResult& rows);
    [[nodiscard]] static std::optional<std::size_t>
    ordinal_of(FunctionType& type, const storage::Row& row, std::size_t prefix);
    void keep_names(const FunctionType& type, std::size_t known);
    void read_mailbox(Entity& entity);
    void take_mailbox(Entity& entity, storage::ScanResult& rows);

    Core& core_;
    Out out_;
};

}  // namespace sfg::engine
