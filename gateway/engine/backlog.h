// Backlog: entities of which nothing is in memory although messages wait for them.
//
// When memory is short, an entity that waits (its endpoint is down or slow, it pauses after a
// failure, nobody serves it) leaves memory altogether, also its address (design D5). All that is
// kept is one time: from then on entities of this type in this partition have stored messages to be
// called with. When it has come, and the type's endpoint has room again, its messages are walked
// for their addresses, in portions, and the entities are loaded as cold ones. So a million entities
// of a dead endpoint cost nothing here, and a restart, which knows no entity, begins in the same
// way: it only looks for the types.
//
// Threads:    the engine's.
// Invariants: 11: an entity that waits is in memory with its reason, or its range is noted, or a
//             walk that will come to it is going on, or its type has no endpoint, or is paused:
//             whoever lets that go on notes it in all partitions.
// Limits:     one walk at a time, kPortionRows rows each; a time per type and partition. Where
//             memory is short it finds one entity, and goes on behind it when that has had its
//             turn.
#pragma once

#include "gateway/engine/core.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace sfg::engine {

class Backlog {
public:
    explicit Backlog(Core& core) : core_(core) {}

    // The store has messages for entities of this type in this partition.
    void note(FunctionType& type, PartitionId partition, SteadyMs not_before = SteadyMs{0});

    // The same for one whose next call is due then, as its row says. The walk finds others, too: so
    // that they don't cause a walk each, the time is rounded up to the next second.
    void note_pausing(FunctionType& type, PartitionId partition, SteadyMs due);

    // The same for a parked one that is to be tried then, rounded up to the next minute.
    void note_parked(FunctionType& type, PartitionId partition, SteadyMs due);

    // After each event: begins a walk if there is room for what it finds. When to call this next.
    SteadyMs settle();

    // Types and partitions with entities that are not in memory.
    [[nodiscard]] std::size_t ranges() const { return ranges_; }

    // Whether some of them, of the endpoint or of any, could be called: it is up, and they are due.
    [[nodiscard]] bool presses(EndpointId endpoint) const;
    [[nodiscard]] bool presses() const;

    void clear();

private:
    // What is known of one type.
    struct Waiting {
        static constexpr SteadyMs kNever = SteadyMs::max();

        std::vector<SteadyMs> due;  // By partition: when it is to be walked.
        SteadyMs next_due = kNever;
        PartitionId cursor = 0;  // The partition that is walked, or the last one that was.
        std::string from;        // Where the walk of it goes on; empty: none is going on.
        SteadyMs not_before{0};  // Nothing of the type may be called before.

        [[nodiscard]] std::size_t ranges() const {
            return due.size() -
                   static_cast<std::size_t>(std::count(due.begin(), due.end(), kNever));
        }
    };

    using Place = std::pair<FunctionType*, PartitionId>;

    // Not by where a type stands in memory: the same events give the same actions.
    struct ByName {
        bool operator()(const Place& one, const Place& other) const {
            return std::tie(one.first->name, one.second) <
                   std::tie(other.first->name, other.second);
        }
    };

    [[nodiscard]] bool has_room(EndpointId endpoint) const;
    // So little memory is left, if so much is needed, that a walk finds one entity at a time.
    [[nodiscard]] bool is_tight(std::size_t expected) const;
    std::deque<FunctionType*>& line_of(EndpointId endpoint);
    void clean(EndpointId endpoint);
    // Nothing: it needs no note.
    Waiting* note_at(FunctionType& type, PartitionId partition, SteadyMs due);
    [[nodiscard]] static SteadyMs due(const Waiting& waiting);
    [[nodiscard]] bool next_range(FunctionType& type, Waiting& waiting);
    SteadyMs look_at(std::deque<FunctionType*>& line);
    void forget(FunctionType& type);
    void walk(FunctionType& type, Waiting& waiting);
    void note_due();
    void take(FunctionType& type, PartitionId partition, const storage::ScanResult& rows);

    Core& core_;
    std::map<FunctionType*, Waiting> types_;
    // By endpoint, as far as there was something for it: its types take turns. A type that was
    // bound elsewhere meanwhile moves when its line is looked at.
    std::vector<std::deque<FunctionType*>> lines_;
    std::map<Place, SteadyMs, ByName> parked_;
    SteadyMs parked_due_ = SteadyMs::max();  // The first of them.
    std::size_t ranges_ = 0;
    std::size_t turn_ = 0;
    bool out_ = false;
};

}  // namespace sfg::engine
