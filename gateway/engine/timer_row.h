// What the store holds of a delayed message: the timer and, if it can be cancelled, its token.
//
//     timer   partition, due, number, index      token's key, target, the message as it will be
//     sent token   partition, sender, token           due, number, index of its timer row "timers"
//     of the partition              no timer of it has a smaller key than this
//
// Both tables belong to the sender's partition (the target's, if nobody sent it). Due times are
// engine time, milliseconds since 1970.
//
// Threads: pure functions. Part of the on-disk format.
#pragma once

#include "protocol/address.h"
#include "protocol/ids.h"
#include "protocol/shared_bytes.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace sfg::engine {

// Orders timers: by due time, then as they were armed.
struct TimerKey {
    std::uint64_t due_ms = 0;
    MessageKey message;

    auto operator<=>(const TimerKey&) const = default;
};

// After every timer.
inline constexpr TimerKey kNever{std::numeric_limits<std::uint64_t>::max(), {}};

// 20 bytes, in key order.
inline constexpr std::size_t kTimerKeyBytes = 20;
void append_timer_key(std::string& bytes, const TimerKey& key);
[[nodiscard]] std::optional<TimerKey> read_timer_key(std::string_view bytes);

// The key of a timer's row; the same up to the message's own key, which Draft::add_message appends.
[[nodiscard]] std::string timer_row_key(PartitionId partition, const TimerKey& key);
[[nodiscard]] std::string timer_due_prefix(PartitionId partition, std::uint64_t due_ms);
// The key of a token's row. `suffix`: the sender's escaped address and the escaped token.
[[nodiscard]] std::string token_row_key(PartitionId partition, std::string_view suffix);
// The key of the row that says where a partition's timers begin.
[[nodiscard]] std::string timers_begin_key(PartitionId partition);

struct TimerRow {
    std::string token;  // The suffix of its token's key; empty: it can't be cancelled.
    Address target;
    SharedBytes message;  // In its stored form.
};

[[nodiscard]] SharedBytes
encode_timer_row(std::string_view token, const Address& target, std::string_view message);
[[nodiscard]] std::optional<TimerRow> decode_timer_row(std::string_view bytes);

}  // namespace sfg::engine
