#include "gateway/engine/entity_row.h"

#include "storage/key_codec.h"

namespace sfg::engine {

std::string encode(const EntityRow& row) {
    std::string bytes;
    storage::append_message_key(bytes, row.consumed);
    storage::append_u64(bytes, static_cast<std::uint64_t>(row.touched_ms));
    bytes += static_cast<char>(row.status);
    bytes += row.detail;
    return bytes;
}

std::optional<EntityRow> decode_entity_row(std::string_view bytes) {
    if (bytes.size() < storage::kMessageKeyBytes + 8 + 1) {
        return std::nullopt;
    }
    EntityRow row;
    row.consumed = storage::read_message_key(bytes.substr(0, storage::kMessageKeyBytes));
    storage::KeyReader reader(bytes, storage::kMessageKeyBytes);
    row.touched_ms = static_cast<std::int64_t>(*reader.u64());
    row.status = static_cast<std::uint8_t>(reader.rest().front());
    row.detail = reader.rest().substr(1);
    return row;
}

}  // namespace sfg::engine
