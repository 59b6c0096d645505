#include "gateway/ingress/kafka_messages.h"

#include "protocol/base64.h"
#include "protocol/codec.h"
#include "protocol/limits.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace sfg::ingress {

namespace {

using Json = nlohmann::ordered_json;

// Of several with one name the last counts, as for Kafka's Java client.
std::optional<std::string_view>
header_of(const KafkaRecordView& record, const std::optional<std::string>& name) {
    if (!name) {
        return std::nullopt;
    }
    const auto& headers = record.headers;
    auto found = std::find_if(headers.rbegin(), headers.rend(), [&name](const auto& header) {
        return header.name == *name && header.value;
    });
    return found == headers.rend() ? std::nullopt : found->value;
}

std::string object_to_id(std::optional<std::string_view> id) {
    if (!id) {
        return "it has no key";
    }
    if (id->size() > kIdBytesMax) {
        return "its key has " + std::to_string(id->size()) + " bytes, more than the " +
               std::to_string(kIdBytesMax) + " of an id";
    }
    return is_utf8(*id) ? "" : "its key is not UTF-8";
}

std::string object_to_value(const KafkaRecordView& record, std::size_t bytes_max) {
    if (!record.value) {
        return "it has no value (a tombstone)";
    }
    if (record.value->size() > bytes_max) {
        return "its value has " + std::to_string(record.value->size()) + " bytes, more than the " +
               std::to_string(bytes_max) + " of a message";
    }
    return {};
}

std::string object_to_type(std::string_view type) {
    bool is_type = !type.empty() && type.size() <= kNameBytesMax && is_utf8(type);
    return is_type ? "" : "its header with the typename is no typename (1 to 4096 bytes of UTF-8)";
}

struct Parts {
    std::string_view id;
    std::string_view type;
    std::string_view value;
    PartitionId partitions;
};

std::size_t add_message(const Parts& parts, const TypeName& target, SourceBatch& to) {
    PartitionId home = partition_of(parts.id, parts.partitions);
    OpenMessage message = make_open_message(home, nullptr, parts.type, parts.value.size());
    message.fill(parts.value);
    std::size_t bytes = message.bytes.size() + parts.id.size();
    to.messages.push_back({{target, std::string(parts.id)}, std::move(message.bytes)});
    return bytes;
}

KafkaOutcome add_invalid(
    const KafkaRecordView& record,
    const KafkaTopic& topic,
    const KafkaMessageRules& rules,
    std::string reason,
    SourceBatch& to
) {
    const InvalidRecords& invalid = topic.invalid;
    switch (invalid.action) {
        case OnInvalidRecord::fail:
            return {KafkaFate::stopped, std::move(reason)};
        case OnInvalidRecord::skip:
            return {KafkaFate::skipped, std::move(reason)};
        case OnInvalidRecord::forward: {
            std::string_view value = record.value.value_or(std::string_view());
            if (value.size() <= rules.value_bytes_max) {
                auto id = header_of(record, rules.id_header);
                id = id ? id : record.key;
                Parts parts{kNoKeyId, topic.value_type, value, rules.partitions};
                parts.id = object_to_id(id).empty() ? *id : parts.id;
                std::size_t bytes = add_message(parts, *invalid.function, to);
                return {KafkaFate::messages, std::move(reason), bytes};
            }
            break;
        }
        case OnInvalidRecord::dead_letter:
            break;
    }
    KafkaPartition partition{std::string(record.topic), record.partition};
    to.refused.push_back(
        {partition.text(),
         static_cast<std::uint64_t>(record.offset),
         describe_kafka_record(record, reason, rules.value_bytes_max)}
    );
    return {KafkaFate::refused, std::move(reason), to.refused.back().record.size()};
}

Json bytes_or_null(std::optional<std::string_view> bytes) {
    return bytes ? Json(base64(*bytes)) : Json(nullptr);
}

}  // namespace

KafkaOutcome add_kafka_record(
    const KafkaRecordView& record,
    const KafkaTopic& topic,
    const KafkaMessageRules& rules,
    SourceBatch& to
) {
    auto id = header_of(record, rules.id_header);
    id = id ? id : record.key;
    std::string_view type = header_of(record, rules.type_header).value_or(topic.value_type);
    std::string reason = object_to_id(id);
    reason = reason.empty() ? object_to_value(record, rules.value_bytes_max) : reason;
    reason = reason.empty() ? object_to_type(type) : reason;
    if (!reason.empty()) {
        return add_invalid(record, topic, rules, std::move(reason), to);
    }
    KafkaOutcome outcome;
    for (const TypeName& target : topic.targets) {
        outcome.bytes += add_message({*id, type, *record.value, rules.partitions}, target, to);
    }
    return outcome;
}

std::string describe_kafka_record(
    const KafkaRecordView& record,
    const std::string& reason,
    std::size_t value_bytes_max
) {
    Json json = {
        {"topic", record.topic},
        {"partition", record.partition},
        {"offset", record.offset},
        {"timestamp", record.timestamp_ms ? Json(*record.timestamp_ms) : Json(nullptr)},
        {"reason", reason},
        {"key", bytes_or_null(record.key)},
    };
    bool is_cut = record.value && record.value->size() > value_bytes_max;
    json["value"] = bytes_or_null(is_cut ? record.value->substr(0, kCutValueBytes) : record.value);
    if (is_cut) {
        json["value_is_cut_from_bytes"] = record.value->size();
    }
    Json headers = Json::array();
    for (const KafkaHeader& header : record.headers) {
        headers.push_back({{"name", header.name}, {"value", bytes_or_null(header.value)}});
    }
    json["headers"] = std::move(headers);
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace sfg::ingress
