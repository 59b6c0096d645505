// KafkaIngresses: the Kafka ingresses of module.yaml, each with a thread that reads its records
// (lanes.h says how they come, change and go; an ingress that has given up begins anew at each
// rebind()).
//
// Threads:    the engine's loop calls everything; each ingress blocks a thread of its own.
// Lifetime:   whoever takes the events, and the loop, outlive it. stop() before its destruction,
//             when the loop has ended.
// Limits:     those of lanes.h.
#pragma once

#include "gateway/ingress/kafka_reading.h"
#include "gateway/runtime/lanes.h"
#include "protocol/ids.h"
#include "protocol/kafka_spec.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace sfg::ingress {

// Of the waiters (http_types.h: the uppermost four bits).
inline constexpr unsigned kKafkaIngressSpace = 5;

class KafkaIngresses {
public:
    struct Outside {
        std::function<void(engine::Event)> put;           // Called from any thread.
        std::function<void(std::function<void()>)> post;  // Brings work to the loop, the same.
        PartitionId partitions = 1;
        std::size_t value_bytes_max = 0;
        // Makes the consumer of an ingress, on its thread. Absent: librdkafka's.
        std::function<std::unique_ptr<KafkaConsumer>(const KafkaIngressSpec& spec)> make_consumer =
            {};
    };

    KafkaIngresses(const std::vector<KafkaIngressSpec>& specs, Outside outside);
    KafkaIngresses(const KafkaIngresses&) = delete;
    KafkaIngresses& operator=(const KafkaIngresses&) = delete;
    ~KafkaIngresses();

    void start();

    // Whether there are slots for these, should all of them be new.
    [[nodiscard]] bool has_room(const std::vector<KafkaIngressSpec>& next) const;

    // These are the ingresses from now on. Requires: started, has_room().
    void rebind(const std::vector<KafkaIngressSpec>& next);

    void on_answer(WaiterId waiter, engine::Answer answer);

    // Nothing more is read; the groups are told how far it is. Then `stopped`, on the loop (or at
    // once).
    void begin_stop(std::function<void()> stopped);

    // Waits for the threads.
    void stop();

    // One for each ingress.
    [[nodiscard]] std::vector<std::pair<TypeName, KafkaIngressReport>> reports() const;

private:
    class Reader;

    [[nodiscard]] std::unique_ptr<Reader> make(const KafkaIngressSpec& spec, WaiterId first);

    const Outside outside_;
    runtime::Lanes<KafkaIngressSpec, Reader> lanes_;
};

}  // namespace sfg::ingress
