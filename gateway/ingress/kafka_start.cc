#include "gateway/ingress/kafka_start.h"

#include <algorithm>
#include <utility>

namespace sfg::ingress {

namespace {

using Partitions = std::vector<KafkaPartition>;
using Places = KafkaConsumer::Or<std::vector<KafkaPlace>>;

class Finder {
public:
    explicit Finder(KafkaConsumer& consumer) : consumer_(consumer) {}

    // Takes those that have an offset; the others are returned.
    Partitions take(Places places, const std::string& from) {
        if (auto* problem = std::get_if<KafkaProblem>(&places)) {
            problem_ = std::move(*problem);
            return {};
        }
        Partitions rest;
        for (KafkaPlace& place : std::get<std::vector<KafkaPlace>>(places)) {
            if (place.offset < 0) {
                rest.push_back(std::move(place.partition));
            } else {
                beginnings_.push_back({std::move(place), from});
            }
        }
        return rest;
    }

    void at(const Partitions& partitions, std::int64_t time_ms, const std::string& from) {
        if (!problem_ && !partitions.empty()) {
            auto none = take(consumer_.offsets_at(partitions, time_ms), from);
            if (!none.empty() && time_ms >= 0) {
                at(none, kKafkaLatest, from + ": nothing is as late, so latest");
            } else if (!none.empty()) {
                problem_ = KafkaProblem{"the brokers have no offsets of " + none.front().text()};
            }
        }
    }

    void of_group(const Partitions& partitions, KafkaReset reset, const std::string& from) {
        if (!problem_ && !partitions.empty()) {
            auto none = take(consumer_.committed(partitions), from);
            at(none,
               reset == KafkaReset::latest ? kKafkaLatest : kKafkaEarliest,
               from + ": nothing was committed, so " + std::string(text_of(reset)));
        }
    }

    // Those of `partitions` that are not among them.
    Partitions of_list(const Partitions& partitions, const std::vector<KafkaOffset>& offsets) {
        Partitions rest;
        for (const KafkaPartition& each : partitions) {
            auto named = std::ranges::find_if(offsets, [&each](const KafkaOffset& offset) {
                return offset.topic == each.topic && offset.partition == each.partition;
            });
            if (named == offsets.end()) {
                rest.push_back(each);
            } else {
                beginnings_.push_back({{each, named->offset}, "specific-offsets"});
            }
        }
        return rest;
    }

    KafkaConsumer::Or<std::vector<KafkaBeginning>> result() && {
        if (problem_) {
            return std::move(*problem_);
        }
        return std::move(beginnings_);
    }

private:
    KafkaConsumer& consumer_;
    std::vector<KafkaBeginning> beginnings_;
    std::optional<KafkaProblem> problem_;
};

}  // namespace

KafkaConsumer::Or<std::vector<KafkaBeginning>> find_beginnings(
    KafkaConsumer& consumer,
    const KafkaStart& start,
    KafkaReset reset,
    const std::vector<KafkaPartition>& partitions
) {
    Finder finder(consumer);
    switch (start.from) {
        case KafkaFrom::latest:
            finder.at(partitions, kKafkaLatest, start.text());
            break;
        case KafkaFrom::earliest:
            finder.at(partitions, kKafkaEarliest, start.text());
            break;
        case KafkaFrom::date:
            // Before 1970 there are no records, and negative times mean something else.
            finder.at(
                partitions,
                std::max<std::int64_t>(start.date.time_since_epoch().count(), 0),
                start.text()
            );
            break;
        case KafkaFrom::group_offsets:
            finder.of_group(partitions, reset, start.text());
            break;
        case KafkaFrom::offsets:
            finder.of_group(
                finder.of_list(partitions, start.offsets),
                reset,
                "specific-offsets: not named, so group-offsets"
            );
            break;
    }
    return std::move(finder).result();
}

}  // namespace sfg::ingress
