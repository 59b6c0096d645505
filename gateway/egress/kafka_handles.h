// Owners of librdkafka's objects.
//
// Threads: as the objects themselves.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>

namespace sfg::kafka {

template <auto kFree>
struct Freed {
    template <typename T>
    void operator()(T* one) const {
        kFree(one);
    }
};

using Conf = std::unique_ptr<rd_kafka_conf_t, Freed<rd_kafka_conf_destroy>>;
using Handle = std::unique_ptr<rd_kafka_t, Freed<rd_kafka_destroy>>;
using Error = std::unique_ptr<rd_kafka_error_t, Freed<rd_kafka_error_destroy>>;
using Offsets =
    std::unique_ptr<rd_kafka_topic_partition_list_t, Freed<rd_kafka_topic_partition_list_destroy>>;
using Group = std::
    unique_ptr<rd_kafka_consumer_group_metadata_t, Freed<rd_kafka_consumer_group_metadata_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Freed<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Freed<rd_kafka_event_destroy>>;

}  // namespace sfg::kafka
