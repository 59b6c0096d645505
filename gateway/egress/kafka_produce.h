// Hands a record to librdkafka.
//
// librdkafka that was told once that there is no such topic goes on thinking so: the broker is
// asked again before a record is refused for that. So whoever makes the topic and replays the
// record need not restart anything.
//
// Threads: the producer's. Blocks for up to kLookUpTopic, if the topic is not known.
#pragma once

#include "gateway/egress/kafka_handles.h"
#include "gateway/egress/kafka_record.h"

#include <chrono>
#include <cstdint>

namespace sfg::kafka {

inline constexpr std::chrono::milliseconds kLookUpTopic{3'000};

// `position` comes back with the delivery report. It is copied.
[[nodiscard]] rd_kafka_resp_err_t
produce(rd_kafka_t* handle, const egress::KafkaRecord& record, std::uint64_t position);

}  // namespace sfg::kafka
