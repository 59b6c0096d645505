// Brokers and an engine for KafkaReading, in memory and on one thread.
//
// Both fail when they are told to. The brokers keep topics and what groups have committed; the
// engine keeps what is durable over its crashes. The run ends when nothing is left to be read and
// no step is left to be done.
#pragma once

#include "gateway/ingress/kafka_reading.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sfg::test {

using ingress::KafkaConsumer;
using ingress::KafkaHeader;
using ingress::KafkaOutOfRange;
using ingress::KafkaPartition;
using ingress::KafkaPlace;
using ingress::KafkaProblem;
using ingress::KafkaRecordView;
using ingress::KafkaTopicFound;

struct FakeRecord {
    std::optional<std::string> key = "k";
    std::optional<std::string> value = "v";
    std::vector<std::pair<std::string, std::optional<std::string>>> headers = {};
    std::int64_t time_ms = 0;

    // Valid as long as this is.
    [[nodiscard]] KafkaRecordView view() const {
        KafkaRecordView view;
        view.topic = "t";
        view.key = key;
        view.value = value;
        view.timestamp_ms = time_ms;
        for (const auto& [name, bytes] : headers) {
            view.headers.push_back({name, bytes});
        }
        return view;
    }
};

struct FakeTopics {
    struct Log {
        std::int64_t first = 0;
        std::vector<FakeRecord> records;

        [[nodiscard]] std::int64_t end() const {
            return first + static_cast<std::int64_t>(records.size());
        }
    };

    std::map<std::string, std::vector<Log>> topics;
    std::map<std::string, std::string> problems;  // Of topics that are not shown.
    std::map<KafkaPartition, std::int64_t> committed;
    std::deque<std::string> commit_news;      // Empty: it went well.
    std::map<std::string, int> faults;        // The next calls of a name fail.
    std::deque<std::function<void()>> steps;  // Each when nothing is left to be read.
    std::vector<KafkaPlace> assigned;         // Last.
    int consumers = 0;

    void add(const std::string& topic, std::size_t partition, FakeRecord record) {
        auto& logs = topics[topic];
        logs.resize(std::max(logs.size(), partition + 1));
        logs[partition].records.push_back(std::move(record));
    }

    // Values 0, 1, ... over the whole log.
    void add_numbers(const std::string& topic, std::size_t partition, int count) {
        for (int i = 0; i < count; ++i) {
            auto& logs = topics[topic];
            logs.resize(std::max(logs.size(), partition + 1));
            std::string number = std::to_string(logs[partition].end());
            add(topic, partition, {std::to_string(partition), number});
        }
    }

    bool fails(const std::string& call) {
        int& left = faults[call];
        return left > 0 && left-- > 0;
    }
};

class FakeConsumer final : public KafkaConsumer {
public:
    // `idle`: it is waited for, and everything was read.
    FakeConsumer(FakeTopics& all, std::function<void()> idle) : all_(all), idle_(std::move(idle)) {
        ++all_.consumers;
    }

    std::optional<KafkaProblem> open() override { return failing("open"); }

    Or<std::vector<KafkaTopicFound>> find(const std::vector<std::string>& names) override {
        std::vector<KafkaTopicFound> found;
        for (const std::string& name : names) {
            auto topic = all_.topics.find(name);
            bool is_there = topic != all_.topics.end() && !all_.problems.contains(name);
            found.push_back(
                {name,
                 is_there ? static_cast<std::int32_t>(topic->second.size()) : 0,
                 all_.problems.contains(name) ? all_.problems[name] : ""}
            );
        }
        auto problem = failing("find");
        return problem ? Or<std::vector<KafkaTopicFound>>(*problem) : found;
    }

    Or<std::vector<KafkaTopicFound>> find_all() override {
        std::vector<std::string> names;
        for (const auto& [name, logs] : all_.topics) {
            names.push_back(name);
        }
        return find(names);
    }

    Or<std::vector<KafkaPlace>>
    offsets_at(const std::vector<KafkaPartition>& partitions, std::int64_t time_ms) override {
        if (auto problem = failing("offsets_at")) {
            return *problem;
        }
        std::vector<KafkaPlace> places;
        for (const KafkaPartition& each : partitions) {
            const auto& log = log_of(each);
            std::int64_t offset = time_ms == ingress::kKafkaLatest     ? log.end()
                                  : time_ms == ingress::kKafkaEarliest ? log.first
                                                                       : -1;
            for (std::size_t i = 0; i < log.records.size() && time_ms >= 0 && offset < 0; ++i) {
                bool is_late = log.records[i].time_ms >= time_ms;
                offset = is_late ? log.first + static_cast<std::int64_t>(i) : offset;
            }
            places.push_back({each, offset});
        }
        return places;
    }

    std::int64_t end_of(const KafkaPartition& partition) const override {
        return log_of(partition).end();
    }

    Or<std::vector<KafkaPlace>> committed(const std::vector<KafkaPartition>& partitions) override {
        std::vector<KafkaPlace> places;
        for (const KafkaPartition& each : partitions) {
            auto at = all_.committed.find(each);
            places.push_back({each, at == all_.committed.end() ? -1001 : at->second});
        }
        return places;
    }

    std::optional<KafkaProblem> assign(const std::vector<KafkaPlace>& places) override {
        places_ = places;
        all_.assigned = places;
        return failing("assign");
    }

    Next next(Time until) override {
        if (auto problem = failing("next")) {
            return *problem;
        }
        for (std::size_t i = 0; i < places_.size(); ++i) {
            KafkaPlace& place = places_[turn_++ % places_.size()];
            const auto& log = log_of(place.partition);
            if (place.offset < log.first || place.offset > log.end()) {
                return KafkaOutOfRange{place.partition, "out of range"};
            }
            if (place.offset < log.end()) {
                return view(place, log);
            }
        }
        if (until > std::chrono::steady_clock::now()) {
            idle_();
        }
        return {};
    }

    void commit(const std::vector<KafkaPlace>& places) override {
        for (const KafkaPlace& place : places) {
            all_.committed[place.partition] = place.offset;
        }
        all_.commit_news.emplace_back(failing("commit") ? "no group" : "");
    }

    std::optional<KafkaProblem> committed_news(Time) override {
        if (all_.commit_news.empty()) {
            return std::nullopt;
        }
        KafkaProblem news{all_.commit_news.front()};
        all_.commit_news.pop_front();
        return news;
    }

private:
    std::optional<KafkaProblem> failing(const std::string& call) {
        return all_.fails(call) ? std::optional(KafkaProblem{call}) : std::nullopt;
    }

    const FakeTopics::Log& log_of(const KafkaPartition& partition) const {
        return all_.topics[partition.topic].at(static_cast<std::size_t>(partition.partition));
    }

    Next view(KafkaPlace& place, const FakeTopics::Log& log) {
        current_ = log.records[static_cast<std::size_t>(place.offset - log.first)];
        topic_ = place.partition.topic;
        KafkaRecordView view = current_.view();
        view.topic = topic_;
        view.partition = place.partition.partition;
        view.offset = place.offset++;
        return view;
    }

    FakeTopics& all_;
    const std::function<void()> idle_;
    std::vector<KafkaPlace> places_;
    std::size_t turn_ = 0;
    FakeRecord current_;
    std::string topic_;
};

}  // namespace sfg::test
