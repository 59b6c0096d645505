// What the engine counts for its operators. Plain numbers: the engine is on one thread, and a
// reader gets a copy by an event.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sfg::engine {

// Per function type; the names follow StateFun's metrics.
struct FunctionStats {
    std::uint64_t messages_in = 0;  // Messages that turns have consumed.
    std::uint64_t turns = 0;
    std::uint64_t incomplete = 0;  // Incomplete answers.
    std::uint64_t out_local = 0;   // To the sender's partition.
    std::uint64_t out_remote = 0;  // To another partition.
    std::uint64_t out_egress = 0;
    std::uint64_t expired = 0;       // Values of states that expired and were deleted.
    std::uint64_t rejected = 0;      // Calls that were answered but not applied.
    std::uint64_t failed_calls = 0;  // Calls that ended without a response.
    std::uint64_t parked = 0;        // Entities that were parked by this process.
    std::uint64_t calls_in_flight = 0;
    std::uint64_t active_entities = 0;  // Entities that wait in memory, not parked nor paused.
    std::uint64_t backlog = 0;  // Messages that wait, as far as they are in memory or counted.
};

// Why an entity that has messages waits (design, invariant 11).
enum class WaitReason : std::uint8_t {
    none,  // No message waits.
    loading,
    ready,  // Waits for credit or a slot of its endpoint.
    in_flight,
    backoff,
    no_destination,
    paused,
    parked,
    releasing,
    not_durable,    // dispatch: after-commit.
    type_down,      // Its type fails for everybody.
    endpoint_down,  // Like ready; counted where the endpoint's breaker is open.
};

inline constexpr std::size_t kWaitReasons = 12;

// It is called again by the clock.
[[nodiscard]] constexpr bool is_pause(WaitReason reason) {
    return reason == WaitReason::backoff || reason == WaitReason::parked;
}

// In their order, as metrics and operators' pages call them.
inline constexpr std::array<std::string_view, kWaitReasons> kWaitReasonNames = {
    "none",
    "loading",
    "ready",
    "in_flight",
    "backoff",
    "no_destination",
    "paused",
    "parked",
    "releasing",
    "not_durable",
    "type_down",
    "endpoint_down",
};

struct EngineStats {
    std::uint64_t accepted = 0;  // Messages from outside.
    std::uint64_t commits = 0;
    std::uint64_t late_events = 0;   // Dropped by epoch or request.
    std::uint64_t late_replies = 0;  // To calls that nobody knows any more.
    std::uint64_t dead_letters = 0;  // Set aside by this process.
    std::uint64_t evictions = 0;
    std::uint64_t spills = 0;
    std::uint64_t loads = 0;
    std::array<std::uint64_t, kWaitReasons> waiting_entities{};
    std::uint64_t parked_entities = 0;  // Of all partitions, on disk too.
    std::uint64_t news_lost = 0;        // Happenings that nobody was told.
    std::uint64_t waiting_messages = 0;
    std::uint64_t waiting_bytes = 0;
    std::uint64_t entities_in_memory = 0;
    std::uint64_t memory_bytes = 0;
    std::uint64_t undurable_bytes = 0;
    std::uint64_t open_calls = 0;
    std::uint64_t calls_in_flight = 0;
    std::uint64_t timers_pending = 0;
    std::uint64_t timers_fired = 0;
    std::uint64_t timers_cancelled = 0;
    std::uint64_t timer_lag_ms = 0;  // How late the next timer is; 0: it is not due.
    std::uint64_t partitions_owned = 0;
    std::uint64_t partitions_to_scan = 0;
    // Function types in partitions with entities that wait and are not in memory.
    std::uint64_t backlog_ranges = 0;
};

}  // namespace sfg::engine
