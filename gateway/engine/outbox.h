// Outbox: egress records that are committed but not yet delivered (design D9).
//
// Records are numbered densely per egress, from 1, in the commits of the turns that sent them. An
// egress has lanes that are read independently (the playground egress: one per topic; others: one).
// Two kinds of readers take them away:
//   - A lane's reader (playground) asks for its next record; it is offered when it is durable and
//     taken away when it was written out. The next one is offered when that, too, is durable: so a
//     crash shows at most one record of a lane twice.
//   - A stream (Kafka; of an egress with one lane) pulls records in order, many at a time, and says
//     up to where they are delivered. It keeps that position outside, too, so nothing waits for the
//     disk: after a start it tells how far it really came (outbox_stream.cc).
//
// Threads:    the engine's.
// Invariants: records of a lane are offered in order, and only durable ones; none is skipped. A
//             lane of an egress or topic that is not declared keeps its records until it is
//             (design D6). A stream's position passes a record that can't be delivered only with
//             its dead letter.
// Limits:     kLanesMax lanes of one egress beside the declared topics, kEgressesMax egresses; one
//             reader at a time per lane. 1,024 records or 1 MiB of a lane stay in memory, 16,384 or
//             4 MiB of one that a stream reads (so that it need not read back what comes while it
//             delivers), as long as all lanes together hold less than a quarter of the memory
//             budget, beside which they stand. What is more waits on disk once it is durable;
//             what is offered and not taken stays: the stream bounds it by what it pulls.
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

[[nodiscard]] std::string outbox_record_key(const TypeName& egress, std::uint64_t position);

struct EgressStats {
    std::uint64_t appended = 0;   // By this process.
    std::uint64_t delivered = 0;  // By this process.
    std::uint64_t waiting = 0;
    std::uint64_t set_aside = 0;  // By this process: the egress can't take them.
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

    // Appends a record in the commit of its turn, or in that of an operator. Its position.
    std::uint64_t append(Draft& draft, const NewRecord& record);

    void on(const EgressAsked& event);
    void on(const EgressTaken& event);

    void on(const StreamOpened& event);
    void on(const StreamPulled& event);
    void on(const StreamDelivered& event);
    void on(const StreamRewound& event);
    void on(const StreamRefused& event);

    void on_durable();
    void clear();

    // What the lanes hold in memory.
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

    // The same, counted anew: for checks.
    [[nodiscard]] std::size_t bytes_in_use() const;

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
        std::size_t records_max = 0;  // What the waiter takes at once, if it is a stream; else 0.
        std::size_t bytes_max = 0;
        std::size_t offered = 0;  // Of the head: with the reader, and not taken away yet.
        std::size_t charged_bytes = 0;
        CommitNumber cut_at{};   // What was durable when it was cut last.
        bool is_stream = false;  // A stream has read it.
        CommitNumber taken{};    // The commit that took the last one away.
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
    void offer_stream(const LaneName& name, Lane& lane);
    void rewind(Lane& lane);
    void pass(Draft& draft, const TypeName& name, std::uint64_t up_to);
    void read_on(const LaneName& name, Lane& lane);
    void take_rows(const LaneName& name, const storage::ScanResult& rows);
    void taken(const LaneName& name, Lane& lane, std::uint64_t position);
    void put_row(Draft& draft, const TypeName& name, Egress& egress);
    // outbox_memory.cc
    [[nodiscard]] bool holds_much() const;
    void keep_within_limits(Lane& lane);
    void cut(Lane& lane);
    void cut_all_if_much();
    // After each change of what the lane holds.
    void charge(Lane& lane);

    Core& core_;
    std::map<TypeName, Egress> egresses_;
    std::size_t bytes_ = 0;
    std::set<LaneName> asked_;  // Lanes whose reader waits for a record to become durable.
};

}  // namespace sfg::engine
