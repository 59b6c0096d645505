// KafkaReading: brings the records of one ingress to the engine, in order within each partition,
// each exactly once.
//
//     session opened -> topics found -> beginnings kept -> assigned -> batch, batch, batch ...
//          ^                ^                                              |  new partitions, a gap
//          |                +----------------------------------------------+
//          +---------------------------------------------------------------+  the session was lost
//
// The position of each partition is the engine's: it is durable in the commits of the messages that
// its records became (design D9). What is read and not taken is read again after a crash; what was
// taken is behind the position. One batch is with the engine while the next one is read; if there
// is no room for it, nothing more is read, and what librdkafka fetches ahead is bounded.
//
// Partitions are all those of the topics, assigned by hand. One that was never read begins where
// the module says; that is a number from then on, kept before the first record is read. Whether a
// topic was met before is kept, too: a partition that comes later begins at its first record, so
// that none is missed.
//
// Threads:    one, which it blocks; `report` may be read by any.
// Lifetime:   the spec and the port outlive it.
// Limits:     a batch is what SourceRecords takes, and kBatchBytes (one record may be larger).
#pragma once

#include "gateway/engine/source_events.h"
#include "gateway/ingress/kafka_consumer.h"
#include "gateway/ingress/kafka_messages.h"
#include "gateway/ingress/kafka_topics.h"
#include "gateway/ingress/source_port.h"
#include "protocol/kafka_spec.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sfg::ingress {

struct KafkaReadingOptions {
    KafkaMessageRules rules;
    // How often new partitions, and topics of patterns, are looked for; none: never.
    std::optional<std::chrono::milliseconds> refresh{30'000};
    // The same as long as a topic does not exist.
    std::chrono::milliseconds refresh_missing{2'000};
    // How often the group is told what is durable.
    std::chrono::milliseconds commit_interval{5'000};
    // One wait; whoever ends it is heard then.
    std::chrono::milliseconds slice{100};
    std::chrono::milliseconds backoff_first{100};
    std::chrono::milliseconds backoff_max{10'000};
    // At the end, for what was taken to become durable and the group to be told.
    std::chrono::milliseconds end_patience{1'000};
};

// What is seen from outside.
struct KafkaIngressReport {
    bool is_connected = false;
    bool has_given_up = false;
    std::uint64_t partitions = 0;
    std::uint64_t records = 0;  // Whose position is passed.
    std::uint64_t messages = 0;
    std::uint64_t refused = 0;    // Records that were set aside.
    std::uint64_t skipped = 0;    // Dropped, since the module says so.
    std::uint64_t forwarded = 0;  // Invalid ones that became messages.
    std::uint64_t resets = 0;     // Partitions whose offset did not exist any more.
    std::uint64_t failures = 0;   // To connect or to read.
    std::uint64_t commit_failures = 0;
    std::uint64_t lag = 0;  // Records that are there and not read, over all partitions.
    std::string trouble;    // Why nothing, or not all, is read; empty: it is.
};

class KafkaReading {
public:
    using MakeConsumer = std::function<std::unique_ptr<KafkaConsumer>()>;

    static constexpr std::size_t kBatchBytes = 512 * 1024;
    static constexpr std::size_t kBatchRecords = 5'000;

    KafkaReading(
        const KafkaIngressSpec& spec,
        KafkaReadingOptions options,
        SourcePort& port,
        MakeConsumer make
    );
    KafkaReading(const KafkaReading&) = delete;
    KafkaReading& operator=(const KafkaReading&) = delete;
    ~KafkaReading() = default;

    // Until the port says that it ends.
    void run();

    [[nodiscard]] KafkaIngressReport report() const;

private:
    using Time = SourcePort::Time;
    // What to do next.
    enum class Next : std::uint8_t { go_on, reopen, reconnect, stop };

    // A partition that is known: read now, or before.
    struct Part {
        std::string text;                   // Its name among the parts of the source.
        const KafkaTopic* topic = nullptr;  // Null: it is not read now.
        std::int64_t next = 0;              // The first record that is in no batch.
        std::int64_t committed = -1;        // To the group.
        bool is_touched = false;            // The batch has moved it.
    };

    using Parts = std::map<KafkaPartition, Part>;

    [[nodiscard]] Next step(Next next);
    [[nodiscard]] Next open_session();
    [[nodiscard]] Next connect();
    [[nodiscard]] Next read();
    [[nodiscard]] Next look_after();
    [[nodiscard]] Next give_up();
    [[nodiscard]] Next reset();
    void finish();

    // kafka_reading_batch.cc: from records to what the engine has taken.
    [[nodiscard]] Next fill();
    [[nodiscard]] bool add(const KafkaRecordView& record);
    [[nodiscard]] bool is_full() const;
    [[nodiscard]] Next await_taken(Time until);
    void give();
    [[nodiscard]] Next keep(SourceBatch positions);
    [[nodiscard]] Part* find(const KafkaRecordView& record);

    // kafka_reading_topics.cc: which partitions there are, and where they begin.
    struct Found {
        std::set<KafkaPartition> partitions;
        std::vector<std::string> missing;  // Topics that do not exist, or are not shown, and why.
        std::set<std::string> unclear;     // Those of them that may exist.
    };

    [[nodiscard]] KafkaConsumer::Or<Found> discover();
    [[nodiscard]] Next begin_unread(const Found& found);
    [[nodiscard]] Next look_for_partitions();
    void set_refresh(const std::vector<std::string>& missing);
    void tell_parts();

    // kafka_reading_commit.cc: what is told to the group, and learnt of it.
    [[nodiscard]] Next commit_durable(Time until);
    void hear_commits(Time until);
    void measure_lag();

    [[nodiscard]] Next fail(const KafkaProblem& problem);
    void tell(const std::string& trouble, bool is_connected);
    void tell_outcome(const KafkaRecordView& record, const KafkaOutcome& outcome, const Part& part);

    const KafkaIngressSpec& spec_;
    const KafkaReadingOptions options_;
    const std::string name_;
    const KafkaTopics topics_;
    const std::size_t targets_max_;
    SourcePort& port_;
    const MakeConsumer make_;

    // The thread's.
    std::unique_ptr<KafkaConsumer> consumer_;
    std::chrono::milliseconds backoff_;
    Parts parts_;
    std::set<std::string> marks_;  // Of topics that were met before.
    // Beginnings that are not known to be durable: a lost session does not change them.
    std::map<KafkaPartition, std::int64_t> begun_;
    std::map<KafkaPartition, std::string> beginnings_;  // Where these come from; not yet told.
    Parts::value_type* current_ = nullptr;              // The last record's.
    std::vector<Part*> touched_;
    SourceBatch batch_;
    std::size_t batch_bytes_ = 0;
    std::size_t batch_records_ = 0;
    KafkaIngressReport batch_counts_;  // Of the batch; and of the one that is out.
    KafkaIngressReport out_counts_;
    bool is_out_ = false;
    std::optional<KafkaOutOfRange> out_of_range_;
    std::optional<std::string> stopped_at_;  // The record that it stops in front of, and why.
    Time refresh_at_{};
    Time commit_at_{};
    std::size_t commits_out_ = 0;  // Of this consumer, without news.
    std::string missing_;          // What is said of topics that do not exist.
    Time lines_since_{};           // Of the lines about single records: a few each second.
    std::size_t lines_ = 0;

    mutable std::mutex mutex_;
    KafkaIngressReport report_;
};

}  // namespace sfg::ingress
