// Eviction: keeps what is in memory of entities within the budget (design D5).
//
// Least recently used first. What is idle and durable goes; what waits and is durable goes, too,
// and is noted in the backlog; of what must stay, the mailbox is cut to its head. Entities that are
// not loaded and only wait make room before the others once they hold a quarter of the budget, so
// that a flood for one dead endpoint does not push out everybody else's states.
//
// A full cache must keep nobody out: while entities wait to be loaded, or wait in the store, those
// that rest leave before memory is short. Otherwise calls would come one by one, each after a load
// of its own, and whoever is on disk would wait for those that happen to be in memory.
//
// What is known of an entity whose calls fail is written to its row before it leaves, and only
// then: an attempt costs no write while memory suffices.
//
// A hot entity's mailbox is cut before memory is short, for the same reason.
//
// Threads:    the engine's.
// Invariants: an entity leaves only when all its changes are durable and nothing of it is read or
//             called; if messages wait for it, the backlog knows.
// Limits:     kLooks entities per event. While memory is over the budget, since an answer or a body
//             brought much, the next looks are asked for at once.
#pragma once

#include "gateway/engine/backlog.h"
#include "gateway/engine/core.h"

#include <cstddef>

namespace sfg::engine {

class Eviction {
public:
    Eviction(Core& core, Backlog& backlog) : core_(core), backlog_(backlog) {}

    // After each event. Returns when it wants to be called again at the latest.
    SteadyMs settle();

    void clear() { stalled_ = false; }

private:
    void cut_hot_mailbox();
    [[nodiscard]] SteadyMs again() const;
    [[nodiscard]] std::size_t room_wanted() const;
    [[nodiscard]] std::size_t unloaded_max() const;
    bool offer(Entity& entity);
    // Memory is short. Whether it became smaller.
    bool look_at(Entity& entity);
    [[nodiscard]] bool may_leave(const Entity& entity) const;
    [[nodiscard]] bool must_be_kept(const Entity& entity) const;
    [[nodiscard]] bool has_room_for_row(const Entity& entity) const;
    void keep(Entity& entity);
    void leave(Entity& entity);
    void note(const Entity& entity);
    bool spill(Entity& entity, std::size_t keep_bytes);

    Core& core_;
    Backlog& backlog_;
    // A round of looks that gained nothing is not repeated before something has become durable.
    bool stalled_ = false;
    bool stalled_short_ = false;  // Memory was short then, so that all was tried.
    CommitNumber stalled_at_{};
};

}  // namespace sfg::engine
