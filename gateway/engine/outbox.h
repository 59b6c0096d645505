// Outbox: egress records that are committed but not yet delivered (design D9).
//
// Each egress has lanes (the playground egress: one per topic; others: one), and in a lane records
// are numbered densely from 1, in the commits of the turns that sent them. A reader asks for the
// next record; it is offered when it is durable and taken away when it was written out.
//
// Threads:    the engine's.
// Invariants: records of a lane are offered in order, one at a time; a position is never skipped.
//             A lane of an egress that is not declared keeps its records until it is (design D6).
// Limits:     kLanesMax lanes; one reader at a time per lane. Records beyond a lane's head wait on
//             disk when memory is short.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "gateway/engine/core.h"
#include "gateway/engine/events.h"

namespace sfg::engine {

inline constexpr std::size_t kLanesMax = 10'000;

struct LaneName {
    TypeName egress;
    std::string lane;

    auto operator<=>(const LaneName&) const = default;
};

// The lane of a record; nothing if the record can't be delivered to that egress at all, with the
// reason. Only the playground egress looks into its records.
struct LaneChoice {
    std::optional<std::string> lane;
    std::string reason;
};
[[nodiscard]] LaneChoice choose_lane(const TypeName& egress, std::string_view typed_value);

struct LaneStats {
    std::uint64_t appended = 0;   // By this process.
    std::uint64_t delivered = 0;  // By this process.
    std::uint64_t waiting = 0;
};

class Outbox {
public:
    explicit Outbox(Core& core) : core_(core) {}

    // One row of the egress table, at a start.
    [[nodiscard]] bool restore(std::string_view key, std::string_view value);

    // Whether another lane of this name may exist.
    [[nodiscard]] bool can_append(const LaneName& name) const;

    // Appends a record in the commit of its turn.
    void append(Draft& draft, const LaneName& name, PartitionId home, const SharedBytes& typed_value);

    void on(const EgressAsked& event);
    void on(const EgressTaken& event);
    void forget_waiter(WaiterId waiter);

    void on_durable();
    void clear();

    template <typename Visitor>
    void for_each_lane(Visitor&& visit) const {
        for (const auto& [name, lane] : lanes_) {
            visit(name, lane.stats);
        }
    }

private:
    using Queue = DurableQueue<std::uint64_t>;

    struct Lane {
        Queue queue;
        std::uint64_t next = 1;       // Position of the next record.
        std::uint64_t delivered = 0;  // Every position up to this one.
        std::optional<WaiterId> waiter;
        bool offered = false;
        LaneStats stats;
    };

    void offer(const LaneName& name, Lane& lane);
    void read_on(const LaneName& name, Lane& lane);
    void put_row(Draft& draft, const LaneName& name, const Lane& lane);

    Core& core_;
    std::map<LaneName, Lane> lanes_;
    std::set<LaneName> asked_;  // Lanes whose reader waits for a record to become durable.
};

}  // namespace sfg::engine
