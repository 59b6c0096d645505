// Books: what the parts of the auditor share: the models, the time, and the verdict.
//
// Threads: one.
#pragma once

#include "gateway/engine/events.h"
#include "tests/simulation/facts.h"
#include "tests/simulation/mirror.h"
#include "tests/simulation/scenario.h"
#include "tests/simulation/store_model.h"
#include "tests/simulation/trace.h"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>

namespace sfg::sim {

inline const TypeName kCallType{"io.statefun.gateway", "call"};

struct Books {
    Books(const Scenario& what, Trace& lines);

    const Scenario& scenario;
    Trace& trace;
    ModuleSpec module;  // What is bound now.

    StoreModel current;             // With every commit.
    StoreModel durable;             // With those that were written.
    std::deque<Effects> unwritten;  // What lies between.
    Mirror mirror;
    CommitNumber written{};
    CommitNumber highest_ever{};  // Over all lives, also what was lost.
    std::int64_t wall_ms = 0;     // As the engine was told.

    bool ready = false;                // Every partition that was asked for is owned.
    std::uint64_t events = 0;          // So many were given.
    std::uint64_t waiting_before = 0;  // Messages that waited when the event came.
    bool stopping = false;
    bool store_lost = false;
    bool resetting = false;
    engine::DiskRoom disk = engine::DiskRoom::plenty;
    std::set<PartitionId> released;  // Or on their way to be.
    // Commits that hold a part of what the commit before them holds: no group begins with them.
    std::set<CommitNumber> inside;

    Facts facts{};

    void met(Fact fact, bool indeed = true) {
        facts[static_cast<std::size_t>(fact)] += indeed ? 1 : 0;
    }

    // ---- Operators' orders that may still be carried out.

    // The message at the head of an entity; true: as a dead letter.
    std::set<std::tuple<Address, MessageKey, bool>> orders;

    struct Purge {
        Address target;
        bool aside = false;
        CommitNumber up_to{};  // Messages of later commits stay.
    };

    // Until they are answered.
    std::map<WaiterId, Purge> purges;
    std::multiset<std::pair<Address, bool>> pauses;        // False: resumed.
    std::multiset<std::pair<TypeName, bool>> type_pauses;  // The same.
    std::set<Address> retried;
    std::set<std::string> fallen;  // Calls whose messages were parked or taken away.
    std::set<std::string> mended;  // Messages that functions can process by now.

    // Whether no function can process the message.
    [[nodiscard]] bool is_poison(const std::string& uid) const {
        return scenario.is_poison(uid) && !mended.contains(uid);
    }

    std::optional<TypeName> broken;   // Functions of this type refuse everything.
    std::optional<std::size_t> down;  // This endpoint is gone.

    [[nodiscard]] bool is_down(const Address& target) const {
        return down && module.endpoint_of(target.type) == down;
    }

    // ---- Dead letters.

    // From which write of the store to which; 0: it is there.
    struct LetterSpan {
        LetterModel letter;
        std::uint64_t came = 0;
        std::uint64_t gone = 0;
    };

    std::map<std::string, LetterSpan> letters;  // By their keys, also those that are gone.

    // The same of records that were set aside.
    struct RefusedSpan {
        RefusedModel record;
        std::uint64_t came = 0;
        std::uint64_t gone = 0;
    };

    std::map<std::string, RefusedSpan> refused;
    std::uint64_t writes = 0;  // Of groups.

    // The first violation: what is wrong, in one sentence.
    std::optional<std::string> violation;

    void expect(bool holds, const std::string& what) {
        if (!holds && !violation) {
            violation = what;
        }
    }

    [[nodiscard]] PartitionId partition(const Address& address) const {
        return partition_of(address.id, current.partitions);
    }

    // Messages in partitions that nobody has let go of.
    [[nodiscard]] std::uint64_t waiting() const;

    // An event comes.
    void note_waiting() {
        ++events;
        waiting_before = waiting();
    }

    // The commits up to this one are in the store.
    void write(CommitNumber up_to);
    // What was not written is gone.
    void roll_back();

private:
    void note_letters(const Effects& effects);
};

}  // namespace sfg::sim
