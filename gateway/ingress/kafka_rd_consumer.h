// The KafkaConsumer on librdkafka.
//
// It is no member of its group: nothing is rebalanced, and several ingresses may name one group.
//
// Threads:    one; librdkafka's own deliver what the brokers tell through poll.
// Limits:     what is fetched ahead (queued.min.messages, queued.max.messages.kbytes and one answer
//             of a broker), and kPulledMax records taken out of it.
// Source:     librdkafka 2.0. Its threads look only once a second whether a full queue has got room
//             again; a question to the brokers makes them look at once. A broker answers it behind
//             a fetch that waits for records, so it is asked only when the queue was long.
#pragma once

#include "gateway/ingress/kafka_consumer.h"
#include "protocol/kafka_spec.h"

#include <memory>

namespace sfg::ingress {

// The spec outlives it.
[[nodiscard]] std::unique_ptr<KafkaConsumer> make_rd_consumer(const KafkaIngressSpec& spec);

}  // namespace sfg::ingress
