// Every limit that the process obeys, with its unit last in the name and its reason beside it.
//
// Those that an operator may change are defaults here and options of gateway.yaml.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sfg {

inline constexpr std::size_t kKiB = 1024;
inline constexpr std::size_t kMiB = 1024 * kKiB;

// The number of partitions of a new store. Fixed for its life: it decides where an id lives.
inline constexpr std::uint16_t kPartitions = 128;

// An id in any message. HTTP request targets are shorter (kRequestTargetBytesMax).
inline constexpr std::size_t kIdBytesMax = 64 * kKiB;
// Namespace or name of a function type, egress or state; a typename as a whole.
inline constexpr std::size_t kNameBytesMax = 4 * kKiB;

// The token of a delayed message; it is part of a key of the store.
inline constexpr std::size_t kTokenBytesMax = 64 * kKiB;

// The largest body that enters through an ingress, and the largest answer of a function
// (StateFun's payload_max_bytes default).
inline constexpr std::size_t kBodyBytesMax = 32 * kMiB;
// A larger body passes one of the three gates (design D4): ingress, request, response. Each is as
// wide as two of the largest bodies, so that one that comes slowly does not hold up all others.
inline constexpr std::size_t kLargeBodyBytes = 1 * kMiB;
inline constexpr std::size_t kGateBodies = 2;
// Parsing more than this is a helper thread's work, so that the loop stays responsive.
inline constexpr std::size_t kInlineParseBytesMax = 256 * kKiB;

// One batch: StateFun's maxNumBatchRequests default, and what its bytes may add up to. One larger
// message still travels, alone.
inline constexpr std::uint32_t kBatchMessagesMax = 1000;
inline constexpr std::size_t kBatchBytesMax = 16 * kMiB;

// A request to a function: its states and its batch. Two largest messages fit beside each other.
inline constexpr std::size_t kRequestBytesMax = 64 * kMiB;

// Messages in one body of POST /v1/send: they are accepted in one step, which holds the loop.
inline constexpr std::size_t kBulkMessagesMax = 1000;

// Effects of one response: messages, egress records and state mutations together.
inline constexpr std::size_t kEffectsPerResponseMax = 100'000;

// What one call reserves of the commit queue before it starts, and what the queue holds.
inline constexpr std::size_t kCallCreditBytes = 64 * kKiB;
inline constexpr std::size_t kCommitQueueBytesMax = 16 * kMiB;

// Calls to one endpoint at a time, at most: that leaves credit for other endpoints.
inline constexpr std::uint32_t kCallsPerEndpointMax = 192;

// Messages waiting for one entity, and in the whole process, before ingress is refused.
inline constexpr std::uint64_t kMailboxMessagesMax = 1'000'000;
inline constexpr std::uint64_t kMailboxBytesMax = 1024 * kMiB;
inline constexpr std::uint64_t kWaitingMessagesMax = 10'000'000;
inline constexpr std::uint64_t kWaitingBytesMax = 16 * 1024 * kMiB;

// Memory of entities, mailboxes and the outbox; the rest waits on disk.
inline constexpr std::size_t kMemoryBudgetBytes = 24 * kMiB;

// HTTP. 16 KiB is what most proxies take for a request line.
inline constexpr std::size_t kRequestTargetBytesMax = 16 * kKiB;
inline constexpr std::size_t kHeaderBytesMax = 64 * kKiB;

// Idempotency-Key, and how many keyed requests are remembered.
inline constexpr std::size_t kIdempotencyKeyBytesMax = 255;
inline constexpr std::uint64_t kMarksMax = 1'000'000;
inline constexpr std::uint64_t kCallRecordsMax = 100'000;

inline constexpr std::chrono::minutes kReplyKept{10};
inline constexpr std::chrono::hours kKeyedReplyKept{24};
inline constexpr std::chrono::hours kMarkKept{24};

}  // namespace sfg
