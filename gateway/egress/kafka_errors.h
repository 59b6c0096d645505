// What librdkafka's error codes mean for whoever delivers.
//
// Threads: pure functions.
// Source:  librdkafka 2.0, rdkafka.h; Apache Kafka's Errors.
#pragma once

#include <librdkafka/rdkafka.h>

namespace sfg::kafka {

// Whether repeating can't help the record; other errors are the connection's, or pass.
[[nodiscard]] bool is_refusal(rd_kafka_resp_err_t code);

// Another producer has the transactional id, or the broker gave this one up.
[[nodiscard]] bool is_fenced(rd_kafka_resp_err_t code);

// Settings that somebody has to change, here or at the broker.
[[nodiscard]] bool is_configured_wrong(rd_kafka_resp_err_t code);

}  // namespace sfg::kafka
