// What comes from outside for an entity.
//
// Threads: values; the engine's from on() on.
#pragma once

#include "protocol/address.h"
#include "protocol/ids.h"
#include "protocol/shared_bytes.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sfg::engine {

// Makes a request safe to repeat (design D9).
struct Idempotency {
    std::string key;
    std::uint64_t content_hash = 0;  // Of kind (send or call), typename, body and delay.
};

// A message from outside. For a call, the message's caller is a reserved address whose id is a
// placeholder of kMessageIdBytes characters that ends at `stored[id_end]`; the engine writes the
// message id there. Requires: nobody else holds `stored` yet.
struct MessageArrived {
    WaiterId waiter{};
    Address target;
    SharedBytes stored;
    bool is_call = false;
    std::size_t id_end = 0;
    std::optional<Idempotency> idempotency;
    // Deliver it only after so long. Not for a call.
    std::optional<std::chrono::milliseconds> delay;
};

// The messages of one body: all of them are accepted, or none. At most kBulkMessagesMax and at
// least one, each as above, but without a waiter of its own, and no call.
struct BulkArrived {
    WaiterId waiter{};
    std::vector<MessageArrived> messages;
};

}  // namespace sfg::engine
