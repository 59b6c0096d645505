// Outbox: egress records that are committed but not yet delivered (design D9).
//
// Records are numbered densely per egress, from 1, in the commits of the turns that sent them. An
// egress has lanes that are read independently (the playground egress: one per topic; others: one).
// A reader asks a lane for its next record; it is offered when it is durable and taken away when it
// was written out. The next one is offered when that, too, is durable: so a crash shows at most one
// record of a lane twice.
//
// Threads:    the engine's.
// Invariants: records of a lane are offered in order, one at a time; none is skipped. A lane of an
//             egress or topic that is not declared keeps its records until it is (design D6).
// Limits:     kLanesMax lanes of one egress beside the declared topics, kEgressesMax egresses; one
//             reader at a time per lane.
//             Records beyond a lane's head wait on disk.
#pragma once

#include "gateway/engine/core.h"
#include "gateway/engine/events.h"
#include "protocol/egress_lane.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace sfg::engine {

inline constexpr std::size_t kLanesMax = 1000;
inline constexpr std::size_t kEgressesMax = 1000;

struct EgressStats {
    std::uint64_t appended = 0;   // By this process.
    std::uint64_t delivered = 0;  // By this process.
    std::uint64_t waiting = 0;
};

// A record on its way into the outbox.
struct NewRecord {
    const TypeName& egress;
    const std::string& lane;
    PartitionId home = 0;
    const SharedBytes& typed_value;
};

class Outbox {
public:
    explicit Outbox(Core& core) : core_(core) {}

    // One row of the egress table, at a start.
    [[nodiscard]] bool restore(std::string_view key, std::string_view value);

    // The room for further lanes and egresses, as one response takes it record by record.
    class Room {
    public:
        explicit Room(const Outbox& outbox) : outbox_(outbox) {}

        // Whether a record may go there: the lane exists or is declared, or another one may be
        // made.
        [[nodiscard]] bool take(const TypeName& egress, const std::string& lane);

    private:
        const Outbox& outbox_;
        std::map<TypeName, std::set<std::string>> made_;
        std::size_t egresses_made_ = 0;
    };

    // Appends a record in the commit of its turn.
    void append(Draft& draft, const NewRecord& record);

    void on(const EgressAsked& event);
    void on(const EgressTaken& event);

    void on_durable();
    void clear();

    template <typename Visitor>
    void for_each(Visitor&& visit) const {
        for (const auto& [name, egress] : egresses_) {
            visit(name, egress.stats);
        }
    }

private:
    using Queue = DurableQueue<std::uint64_t>;

    struct Lane {
        Queue queue;
        std::optional<WaiterId> waiter;
        bool offered = false;
        CommitNumber taken{};  // The commit that took the last one away.
    };

    struct Egress {
        std::uint64_t next = 1;       // Position of the next record.
        std::uint64_t delivered = 0;  // Every position up to this one, as the row says it.
        // The backlog that the start found: lanes that are met later look for theirs from here.
        std::uint64_t found_after = 0;
        std::uint64_t found_before = 0;
        std::uint64_t found_waiting = 0;
        std::map<std::string, Lane, std::less<>> lanes;
        EgressStats stats;
    };

    // A lane by name, for what comes back later.
    using LaneName = std::pair<TypeName, std::string>;

    [[nodiscard]] bool is_declared(const TypeName& egress, const std::string& lane) const;
    [[nodiscard]] Lane& lane_of(Egress& egress, const std::string& name);
    [[nodiscard]] Lane* find(const LaneName& name);
    void offer(const LaneName& name, Lane& lane);
    void read_on(const LaneName& name, Lane& lane);
    void take_rows(const LaneName& name, const storage::ScanResult& rows);
    void taken(const LaneName& name, Lane& lane, std::uint64_t position);
    void put_row(Draft& draft, const TypeName& name, Egress& egress);

    Core& core_;
    std::map<TypeName, Egress> egresses_;
    std::set<LaneName> asked_;  // Lanes whose reader waits for a record to become durable.
};

}  // namespace sfg::engine
