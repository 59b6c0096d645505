// KafkaConsumer: the seam between reading and librdkafka.
//
// Partitions are assigned by hand, each with the offset to begin at; a consumer is assigned once,
// whoever wants other partitions or offsets makes a new one.
//
// Threads:    one. Every function may block, for as long as its time says.
// Limits:     what is fetched ahead is bounded by the settings of the consumer.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sfg::ingress {

struct KafkaPartition {
    std::string topic;
    std::int32_t partition = 0;

    auto operator<=>(const KafkaPartition&) const = default;

    // "topic/0".
    [[nodiscard]] std::string text() const { return topic + "/" + std::to_string(partition); }
};

struct KafkaPlace {
    KafkaPartition partition;
    std::int64_t offset = 0;

    auto operator<=>(const KafkaPlace&) const = default;
};

// What is the matter, for people.
struct KafkaProblem {
    std::string what;
};

struct KafkaHeader {
    std::string_view name;
    std::optional<std::string_view> value;
};

// One record; its views are valid until the consumer is asked for the next one.
struct KafkaRecordView {
    std::string_view topic;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::optional<std::int64_t> timestamp_ms;
    std::optional<std::string_view> key;
    std::optional<std::string_view> value;
    std::vector<KafkaHeader> headers;
};

// The partition has no record at the offset that was asked for, and none behind it.
struct KafkaOutOfRange {
    KafkaPartition partition;
    std::string what;
};

struct KafkaTopicFound {
    std::string topic;
    std::int32_t partitions = 0;  // 0: it does not exist, or is not shown.
    std::string problem;          // Why not; or empty.
};

// Times that the offset of is asked for, beside those in milliseconds since 1970.
inline constexpr std::int64_t kKafkaLatest = -1;    // Behind the last record.
inline constexpr std::int64_t kKafkaEarliest = -2;  // Of the first record.

class KafkaConsumer {
public:
    using Time = std::chrono::steady_clock::time_point;
    template <typename T>
    using Or = std::variant<T, KafkaProblem>;

    virtual ~KafkaConsumer() = default;

    // Connects to nobody yet. A problem is one of the settings.
    [[nodiscard]] virtual std::optional<KafkaProblem> open() = 0;

    // These topics as the brokers have them.
    [[nodiscard]] virtual Or<std::vector<KafkaTopicFound>> find(
        const std::vector<std::string>& topics
    ) = 0;
    // All topics that the brokers show.
    [[nodiscard]] virtual Or<std::vector<KafkaTopicFound>> find_all() = 0;

    // The offset of the first record of each that is as late as `time_ms` or later; negative: there
    // is none.
    [[nodiscard]] virtual Or<std::vector<KafkaPlace>>
    offsets_at(const std::vector<KafkaPartition>& partitions, std::int64_t time_ms) = 0;

    // Behind the partition's last record, as the broker said when it last gave some; negative: it
    // is not known. Asks nobody.
    [[nodiscard]] virtual std::int64_t end_of(const KafkaPartition& partition) const = 0;

    // What the group has committed; negative: nothing.
    [[nodiscard]] virtual Or<std::vector<KafkaPlace>> committed(
        const std::vector<KafkaPartition>& partitions
    ) = 0;

    [[nodiscard]] virtual std::optional<KafkaProblem> assign(const std::vector<KafkaPlace>& places
    ) = 0;

    // The next record of any partition, in order within each; nothing, if none comes until then.
    using Next = std::variant<std::monostate, KafkaRecordView, KafkaOutOfRange, KafkaProblem>;
    [[nodiscard]] virtual Next next(Time until) = 0;

    // Tells the group where it is, without waiting.
    virtual void commit(const std::vector<KafkaPlace>& places) = 0;

    // What became of a commit: a problem, or an empty one if it is there; nothing, if there is no
    // news until then.
    [[nodiscard]] virtual std::optional<KafkaProblem> committed_news(Time until) = 0;
};

}  // namespace sfg::ingress
