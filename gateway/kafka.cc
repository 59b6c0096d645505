#include "gateway/kafka.h"

#include "gateway/ingress/inbox.h"
#include "protocol/limits.h"

#include <utility>

namespace sfg {

namespace {

unsigned space_of(WaiterId waiter) {
    return runtime::space_of(ingress::exchange_of(waiter));
}

}  // namespace

Kafka::Kafka(const ModuleSpec& module, const Config& config, const Put& put, const Post& post)
    : egresses_(module.kafka_egresses, {put, post}),
      ingresses_(module.kafka_ingresses, {put, post, kPartitions, config.body_bytes_max}) {}

void Kafka::start(StoreId store) {
    egresses_.start(store);
    ingresses_.start();
}

bool Kafka::has_room(const ModuleSpec& next) const {
    return egresses_.has_room(next.kafka_egresses) && ingresses_.has_room(next.kafka_ingresses);
}

void Kafka::rebind(const ModuleSpec& next) {
    egresses_.rebind(next.kafka_egresses);
    ingresses_.rebind(next.kafka_ingresses);
}

bool Kafka::takes(WaiterId waiter) const {
    unsigned space = space_of(waiter);
    return space == egress::kKafkaEgressSpace || space == ingress::kKafkaIngressSpace;
}

void Kafka::answer(WaiterId waiter, engine::Answer answer) {
    if (space_of(waiter) == ingress::kKafkaIngressSpace) {
        ingresses_.on_answer(waiter, std::move(answer));
    } else {
        egresses_.on_answer(waiter, std::move(answer));
    }
}

void Kafka::begin_stop(std::function<void()> stopped) {
    ingresses_.begin_stop([this, stopped = std::move(stopped)]() mutable {
        egresses_.begin_stop(std::move(stopped));
    });
}

void Kafka::stop() {
    ingresses_.stop();
    egresses_.stop();
}

}  // namespace sfg
