#include "gateway/ingress/kafka_topics.h"

#include "protocol/assert.h"

#include <regex.h>

#include <algorithm>

namespace sfg::ingress {

struct KafkaTopics::Pattern {
    explicit Pattern(const KafkaTopic& of) : topic(of) {
        // The reader of the module has tried it.
        SFG_ASSERT(::regcomp(&compiled, of.topic.c_str(), REG_EXTENDED) == 0);
    }

    Pattern(const Pattern&) = delete;
    Pattern& operator=(const Pattern&) = delete;

    ~Pattern() { ::regfree(&compiled); }

    // POSIX finds the leftmost longest match: the whole name, if there is such a match.
    [[nodiscard]] bool matches(const std::string& name) const {
        regmatch_t all{};
        return ::regexec(&compiled, name.c_str(), 1, &all, 0) == 0 && all.rm_so == 0 &&
               static_cast<std::size_t>(all.rm_eo) == name.size();
    }

    const KafkaTopic& topic;
    regex_t compiled{};
};

KafkaTopics::KafkaTopics(const std::vector<KafkaTopic>& topics) : topics_(topics) {
    for (const KafkaTopic& topic : topics) {
        if (topic.match == TopicMatch::name) {
            names_.push_back(topic.topic);
        } else {
            patterns_.push_back(std::make_unique<Pattern>(topic));
        }
    }
}

KafkaTopics::~KafkaTopics() = default;

const KafkaTopic* KafkaTopics::find(const std::string& topic) const {
    auto named = std::ranges::find_if(topics_, [&topic](const KafkaTopic& each) {
        return each.match == TopicMatch::name && each.topic == topic;
    });
    if (named != topics_.end()) {
        return &*named;
    }
    if (topic.starts_with("__")) {
        return nullptr;
    }
    auto like = std::ranges::find_if(patterns_, [&topic](const auto& pattern) {
        return pattern->matches(topic);
    });
    return like == patterns_.end() ? nullptr : &(*like)->topic;
}

std::string KafkaTopics::mark_of(const KafkaTopic& topic) {
    return (topic.match == TopicMatch::name ? "" : "~") + topic.topic;
}

}  // namespace sfg::ingress
