// Loads: bringing entities and their backlog back from the store (design D5).
//
// An entity is loaded as a whole: its row, its states, the head of its mailbox, from one snapshot.
// A long mailbox is read on in pieces, between what is in memory before and behind.
//
// Threads:    the engine's.
// Invariants: nothing of an entity is dispatched before it is loaded; what is stored and not
//             consumed comes before anything newer.
// Limits:     kLoadsOutMax reads at a time.
#pragma once

#include "gateway/engine/core.h"

#include <cstddef>

namespace sfg::engine {

inline constexpr std::size_t kLoadsOutMax = 64;

class Loads {
public:
    explicit Loads(Core& core) : core_(core) {}

    // After each event: starts the loads that may be started.
    void settle();

    // Reads on in a long mailbox while its head is being worked on.
    void read_ahead(Entity& entity);

    void clear() { loads_out_ = 0; }

private:
    void load_entity(Entity& entity);
    void take_entity(const Address& address, ReadResult result);
    void take_states(Entity& entity, const storage::ScanResult& rows);
    void read_mailbox(Entity& entity);
    void take_mailbox(Entity& entity, storage::ScanResult& rows);

    Core& core_;
    std::size_t loads_out_ = 0;
};

}  // namespace sfg::engine
