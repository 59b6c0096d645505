#include "gateway/engine/batch.h"

#include "protocol/assert.h"

#include <algorithm>

namespace sfg::engine {

Batch batch_for(const Entity& entity, BatchLimits limits, std::uint64_t event) {
    const Mailbox& mailbox = entity.mailbox;
    SFG_ASSERT(mailbox.ready() > 0, "only an entity with messages is called");
    std::size_t most = entity.fresh_at == event ? 1 : std::min(limits.messages, mailbox.ready());
    Batch batch{1, mailbox.at(0).bytes.size()};
    while (batch.messages < most) {
        std::size_t bytes = batch.bytes + mailbox.at(batch.messages).bytes.size();
        if (bytes > limits.bytes) {
            break;
        }
        batch.bytes = bytes;
        ++batch.messages;
    }
    return batch;
}

}  // namespace sfg::engine
