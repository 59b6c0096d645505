// From `properties` of module.yaml, written for Kafka's Java client, to settings of librdkafka.
//
// A setting is taken as it is, under librdkafka's name, ignored with a note that says why, or
// refused with the way out: what is meant for security is never dropped. Names that neither client
// has are ignored as the Java client does, with a note.
//
// Set by the gateway and never among the results: bootstrap.servers and group.id (results of their
// own), auto.offset.reset, enable.auto.commit, enable.auto.offset.store, enable.partition.eof,
// transactional.id, statistics.interval.ms, delivery.report.only.error.
//
// Threads:  pure functions.
#pragma once

#include "protocol/kafka_known.h"
#include "protocol/kafka_spec.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace sfg::kafka {

// As it stands in the file.
struct Setting {
    std::string name;
    std::string value;
};

// About the setting with this index.
struct Note {
    std::size_t setting = 0;
    Severity severity = Severity::warning;
    std::string message;
    std::string suggestion;
};

// A result, and the setting that it comes from (0 if from none).
struct Translated {
    KafkaProperty property;
    std::size_t setting = 0;
};

struct Translation {
    std::optional<std::string> brokers;
    std::optional<std::string> group;  // Of a consumer.
    std::vector<Translated> properties;
    std::vector<Note> notes;

    // The value in force for librdkafka's name; null if none is set.
    [[nodiscard]] const Translated* find(std::string_view name) const;
    // Adds the property, or gives it another value.
    void set(std::string name, std::string value, std::size_t setting);
    void erase(std::string_view name);
    void note(std::size_t setting, Severity severity, std::string message, std::string near = {});
};

// `user` is a consumer or a producer. Of a setting that is there twice the last counts.
[[nodiscard]] Translation translate(Side user, const std::vector<Setting>& settings);

// What StateFun's delivery asks of a producer's settings: notes on what contradicts it, and the
// properties that it needs. Requires: `timeout` > 0 for exactly_once.
void apply_delivery(Translation& to, KafkaDelivery delivery, std::chrono::milliseconds timeout);

// What was written, for a message: "***" if it may be a secret.
[[nodiscard]] std::string shown_value(const Setting& setting);

}  // namespace sfg::kafka
