// ExpirySweep: expired values leave the disk (design D12).
//
// It reads what is due in the expiry table of a partition, in portions, and decides about each
// entry as an event of the engine: from memory where the entity is loaded, else from the stored
// stamps. A value that has expired is deleted with its entry; one that was written or touched since
// gets a new entry; an entry without a value goes. A value whose name the registry has lost (Loads)
// is kept, with its entry, until a function declares it.
//
// Threads:    the engine's.
// Invariants: a value is deleted only by its stamps, as they are at that moment: while its entity
//             is not loaded, a pin (Entity::load) keeps it from being loaded or forgotten between
//             the read of the stamps and the durable deletion. Never while a call of the entity is
//             out, since its commit may touch the value; such an entry is looked at again later.
// Limits:     one portion at a time, of kPortionRows; its pins hold up no more than so many
//             entities for one read and one sync.
#pragma once

#include "gateway/engine/core.h"
#include "gateway/engine/expiration.h"
#include "gateway/engine/expiry_dues.h"
#include "gateway/engine/states.h"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace sfg::engine {

class ExpirySweep {
public:
    ExpirySweep(Core& core, ExpiryDues& dues, States& states)
        : core_(core),
          dues_(dues),
          states_(states) {}

    // Goes on if it is time; returns when to call it next. Before the loads: it unpins entities
    // that may want one.
    SteadyMs settle();

    void clear();

private:
    enum class Stage : std::uint8_t { idle, reading, committing };

    struct Due {
        std::string key;
        ExpiryEntry entry;
        bool pinned = false;
        bool made = false;    // Its entity was brought into memory only for this.
        std::size_t get = 0;  // If pinned: the value's place in the read; the row's is the next.
    };

    struct Stamps {
        std::int64_t written_ms = 0;
        std::int64_t touched_ms = 0;
    };

    void begin_round(PartitionId partition);
    void end_round();
    void read_entries();
    void take_entries(const storage::ScanResult& rows);
    [[nodiscard]] bool pin(Due& due, ReadRequest& request);
    void decide(const ReadResult& read);
    void decide(Draft& draft, Due& due, Entity& entity, const ReadResult& read);
    [[nodiscard]] bool busy(const Due& due, const Entity* entity) const;
    // Nothing: there is no such value.
    [[nodiscard]] static std::optional<Stamps> stamps(
        const Due& due,
        const Entity& entity,
        std::optional<std::size_t> ordinal,
        const ReadResult& read
    );
    void leave(const Due& due);
    void finish_portion();

    Core& core_;
    ExpiryDues& dues_;
    States& states_;

    Stage stage_ = Stage::idle;
    CommitNumber number_{};  // The portion is over when this is durable.
    std::vector<Due> portion_;
    std::unordered_set<std::string> deleted_;  // Keys of values, in this portion.

    // A round goes through what is due in one partition.
    std::optional<PartitionId> partition_;
    std::uint64_t ownership_ = 0;  // When it began.
    std::string from_;
    std::int64_t left_ms_ = kNeverExpires;  // The first entry that it leaves there is due then.
    bool more_ = false;
};

}  // namespace sfg::engine
