#include "gateway/engine/timer_row.h"

#include "storage/key_codec.h"

#include <cstring>
#include <utility>

namespace sfg::engine {

namespace {

using storage::Table;

constexpr char kForm = 1;

}  // namespace

void append_timer_key(std::string& bytes, const TimerKey& key) {
    storage::append_u64(bytes, key.due_ms);
    storage::append_message_key(bytes, key.message);
}

std::optional<TimerKey> read_timer_key(std::string_view bytes) {
    if (bytes.size() != kTimerKeyBytes) {
        return std::nullopt;
    }
    storage::KeyReader reader(bytes, 0);
    std::uint64_t due = *reader.u64();
    return TimerKey{due, storage::read_message_key(reader.rest())};
}

std::string timer_due_prefix(PartitionId partition, std::uint64_t due_ms) {
    std::string key = storage::partition_prefix(partition, Table::timer);
    storage::append_u64(key, due_ms);
    return key;
}

std::string timer_row_key(PartitionId partition, const TimerKey& key) {
    std::string row_key = timer_due_prefix(partition, key.due_ms);
    storage::append_message_key(row_key, key.message);
    return row_key;
}

std::string token_row_key(PartitionId partition, std::string_view suffix) {
    return storage::partition_prefix(partition, Table::token).append(suffix);
}

std::string timers_begin_key(PartitionId partition) {
    std::string key = storage::partition_prefix(partition, Table::partition_row);
    storage::append_text(key, "timers");
    return key;
}

SharedBytes
encode_timer_row(std::string_view token, const Address& target, std::string_view message) {
    std::string head(1, kForm);
    storage::append_text(head, token);
    storage::append_text(head, target.type.ns);
    storage::append_text(head, target.type.name);
    storage::append_text(head, target.id);
    SharedBytes row = SharedBytes::uninitialized(head.size() + message.size());
    std::memcpy(row.mutable_data(), head.data(), head.size());
    std::memcpy(row.mutable_data() + head.size(), message.data(), message.size());
    return row;
}

std::optional<TimerRow> decode_timer_row(std::string_view bytes) {
    if (bytes.empty() || bytes[0] != kForm) {
        return std::nullopt;
    }
    storage::KeyReader reader(bytes, 1);
    auto token = reader.text();
    auto target = token ? reader.address() : std::nullopt;
    if (!target) {
        return std::nullopt;
    }
    return TimerRow{std::move(*token), std::move(*target), SharedBytes(reader.rest())};
}

}  // namespace sfg::engine
