// Commit: the effects of one decision, to become durable all together.
//
// A commit is built by the engine as operations on keys. The messages among them have dense indexes
// (MessageKey), so that a message that is consumed while its put is still in the open group can be
// taken out of the group again (design D3): a consumed message is named by its key, and the
// group decides whether a delete is needed.
//
// Threads: the engine's.
#pragma once

#include "protocol/ids.h"
#include "protocol/shared_bytes.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sfg::engine {

// Memory that a driver has granted to somebody; it is given back with the last copy.
using Hold = std::shared_ptr<const void>;

// How urgently a commit must reach the disk (design D3, sync on demand).
enum class Urgency : std::uint8_t {
    lazy,    // Nobody waits: after 5 ms or 1 MiB.
    waited,  // Somebody outside waits: as soon as the loop has nothing else ready.
};

struct Commit {
    struct Put {
        std::string key;
        SharedBytes value;
    };

    // A message put; `index` of its key is its place in `messages`.
    struct MessagePut {
        std::string key;
        SharedBytes value;
    };

    // A message or timer that is gone. Its put may still be in the open group.
    struct MessageDelete {
        std::string key;
        MessageKey message;
    };

    // A row of which only the last value of a group matters (partition rows, egress rows).
    struct RowPut {
        std::string key;
        std::string value;
    };

    CommitNumber number{};
    Urgency urgency = Urgency::lazy;
    std::vector<MessagePut> messages;
    std::vector<MessageDelete> consumed;
    std::vector<Put> puts;
    std::vector<std::string> deletes;
    std::vector<RowPut> rows;
};

}  // namespace sfg::engine
