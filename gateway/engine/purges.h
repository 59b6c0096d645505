// Purges: an operator has all messages dropped that wait for one entity, or has them made dead
// letters.
//
// A mailbox may hold a million messages on disk, so they go in portions, each one commit: the
// counters are exact after every one (invariant 9), and a crash keeps the portions that were
// durable. What came after the order stays and is processed. Meanwhile the entity is held: a call
// that is out is abandoned, for its messages wait as well, and none starts. Whoever waits for the
// answer to a call whose message goes hears why there is none; its record is read first, so that
// both are in one commit.
//
// Threads:    the engine's.
// Invariants: every waiter is answered once, when all that was dropped is durable. Repeated, an
//             order drops only what has come since.
// Limits:     OpenQuestions::kMax orders at a time, one of which is carried out; a portion has
//             kPortionMessages and kPortionBytes, comes kPause after the one before, and waits
//             until the commit queue has room.
#pragma once

#include "gateway/engine/calls.h"
#include "gateway/engine/core.h"
#include "gateway/engine/events.h"
#include "gateway/engine/failures.h"
#include "gateway/engine/loads.h"
#include "gateway/engine/open_questions.h"
#include "gateway/engine/turns.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace sfg::engine {

class Purges {
public:
    static constexpr std::uint32_t kPortionMessages = 500;
    static constexpr std::size_t kPortionBytes = kMiB;
    static constexpr SteadyMs kPause{1};  // Others have their turn.

    struct Rooms {
        Loads& loads;
        Calls& calls;
        Turns& turns;
        Failures& failures;
    };

    Purges(Core& core, const Rooms& rooms)
        : core_(core),
          loads_(rooms.loads),
          calls_(rooms.calls),
          turns_(rooms.turns),
          failures_(rooms.failures),
          open_(core) {}

    [[nodiscard]] static bool takes(const EntityOrdered& event) {
        return event.action == EntityAction::purge ||
               event.action == EntityAction::purge_to_dead_letters;
    }

    // Requires: takes(event).
    void on(EntityOrdered event);

    // After each event: one more portion. When to call this next.
    SteadyMs settle();

    // A new epoch, or the store is lost: what is open is in doubt.
    void clear();

    // Whom it owes an answer.
    [[nodiscard]] std::size_t open() const { return open_.count(); }

private:
    struct Purge {
        EntityOrdered order;
        CommitNumber last{};              // Messages of later commits stay.
        std::uint64_t messages = 0;       // Gone so far.
        std::vector<std::string> pinned;  // Records of calls, for the next portion.
        bool reads = false;               // They are being read.
    };

    // How a purge goes on.
    enum class Step : std::uint8_t { waits, more, done };

    [[nodiscard]] Step step(Purge& purge);
    // How many of its messages are the next portion.
    [[nodiscard]] std::uint32_t portion(const Purge& purge, const Entity& entity) const;
    // Whether the records of all calls of the portion are at hand; else they are being read.
    [[nodiscard]] bool has_calls(Purge& purge, const Entity& entity, std::uint32_t messages);
    void drop(Purge& purge, Entity& entity, std::uint32_t messages);
    void finish(Purge& purge, Entity& entity);
    void unpin(Purge& purge);

    Core& core_;
    Loads& loads_;
    Calls& calls_;
    Turns& turns_;
    Failures& failures_;
    OpenQuestions open_;
    std::deque<Purge> purges_;
    SteadyMs next_at_{0};
};

}  // namespace sfg::engine
