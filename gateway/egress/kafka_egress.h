// KafkaEgresses: the Kafka egresses of module.yaml, each with a thread that delivers its records.
//
// An egress that is taken away or changed finishes what it is delivering; only then begins what
// takes its place, so that two never deliver the records of one.
//
// Threads:    the engine's loop calls everything; each egress blocks a thread of its own.
// Lifetime:   whoever takes the events, and the loop, outlive it. stop() before its destruction,
//             when the loop has ended.
// Invariants: a waiter's space says that it waits here, its slot at which egress; a slot is never
//             given a second time, so that late answers find nobody.
// Limits:     kSlotsMax egresses in the life of a process, changed ones counted anew.
#pragma once

#include "gateway/egress/kafka_delivery.h"
#include "gateway/egress/stream_port.h"
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
    static constexpr std::size_t kSlotsMax = 0x10000;

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
    struct Lane;

    void add(const KafkaEgressSpec& spec);
    void begin(std::size_t slot);
    // Those that wait for nobody.
    void begin_waiting();
    void on_ended(std::size_t slot);

    const Outside outside_;
    const std::string writer_;
    std::string store_name_;
    std::vector<std::unique_ptr<Lane>> lanes_;  // By slot; null: it has ended.
    std::size_t running_ = 0;
    bool is_stopping_ = false;
    std::function<void()> stopped_;
};

}  // namespace sfg::egress
