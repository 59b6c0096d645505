#include "gateway/egress/kafka_produce.h"

#include <array>

namespace sfg::kafka {

namespace {

using Topic = std::unique_ptr<rd_kafka_topic_t, Freed<rd_kafka_topic_destroy>>;

rd_kafka_resp_err_t
hand_over(rd_kafka_t* handle, const egress::KafkaRecord& record, std::uint64_t position) {
    std::array<rd_kafka_vu_t, 5> parts{};
    parts[0].vtype = RD_KAFKA_VTYPE_TOPIC;
    parts[0].u.cstr = record.topic.c_str();
    parts[1].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    parts[1].u.i = RD_KAFKA_MSG_F_COPY;
    parts[2].vtype = RD_KAFKA_VTYPE_OPAQUE;
    parts[2].u.ptr = reinterpret_cast<void*>(position);
    parts[3].vtype = RD_KAFKA_VTYPE_VALUE;
    parts[3].u.mem = {const_cast<char*>(record.value.data()), record.value.size()};
    parts[4].vtype = RD_KAFKA_VTYPE_KEY;
    if (record.key) {
        parts[4].u.mem = {const_cast<char*>(record.key->data()), record.key->size()};
    }
    Error error(rd_kafka_produceva(handle, parts.data(), parts.size()));
    return error ? rd_kafka_error_code(error.get()) : RD_KAFKA_RESP_ERR_NO_ERROR;
}

// What it answers is in force for what is produced next.
bool has_topic(rd_kafka_t* handle, const std::string& name) {
    Topic topic(rd_kafka_topic_new(handle, name.c_str(), nullptr));
    const rd_kafka_metadata_t* found = nullptr;
    int timeout_ms = static_cast<int>(kLookUpTopic.count());
    if (!topic || rd_kafka_metadata(handle, 0, topic.get(), &found, timeout_ms) !=
                      RD_KAFKA_RESP_ERR_NO_ERROR) {
        return false;
    }
    bool is_there = found->topic_cnt == 1 && found->topics[0].err == RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_metadata_destroy(found);
    return is_there;
}

}  // namespace

rd_kafka_resp_err_t
produce(rd_kafka_t* handle, const egress::KafkaRecord& record, std::uint64_t position) {
    auto code = hand_over(handle, record, position);
    bool is_unknown =
        code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
    return is_unknown && has_topic(handle, record.topic) ? hand_over(handle, record, position)
                                                         : code;
}

}  // namespace sfg::kafka
