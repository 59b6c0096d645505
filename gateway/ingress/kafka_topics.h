// KafkaTopics: which topics an ingress reads, and what it says of each.
//
// A topic that is named is not subject to patterns; of several patterns the first counts whose
// regular expression (POSIX extended) matches the whole name. Kafka's own topics ("__...") are no
// pattern's.
//
// Threads:    one.
// Lifetime:   the spec outlives it.
#pragma once

#include "protocol/kafka_spec.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sfg::ingress {

class KafkaTopics {
public:
    explicit KafkaTopics(const std::vector<KafkaTopic>& topics);
    KafkaTopics(const KafkaTopics&) = delete;
    KafkaTopics& operator=(const KafkaTopics&) = delete;
    ~KafkaTopics();

    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

    [[nodiscard]] bool has_patterns() const { return !patterns_.empty(); }

    // Null: it is none of them.
    [[nodiscard]] const KafkaTopic* find(const std::string& topic) const;

    // What says that this topic was read before, among the parts of the source: "orders" for a
    // topic that is named, "~orders-.*" for those of a pattern. No partition is written like that.
    [[nodiscard]] static std::string mark_of(const KafkaTopic& topic);

private:
    struct Pattern;

    const std::vector<KafkaTopic>& topics_;
    std::vector<std::string> names_;
    std::vector<std::unique_ptr<Pattern>> patterns_;
};

}  // namespace sfg::ingress
