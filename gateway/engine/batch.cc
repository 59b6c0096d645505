#include "gateway/engine/batch.h"

#include "protocol/assert.h"

#include <algorithm>

namespace sfg::engine {

Batch batch_for(
    const Entity& entity,
    const EndpointSpec& endpoint,
    std::size_t bytes_max,
    std::uint64_t event
) {
    const Mailbox& mailbox = entity.mailbox;
    SFG_ASSERT(mailbox.ready() > 0, "only an entity with messages is called");
    std::size_t most =
        endpoint.batch_messages_max == 0 ? mailbox.ready() : endpoint.batch_messages_max;
    most = entity.fresh_at == event ? 1 : std::min(most, mailbox.ready());
    Batch batch{1, mailbox.at(0).bytes.size()};
    while (batch.messages < most) {
        std::size_t bytes = batch.bytes + mailbox.at(batch.messages).bytes.size();
        if (bytes > bytes_max) {
            break;
        }
        batch.bytes = bytes;
        ++batch.messages;
    }
    return batch;
}

}  // namespace sfg::engine
