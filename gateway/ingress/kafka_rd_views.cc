#include "gateway/ingress/kafka_rd_views.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace sfg::kafka {

using ingress::KafkaConsumer;
using ingress::KafkaHeader;
using ingress::KafkaOutOfRange;
using ingress::KafkaPartition;
using ingress::KafkaPlace;
using ingress::KafkaProblem;
using ingress::KafkaRecordView;

Offsets list_of(const std::vector<KafkaPartition>& partitions, std::int64_t offset) {
    Offsets list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
    for (const KafkaPartition& each : partitions) {
        rd_kafka_topic_partition_list_add(list.get(), each.topic.c_str(), each.partition)->offset =
            offset;
    }
    return list;
}

Offsets list_of(const std::vector<KafkaPlace>& places) {
    Offsets list(rd_kafka_topic_partition_list_new(static_cast<int>(places.size())));
    for (const KafkaPlace& each : places) {
        const auto& [topic, partition] = each.partition;
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset =
            each.offset;
    }
    return list;
}

rd_kafka_resp_err_t
read_list(const rd_kafka_topic_partition_list_t& list, std::vector<KafkaPlace>& places) {
    for (int i = 0; i < list.cnt; ++i) {
        const rd_kafka_topic_partition_t& one = list.elems[i];
        if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return one.err;
        }
        places.push_back({{one.topic, one.partition}, one.offset});
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

KafkaRecordView view_message(const rd_kafka_message_t& message) {
    KafkaRecordView record;
    record.topic = rd_kafka_topic_name(message.rkt);
    record.partition = message.partition;
    record.offset = message.offset;
    rd_kafka_timestamp_type_t kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    std::int64_t time = rd_kafka_message_timestamp(&message, &kind);
    if (kind != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE && time >= 0) {
        record.timestamp_ms = time;
    }
    if (message.key != nullptr) {
        record.key = std::string_view(static_cast<const char*>(message.key), message.key_len);
    }
    if (message.payload != nullptr) {
        record.value = std::string_view(static_cast<const char*>(message.payload), message.len);
    }
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return record;
    }
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
        KafkaHeader& header = record.headers.emplace_back();
        header.name = name;
        if (value != nullptr) {
            header.value = std::string_view(static_cast<const char*>(value), size);
        }
    }
    return record;
}

KafkaConsumer::Next judge_message(const rd_kafka_message_t& message) {
    std::string what = rd_kafka_message_errstr(&message);
    if (message.rkt == nullptr) {
        return KafkaProblem{std::move(what)};
    }
    KafkaPartition partition{rd_kafka_topic_name(message.rkt), message.partition};
    if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
        message.err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
        return KafkaOutOfRange{std::move(partition), std::move(what)};
    }
    return KafkaProblem{partition.text() + ": " + what};
}

KafkaProblem judge_commit(rd_kafka_resp_err_t code) {
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return {};
    }
    std::string what = rd_kafka_err2str(code);
    bool is_taken = code == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID ||
                    code == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION ||
                    code == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS;
    if (is_taken) {
        what += ": another application is a member of this group";
    }
    return {std::move(what)};
}

}  // namespace sfg::kafka
