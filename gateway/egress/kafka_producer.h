// KafkaProducer: the seam between delivery and librdkafka.
//
// Records go in batches: begin, send any number, finish. With transactions a batch is one, and the
// position of its last record is part of it; without, a batch is finished when all of it is
// acknowledged, and its position is not kept by Kafka.
//
// Threads:    one. Every function may block, for as long as its time-outs say.
// Invariants: after an error that is not `passing` the batch is over: abandon() it, or make a new
//             producer.
#pragma once

#include "gateway/egress/kafka_record.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace sfg::egress {

enum class KafkaTrouble : std::uint8_t {
    batch,    // This batch did not go: abandon it and send it again.
    lost,     // This producer is of no use any more, or it is not known how its batch ended: make a
              // new one, and read the position.
    fenced,   // Another producer has taken the transactional id.
    refused,  // The broker will not have it as it is configured: somebody has to change something.
};

struct KafkaError {
    KafkaTrouble trouble = KafkaTrouble::batch;
    std::string what;
};

// A record that no repetition brings to its topic: too large, no such topic, not allowed.
struct KafkaRefusal {
    std::uint64_t position = 0;
    std::string reason;
};

struct KafkaPosition {
    std::uint64_t delivered = 0;  // Every record up to this one is in its topic.
    std::string writer;           // The process that committed it.
};

class KafkaProducer {
public:
    virtual ~KafkaProducer() = default;

    // Connects, and with transactions ends those of a predecessor.
    [[nodiscard]] virtual std::optional<KafkaError> open() = 0;

    // How far the egress came, as Kafka knows it; nothing: it knows of none, or keeps none.
    [[nodiscard]] virtual std::variant<std::optional<KafkaPosition>, KafkaError> position() = 0;

    [[nodiscard]] virtual std::optional<KafkaError> begin() = 0;

    // Hands one record over. It is copied.
    using Sent = std::variant<std::monostate, KafkaRefusal, KafkaError>;
    [[nodiscard]] virtual Sent send(const KafkaRecord& record, std::uint64_t position) = 0;

    // Waits until all that was sent is there. A refusal names the first that can't be: nothing of
    // a transaction is there then.
    [[nodiscard]] virtual Sent finish(std::uint64_t position) = 0;

    // Nothing of a transaction will be there.
    [[nodiscard]] virtual std::optional<KafkaError> abandon() = 0;
};

}  // namespace sfg::egress
