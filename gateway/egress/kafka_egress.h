// KafkaEgresses: the Kafka egresses of module.yaml, each with a thread that delivers its records
// (lanes.h says how they come, change and go).
//
// Threads:    the engine's loop calls everything; each egress blocks a thread of its own.
// Lifetime:   whoever takes the events, and the loop, outlive it. stop() before its destruction,
//             when the loop has ended.
// Limits:     those of lanes.h.
#pragma once

#include "gateway/egress/kafka_delivery.h"
#include "gateway/egress/stream_port.h"
#include "gateway/runtime/lanes.h"
#include "protocol/ids.h"
#include "protocol/kafka_spec.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sfg::egress {

// Of the waiters (http_types.h: the uppermost four bits).
inline constexpr unsigned kKafkaEgressSpace = 4;

class KafkaEgresses {
public:
    struct Outside {
        std::function<void(engine::Event)> put;           // Called from any thread.
        std::function<void(std::function<void()>)> post;  // Brings work to the loop, the same.
        // Makes the producer of an egress, on its thread. Absent: librdkafka's. `name`: what Kafka
        // knows the egress by, `writer`: this process.
        std::function<std::unique_ptr<KafkaProducer>(
            const KafkaEgressSpec& spec,
            const std::string& name,
            const std::string& writer
        )>
            make_producer = {};
    };

    KafkaEgresses(const std::vector<KafkaEgressSpec>& specs, Outside outside);
    KafkaEgresses(const KafkaEgresses&) = delete;
    KafkaEgresses& operator=(const KafkaEgresses&) = delete;
    ~KafkaEgresses();

    // `store` is part of what Kafka knows these egresses by: another store's are others.
    void start(StoreId store);

    // Whether there are slots for these, should all of them be new.
    [[nodiscard]] bool has_room(const std::vector<KafkaEgressSpec>& next) const;

    // These are the egresses from now on. Requires: started, has_room().
    void rebind(const std::vector<KafkaEgressSpec>& next);

    void on_answer(WaiterId waiter, engine::Answer answer);

    // Nothing new is taken; what is being delivered is finished, or its time-out comes. Then
    // `stopped`, on the loop (or at once).
    void begin_stop(std::function<void()> stopped);

    // Waits for the threads.
    void stop();

    // One for each egress.
    [[nodiscard]] std::vector<std::pair<TypeName, KafkaEgressReport>> reports() const;

private:
    class Deliverer;

    [[nodiscard]] std::unique_ptr<Deliverer> make(const KafkaEgressSpec& spec, WaiterId first);

    const Outside outside_;
    const std::string writer_;
    std::string store_name_;
    runtime::Lanes<KafkaEgressSpec, Deliverer> lanes_;
};

}  // namespace sfg::egress
