// EntityView: what an operator is shown of one entity, as JSON, with one sentence that says why it
// waits.
//
// Threads: the engine's.
#pragma once

#include "gateway/engine/core.h"
#include "gateway/engine/entity_row.h"

#include <cstdint>
#include <optional>
#include <string>

namespace sfg::engine {

// Its mailbox as the store has it.
struct MailboxCount {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
    bool is_whole = true;  // Else there are more.
    std::optional<MessageKey> head;
    SharedBytes head_bytes;
};

// `row`: as the store has it, for an entity that is not in memory.
[[nodiscard]] std::string
show_entity(Core& core, const Address& address, const EntityRow& row, const MailboxCount& mailbox);

}  // namespace sfg::engine
