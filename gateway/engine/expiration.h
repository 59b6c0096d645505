// Expiration: when the value of a state is no longer there (StateFun's AFTER_WRITE and
// AFTER_INVOKE), and where the store remembers that it must go.
//
// A value is never sent from the moment on when it has expired: that is decided when a request is
// built, from the value's write stamp and the entity's touched stamp. To leave the disk, every
// stored value of an expiring state has an entry in the expiry table. An entry is only a hint: when
// it is due, the stamps decide, and a value that was written or touched since gets a new one. So an
// entity that is busy costs one entry per lifetime of a value, not one per write.
//
// Threads: pure functions.
// Source:  StateFun keeps a value for `ttl` after its last write (AFTER_WRITE), or after the last
//          write or the last request built for its entity (AFTER_INVOKE); at stamp + ttl it is
//          gone.
#pragma once

#include "gateway/engine/registry.h"
#include "protocol/address.h"
#include "protocol/ids.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace sfg::engine {

inline constexpr std::int64_t kNeverExpires = std::numeric_limits<std::int64_t>::max();

// The time (ms) from which on the value is gone; kNeverExpires: it does not expire.
[[nodiscard]] std::int64_t
expires_at_ms(const KnownState& state, std::int64_t stamp_ms, std::int64_t touched_ms);

// When an entry for it is due: at or after `expires_at`, by less than 1/32 of the time to live.
// The entries of a state that comes and goes all the time fall together thereby.
[[nodiscard]] std::int64_t entry_due_ms(std::int64_t expires_at_ms, std::int64_t expire_after_ms);

struct ExpiryEntry {
    std::int64_t due_ms = 0;
    Address address;
    std::string state;
};

// `entity_suffix`: the escaped address (Entity::escaped_address()).
[[nodiscard]] std::string expiry_key(
    PartitionId partition,
    std::int64_t due_ms,
    std::string_view entity_suffix,
    std::string_view state
);
// The start of the entries that are due at `due_ms` or later.
[[nodiscard]] std::string expiry_from(PartitionId partition, std::int64_t due_ms);
[[nodiscard]] std::optional<ExpiryEntry> read_expiry_key(std::string_view key);

}  // namespace sfg::engine
