#include "gateway/engine/expiration.h"

#include "storage/key_codec.h"

#include <algorithm>
#include <bit>

namespace sfg::engine {

namespace {

std::int64_t add(std::int64_t time_ms, std::int64_t more_ms) {
    return time_ms > kNeverExpires - more_ms ? kNeverExpires : time_ms + more_ms;
}

}  // namespace

std::int64_t
expires_at_ms(const KnownState& state, std::int64_t stamp_ms, std::int64_t touched_ms) {
    if (state.mode == ExpireMode::none) {
        return kNeverExpires;
    }
    std::int64_t last = stamp_ms;
    if (state.mode == ExpireMode::after_invoke) {
        last = std::max({stamp_ms, touched_ms, state.touched_from_ms});
    }
    return add(last, state.expire_after_ms);
}

std::int64_t entry_due_ms(std::int64_t expires_at_ms, std::int64_t expire_after_ms) {
    auto parts = static_cast<std::uint64_t>(std::max<std::int64_t>(expire_after_ms / 32, 1));
    auto step = static_cast<std::int64_t>(std::bit_floor(parts));
    return add(expires_at_ms, step - 1) / step * step;
}

std::string expiry_from(PartitionId partition, std::int64_t due_ms) {
    std::string key = storage::partition_prefix(partition, storage::Table::expiry);
    storage::append_u64(key, static_cast<std::uint64_t>(std::max<std::int64_t>(due_ms, 0)));
    return key;
}

std::string expiry_key(
    PartitionId partition,
    std::int64_t due_ms,
    std::string_view entity_suffix,
    std::string_view state
) {
    std::string key = expiry_from(partition, due_ms);
    key += entity_suffix;
    storage::append_text(key, state);
    return key;
}

std::optional<ExpiryEntry> read_expiry_key(std::string_view key) {
    storage::KeyReader reader(key, storage::kPartitionPrefixBytes);
    auto due = reader.u64();
    auto address = due ? reader.address() : std::nullopt;
    auto state = address ? reader.text() : std::nullopt;
    if (!state) {
        return std::nullopt;
    }
    return ExpiryEntry{static_cast<std::int64_t>(*due), std::move(*address), std::move(*state)};
}

}  // namespace sfg::engine
