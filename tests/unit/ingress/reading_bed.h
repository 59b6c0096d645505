// A KafkaReading between fakes.
#pragma once

#include "tests/unit/ingress/fake_port.h"

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

namespace sfg::test {

using ingress::KafkaIngressReport;
using ingress::KafkaReading;
using ingress::KafkaReadingOptions;

inline KafkaTopic topic_like(const std::string& name, TopicMatch match = TopicMatch::name) {
    KafkaTopic topic;
    topic.topic = name;
    topic.match = match;
    topic.value_type = "shop/Order";
    topic.targets = {{"shop", "cart"}};
    return topic;
}

struct ReadingBed {
    FakeTopics topics;
    FakePort port{topics};
    KafkaIngressSpec spec;
    KafkaReadingOptions options;

    ReadingBed() {
        spec.id = {"shop", "in"};
        spec.group = "g";
        spec.topics = {topic_like("t")};
        spec.start.from = KafkaFrom::earliest;
        options.rules = {128, 1'000};
        options.refresh = std::chrono::milliseconds(0);
        options.refresh_missing = std::chrono::milliseconds(0);
        options.commit_interval = std::chrono::milliseconds(0);
    }

    // One life of the process, until nothing is left.
    KafkaIngressReport run() {
        port.is_ended = false;
        KafkaReading reading(spec, options, port, [this] {
            return std::make_unique<FakeConsumer>(topics, [this] { port.idle(); });
        });
        reading.run();
        CHECK_FALSE(port.is_broken);
        return reading.report();
    }

    // Numbers that were taken of a partition; add_numbers() gives them its number as a key.
    std::vector<int> numbers(int partition = 0) const {
        std::vector<int> numbers;
        for (const FakeMessage& message : port.taken.messages) {
            if (message.target == "shop/cart/" + std::to_string(partition)) {
                numbers.push_back(std::stoi(message.value));
            }
        }
        return numbers;
    }
};

inline std::vector<int> sequence(int from, int to) {
    std::vector<int> all;
    for (; from < to; ++from) {
        all.push_back(from);
    }
    return all;
}

}  // namespace sfg::test
