// KafkaDelivery: brings the records of one egress to Kafka, in order, each once (exactly_once) or
// at least once.
//
//     connect -> position -> stream opened -> batch, batch, batch ...
//        ^                                       |  a doubt: a new producer, the position read,
//        +---------------------------------------+  the rest again in order
//
// With transactions the position goes into Kafka with the records: after any crash the position
// read there says what a read_committed reader sees, and the stream goes on behind it. A record
// that can't be delivered ends its batch: what is before it is delivered first, then it is set
// aside, durably, and the position passes it.
//
// Records are sent only if they follow on what was delivered or set aside before them, one by one.
// If they don't (the store did not hear how far it went, or a record is missing), the position is
// read anew: nothing is sent twice, and nothing is passed over.
//
// One transactional id: measured, its transactions keep up with what one engine emits, and there
// are no two batches whose order could turn (hazard 10). After a commit it waits kAfterCommit: the
// broker refuses a transaction that begins earlier, and librdkafka then waits longer than that.
//
// Threads:    one, which it blocks; `report` may be read by any.
// Limits:     kBatchRecordsMax and kBatchBytesMax a batch: what is given and not delivered is in
//             memory. An egress that is down pulls nothing, so its records wait on disk.
#pragma once

#include "gateway/egress/kafka_producer.h"
#include "gateway/egress/stream_port.h"
#include "protocol/kafka_spec.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace sfg::egress {

inline constexpr std::size_t kBatchRecordsMax = 20'000;
inline constexpr std::size_t kBatchBytesMax = 2 * 1024 * 1024;

struct KafkaDeliveryOptions {
    std::string egress;  // For the log.
    std::string writer;  // This process.
    // From a batch's first record to its end.
    std::chrono::milliseconds commit_interval = kKafkaCommitInterval;
    std::chrono::milliseconds after_commit{5};
    std::chrono::milliseconds backoff_first{100};
    std::chrono::milliseconds backoff_max{10'000};
    // So long it leaves a transactional id to whoever has taken it.
    std::chrono::milliseconds fenced_pause{600'000};
};

// What is seen from outside.
struct KafkaEgressReport {
    bool is_connected = false;
    std::uint64_t batches = 0;
    std::uint64_t records = 0;
    std::uint64_t refused = 0;
    std::uint64_t failures = 0;  // Batches and connects that did not succeed.
    std::string trouble;         // Why nothing goes out; empty: it does.
};

class KafkaDelivery {
public:
    using MakeProducer = std::function<std::unique_ptr<KafkaProducer>()>;

    KafkaDelivery(KafkaDeliveryOptions options, StreamPort& port, MakeProducer make);
    KafkaDelivery(const KafkaDelivery&) = delete;
    KafkaDelivery& operator=(const KafkaDelivery&) = delete;
    ~KafkaDelivery() = default;

    // Until the port says that the gateway ends.
    void run();

    [[nodiscard]] KafkaEgressReport report() const;

private:
    // What to do next.
    enum class Next : std::uint8_t { go_on, reopen, reconnect, stop };

    [[nodiscard]] Next connect();
    [[nodiscard]] Next open_stream();
    [[nodiscard]] Next deliver();
    [[nodiscard]] std::optional<KafkaError> fill(const StreamPort::Records& records);
    [[nodiscard]] Next finish();
    [[nodiscard]] Next set_aside();
    [[nodiscard]] std::optional<KafkaError>
    object_to(const KafkaPosition& known, std::uint64_t last);
    [[nodiscard]] Next fail(const KafkaError& error);
    [[nodiscard]] Next fail_batch(const KafkaError& error);
    [[nodiscard]] std::chrono::milliseconds next_backoff();
    [[nodiscard]] Next pause(std::chrono::milliseconds time);
    [[nodiscard]] Next lost_stream();
    void tell(const std::string& trouble);

    const KafkaDeliveryOptions options_;
    StreamPort& port_;
    const MakeProducer make_;

    // The thread's.
    std::unique_ptr<KafkaProducer> producer_;
    std::chrono::milliseconds backoff_;
    StreamPort::Time not_before_{};  // The next batch.
    // Of the batch: what it has so far, and the record at which it ends early.
    std::uint64_t last_ = 0;
    std::size_t count_ = 0;
    std::size_t bytes_ = 0;
    std::string gap_;  // What came next does not follow on it.
    std::optional<KafkaRefusal> refusal_;
    std::uint64_t passed_ = 0;                // Delivered or set aside.
    std::uint64_t singly_until_ = 0;          // Up to here records go one by one.
    std::optional<std::string> predecessor_;  // Who wrote the position that this start found.

    mutable std::mutex mutex_;
    KafkaEgressReport report_;
};

}  // namespace sfg::egress
