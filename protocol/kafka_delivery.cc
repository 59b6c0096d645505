// What StateFun's delivery semantics ask of a producer.
#include "protocol/duration.h"
#include "protocol/kafka_properties.h"

#include <charconv>
#include <string>

namespace sfg::kafka {
namespace {

constexpr std::int64_t kInFlightOrdered = 5;  // Past it librdkafka and Kafka keep no order.

std::int64_t whole(const Translated& each) {
    std::int64_t number = 0;
    const std::string& text = each.property.value;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

const Translated* first_of(const Translation& in, std::string_view name, std::string_view alias) {
    const Translated* found = in.find(name);
    return found != nullptr ? found : in.find(alias);
}

bool waits_for_all(const Translated* acks) {
    return acks == nullptr || acks->property.value == "all" || acks->property.value == "-1";
}

// What idempotence can't live with, said by the user; null if nothing is.
const Translated* against_idempotence(const Translation& to) {
    const Translated* acks = first_of(to, "acks", "request.required.acks");
    if (!waits_for_all(acks)) {
        return acks;
    }
    const Translated* retries = first_of(to, "retries", "message.send.max.retries");
    if (retries != nullptr && whole(*retries) == 0) {
        return retries;
    }
    const Translated* in_flight =
        first_of(to, "max.in.flight.requests.per.connection", "max.in.flight");
    if (in_flight != nullptr && whole(*in_flight) > kInFlightOrdered) {
        return in_flight;
    }
    const Translated* said = to.find("enable.idempotence");
    return said != nullptr && said->property.value == "false" ? said : nullptr;
}

void apply_transactions(Translation& to, std::chrono::milliseconds timeout) {
    if (const Translated* against = against_idempotence(to)) {
        to.note(
            against->setting,
            Severity::error,
            "exactly-once needs acks: all, enable.idempotence: true, retries above 0 and at most 5 "
            "requests in flight; leave it out"
        );
    }
    const std::string millis = std::to_string(timeout.count());
    if (const Translated* other = to.find("transaction.timeout.ms");
        other != nullptr && other->property.value != millis) {
        to.note(
            other->setting,
            Severity::warning,
            "ignored: deliverySemantic wins, with " + millis + " ms"
        );
    }
    const Translated* delivery = first_of(to, "delivery.timeout.ms", "message.timeout.ms");
    if (delivery != nullptr && (whole(*delivery) > timeout.count() || whole(*delivery) == 0)) {
        const std::size_t setting = delivery->setting;
        to.note(
            setting,
            Severity::warning,
            "longer than the transaction may take; taken as " + duration_text(timeout)
        );
        to.set(std::string(delivery->property.name), millis, setting);
    }
    to.set("enable.idempotence", "true", 0);
    to.set("transaction.timeout.ms", millis, 0);
}

void apply_once_or_more(Translation& to) {
    const Translated* against = against_idempotence(to);
    if (against == nullptr) {
        to.set("enable.idempotence", "true", 0);
        return;
    }
    const bool loses = !waits_for_all(first_of(to, "acks", "request.required.acks"));
    to.note(
        against->setting,
        Severity::warning,
        loses ? "not at-least-once: a record may be lost without its being known"
              : "retries may change the order of records, or double them"
    );
}

}  // namespace

void apply_delivery(Translation& to, KafkaDelivery delivery, std::chrono::milliseconds timeout) {
    if (to.find("partitioner") == nullptr) {
        to.set("partitioner", "murmur2_random", 0);
    }
    if (delivery == KafkaDelivery::exactly_once) {
        apply_transactions(to, timeout);
        return;
    }
    if (const Translated* other = to.find("transaction.timeout.ms")) {
        to.note(
            other->setting,
            Severity::warning,
            "ignored: there are no transactions without "
            "deliverySemantic: {type: exactly-once}"
        );
        to.erase("transaction.timeout.ms");
    }
    if (delivery == KafkaDelivery::at_least_once) {
        apply_once_or_more(to);
    }
}

}  // namespace sfg::kafka
