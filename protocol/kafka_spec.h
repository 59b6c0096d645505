// Ingresses and egresses of Kafka as module.yaml declares them: what the drivers are built from.
//
// All of it is in force as it stands: defaults are filled in, StateFun's and its fork's words and
// the names of Kafka's Java client are resolved. A driver gives `brokers` to librdkafka as
// bootstrap.servers and `group` as group.id, then each of `properties`, whose names and values are
// librdkafka's and were checked; none of them is one that the gateway decides itself
// (kafka_properties.h lists those: offsets, transactional ids, delivery reports).
//
// Threads:    values.
// Invariants: brokers, group, topics and the targets of each topic are not empty; ids are unique
//             among ingresses, and among egresses.
#pragma once

#include "protocol/address.h"
#include "protocol/diagnostic.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sfg {

// One setting of librdkafka.
struct KafkaProperty {
    std::string name;
    std::string value;

    bool operator==(const KafkaProperty&) const = default;
};

// Where a partition is read from for which the store has no position yet.
enum class KafkaFrom : std::uint8_t { latest, earliest, group_offsets, offsets, date };

struct KafkaOffset {
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t offset = 0;

    auto operator<=>(const KafkaOffset&) const = default;
};

struct KafkaStart {
    KafkaFrom from = KafkaFrom::latest;
    bool is_declared = false;          // False: nothing was written, and latest is the default.
    std::vector<KafkaOffset> offsets;  // Of KafkaFrom::offsets, by topic and partition; not empty.
    std::chrono::sys_time<std::chrono::milliseconds> date;  // Of KafkaFrom::date.

    bool operator==(const KafkaStart&) const = default;

    // "latest (default)", "date 2020-02-01 04:15:00.000 UTC": for the log and for `validate`.
    [[nodiscard]] std::string text() const;
};

// What takes the place of an offset that is missing or that the broker no longer has
// (auto.offset.reset). It does not apply to KafkaFrom::latest and earliest.
enum class KafkaReset : std::uint8_t { latest, earliest };

// What becomes of a record that can't be a message: no key, a key that is no UTF-8 or too long, no
// value (a tombstone), a value that is too large. An empty key is the id "".
enum class OnInvalidRecord : std::uint8_t {
    dead_letter,  // Set aside with all that it had, and the position moves on. The default.
    skip,         // Told at `log`, counted and dropped.
    forward,      // A message to `function`, its id the key or "none", its value the record's.
    fail,         // This ingress stops in front of it; the others go on.
};

enum class SkipLog : std::uint8_t { debug, info, warn, error };

struct InvalidRecords {
    OnInvalidRecord action = OnInvalidRecord::dead_letter;
    SkipLog log = SkipLog::warn;       // Of skip.
    std::optional<TypeName> function;  // Of forward.

    bool operator==(const InvalidRecords&) const = default;
};

enum class TopicMatch : std::uint8_t { name, pattern };

struct KafkaTopic {
    // A topic's name, or a regular expression (POSIX extended, as regcomp() takes it) that the
    // whole name has to match, and whose topics may come and go while the process runs.
    std::string topic;
    TopicMatch match = TopicMatch::name;
    std::string value_type;         // The typename of each message.
    std::vector<TypeName> targets;  // Each gets a message of its own, in this order.
    InvalidRecords invalid;
    bool forward_headers = false;  // The fork's word.

    bool operator==(const KafkaTopic&) const = default;
};

struct KafkaIngressSpec {
    TypeName id;
    std::string brokers;
    // Several ingresses may share a group: partitions are assigned by hand, never by the group.
    std::string group;
    // No name and no pattern is there twice. A topic that is named is not subject to patterns; of
    // several patterns the first that matches counts.
    std::vector<KafkaTopic> topics;
    KafkaStart start;
    KafkaReset reset = KafkaReset::latest;
    // A header that holds a record's id, or its typename, where it is not the key, or not
    // `value_type`. A record without that header is as if nothing were said here.
    std::optional<std::string> id_header;
    std::optional<std::string> type_header;
    std::vector<KafkaProperty> properties;
    SourceLocation where;  // Of the id.

    bool operator==(const KafkaIngressSpec&) const = default;
};

enum class KafkaDelivery : std::uint8_t { at_least_once, exactly_once, none };

// Measured: shorter ones gain nothing, as the broker needs so long between two transactions.
inline constexpr std::chrono::milliseconds kKafkaCommitInterval{20};
inline constexpr std::chrono::milliseconds kKafkaCommitIntervalMin{1};
inline constexpr std::chrono::milliseconds kKafkaCommitIntervalMax{60'000};

// The topic of a record is the record's own: an egress writes to any.
struct KafkaEgressSpec {
    TypeName id;
    std::string brokers;
    KafkaDelivery delivery = KafkaDelivery::at_least_once;
    std::chrono::milliseconds transaction_timeout{0};  // Of exactly_once, there above zero.
    // So long records are gathered that become visible together. Within kKafkaCommitInterval*, and
    // of exactly_once at most half of the transaction's time-out.
    std::chrono::milliseconds commit_interval = kKafkaCommitInterval;
    // Includes what is needed to deliver as StateFun does: the Java client's choice of partitions,
    // idempotence, and for exactly_once transaction.timeout.ms.
    std::vector<KafkaProperty> properties;
    SourceLocation where;  // Of the id.

    bool operator==(const KafkaEgressSpec&) const = default;
};

[[nodiscard]] std::string_view text_of(KafkaDelivery delivery);
[[nodiscard]] std::string_view text_of(KafkaReset reset);
[[nodiscard]] std::string_view text_of(OnInvalidRecord action);

// Whether the value of a librdkafka property is for nobody's eyes.
[[nodiscard]] bool is_secret_property(std::string_view name);

}  // namespace sfg
