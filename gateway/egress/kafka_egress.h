// KafkaEgresses: the Kafka egresses of module.yaml, each with a thread that delivers its records.
//
// Threads:    the engine's loop calls everything; each egress blocks a thread of its own.
// Lifetime:   whoever takes the events outlives it. stop() before its destruction.
// Invariants: a waiter's space says that it waits here, its slot at which egress.
#pragma once

#include "gateway/egress/kafka_delivery.h"
#include "gateway/egress/stream_port.h"
#include "protocol/ids.h"
#include "protocol/kafka_spec.h"

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
    // `put`: called from any thread.
    KafkaEgresses(
        const std::vector<KafkaEgressSpec>& specs,
        std::function<void(engine::Event)> put
    );
    KafkaEgresses(const KafkaEgresses&) = delete;
    KafkaEgresses& operator=(const KafkaEgresses&) = delete;
    ~KafkaEgresses();

    // `store` is part of what Kafka knows these egresses by: another store's are others.
    void start(StoreId store);

    void on_answer(WaiterId waiter, engine::Answer answer);

    // Nothing new is taken; what is being delivered is finished, or its time-out comes. Then
    // `stopped`, on the last of the threads (or at once).
    void begin_stop(std::function<void()> stopped);

    // Waits for the threads.
    void stop();

    [[nodiscard]] std::vector<std::pair<TypeName, KafkaEgressReport>> reports() const;

private:
    struct Lane;

    std::vector<std::unique_ptr<Lane>> lanes_;
    struct Stopping;
    std::shared_ptr<Stopping> stopping_;
};

}  // namespace sfg::egress
