// Kafka: everything that reads from Kafka and writes to it, by threads of its own.
//
// Threads:    the loop's.
// Lifetime:   whoever takes the events, and the loop, outlive it. stop() before its destruction,
//             when the loop has ended.
// Invariants: a waiter's space (its upper bits) is the side that it waits at.
#pragma once

#include "gateway/config.h"
#include "gateway/egress/kafka_egress.h"
#include "gateway/ingress/kafka_ingress.h"
#include "protocol/module_spec.h"

#include <functional>

namespace sfg {

class Kafka {
public:
    using Put = std::function<void(engine::Event)>;           // Called from any thread.
    using Post = std::function<void(std::function<void()>)>;  // Brings work to the loop, the same.

    Kafka(const ModuleSpec& module, const Config& config, const Put& put, const Post& post);

    // `store` is part of what Kafka knows the egresses by.
    void start(StoreId store);

    // Whether this many changes are still possible in the life of the process.
    [[nodiscard]] bool has_room(const ModuleSpec& next) const;

    // Requires: started, has_room().
    void rebind(const ModuleSpec& next);

    // False: it waits somewhere else.
    [[nodiscard]] bool takes(WaiterId waiter) const;
    // Requires: takes().
    void answer(WaiterId waiter, engine::Answer answer);

    // Nothing more is read, and what is on its way out is finished. Then `stopped`, on the loop (or
    // at once).
    void begin_stop(std::function<void()> stopped);

    // Waits for the threads.
    void stop();

    [[nodiscard]] const ingress::KafkaIngresses& ingresses() const { return ingresses_; }

    [[nodiscard]] const egress::KafkaEgresses& egresses() const { return egresses_; }

private:
    egress::KafkaEgresses egresses_;
    ingress::KafkaIngresses ingresses_;
};

}  // namespace sfg
