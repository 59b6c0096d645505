// The part of KafkaReading that knows which partitions there are, and where they begin.
#include "gateway/ingress/kafka_reading.h"
#include "gateway/ingress/kafka_start.h"
#include "gateway/runtime/log.h"

#include <algorithm>
#include <utility>

namespace sfg::ingress {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Of the partitions in a line of the log.
constexpr std::size_t kShownBytes = 2'000;

std::string joined(const std::vector<std::string>& all) {
    std::string text;
    for (const std::string& one : all) {
        text += (text.empty() ? "" : "; ") + one;
    }
    return text;
}

}  // namespace

KafkaConsumer::Or<KafkaReading::Found> KafkaReading::discover() {
    auto asked = topics_.has_patterns() ? consumer_->find_all() : consumer_->find(topics_.names());
    if (auto* problem = std::get_if<KafkaProblem>(&asked)) {
        return std::move(*problem);
    }
    Found found;
    std::set<std::string> met;
    for (const KafkaTopicFound& topic : std::get<std::vector<KafkaTopicFound>>(asked)) {
        if (topics_.find(topic.topic) == nullptr) {
            continue;
        }
        if (topic.partitions > 0) {
            met.insert(topic.topic);
        } else if (!topic.problem.empty()) {
            met.insert(topic.topic);
            found.unclear.insert(topic.topic);
            found.missing.push_back("topic '" + topic.topic + "': " + topic.problem);
        }
        for (std::int32_t i = 0; i < topic.partitions; ++i) {
            found.partitions.insert({topic.topic, i});
        }
    }
    for (const std::string& name : topics_.names()) {
        if (!met.contains(name)) {
            found.missing.push_back("topic '" + name + "' does not exist");
        }
    }
    return found;
}

// Partitions that were never read get their first position, durably; and what topics there are is
// known from then on: of those, partitions that come later begin at their first record.
KafkaReading::Next KafkaReading::begin_unread(const Found& found) {
    std::vector<KafkaPartition> unread;
    std::vector<KafkaPartition> late;
    for (const KafkaPartition& partition : found.partitions) {
        if (!parts_.contains(partition)) {
            std::string mark = KafkaTopics::mark_of(*topics_.find(partition.topic));
            (marks_.contains(mark) ? late : unread).push_back(partition);
        }
    }
    std::vector<KafkaBeginning> beginnings;
    for (const auto& [partitions, start] :
         {std::pair(&unread, spec_.start),
          std::pair(&late, KafkaStart{KafkaFrom::earliest, true, {}, {}})}) {
        auto asked = find_beginnings(*consumer_, start, spec_.reset, *partitions);
        if (auto* problem = std::get_if<KafkaProblem>(&asked)) {
            return fail(*problem);
        }
        std::ranges::move(
            std::get<std::vector<KafkaBeginning>>(asked), std::back_inserter(beginnings)
        );
    }
    if (parts_.size() + marks_.size() + beginnings.size() + spec_.topics.size() >
        engine::kSourcePartsMax) {
        return fail(
            {"its topics have more than " + std::to_string(engine::kSourcePartsMax) +
             " partitions; divide them among several ingresses"}
        );
    }
    for (KafkaBeginning& each : beginnings) {
        const auto& [partition, offset] = each.place;
        begun_[partition] = offset;
        parts_[partition] = Part{.text = partition.text(), .next = offset};
        bool is_late = std::ranges::binary_search(late, partition);
        beginnings_[partition] = is_late ? "earliest: it is new" : std::move(each.from);
    }
    SourceBatch batch;
    for (const auto& [partition, offset] : begun_) {
        batch.positions.push_back({partition.text(), static_cast<std::uint64_t>(offset)});
    }
    std::vector<std::string> marks;
    for (const KafkaTopic& topic : spec_.topics) {
        std::string mark = KafkaTopics::mark_of(topic);
        if (!marks_.contains(mark) && !found.unclear.contains(topic.topic)) {
            batch.positions.push_back({mark, 0});
            marks.push_back(std::move(mark));
        }
    }
    if (batch.positions.empty()) {
        return Next::go_on;
    }
    Next next = keep(std::move(batch));
    if (next == Next::go_on) {
        marks_.insert(marks.begin(), marks.end());
        begun_.clear();
    }
    return next;
}

// One line for each topic: where its partitions are read from.
void KafkaReading::tell_parts() {
    std::map<std::string, std::pair<std::string, std::set<std::string>>> lines;
    std::uint64_t count = 0;
    for (const auto& [partition, part] : parts_) {
        if (part.topic == nullptr) {
            continue;
        }
        ++count;
        auto& [places, from] = lines[partition.topic];
        if (places.size() < kShownBytes) {
            places += (places.empty() ? "" : " ") + std::to_string(partition.partition) + ":" +
                      std::to_string(part.next);
        } else if (!places.ends_with("...")) {
            places += " ...";
        }
        auto beginning = beginnings_.find(partition);
        from.insert(
            beginning == beginnings_.end() ? "the stored position" : std::move(beginning->second)
        );
    }
    beginnings_.clear();
    {
        std::lock_guard lock(mutex_);
        report_.partitions = count;
    }
    for (const auto& [topic, line] : lines) {
        log::info(
            "ingress",
            "reading from Kafka",
            {{"ingress", name_},
             {"topic", topic},
             {"from", joined({line.second.begin(), line.second.end()})},
             {"offsets", line.first}}
        );
    }
}

KafkaReading::Next KafkaReading::look_for_partitions() {
    auto found = discover();
    if (auto* problem = std::get_if<KafkaProblem>(&found)) {
        tell(problem->what, false);
        refresh_at_ = steady_clock::now() + options_.refresh_missing;
        return Next::go_on;
    }
    backoff_ = options_.backoff_first;
    auto& all = std::get<Found>(found);
    set_refresh(all.missing);
    bool is_new = std::ranges::any_of(all.partitions, [this](const KafkaPartition& partition) {
        auto known = parts_.find(partition);
        return known == parts_.end() || known->second.topic == nullptr;
    });
    return is_new ? Next::reconnect : Next::go_on;
}

void KafkaReading::set_refresh(const std::vector<std::string>& missing) {
    auto now = steady_clock::now();
    if (!missing.empty()) {
        auto pause = options_.refresh_missing;
        refresh_at_ = now + std::min(pause, options_.refresh.value_or(pause));
    } else {
        refresh_at_ = options_.refresh ? now + *options_.refresh : Time::max();
    }
    missing_ = missing.empty() ? "" : "it waits for a topic: " + joined(missing);
    tell({}, true);
}

}  // namespace sfg::ingress
