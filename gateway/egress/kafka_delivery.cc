#include "gateway/egress/kafka_delivery.h"

#include "gateway/runtime/log.h"
#include "protocol/codec.h"
#include "protocol/limits.h"

#include <algorithm>
#include <utility>

namespace sfg::egress {

namespace {

using std::chrono::steady_clock;

// One wait for records; whoever stops the gateway is heard at once all the same.
constexpr std::chrono::milliseconds kPullSlice{1'000};
constexpr std::size_t kPullRecordsMax = 4'096;
constexpr std::size_t kPullBytesMax = 512 * kKiB;

}  // namespace

KafkaDelivery::KafkaDelivery(KafkaDeliveryOptions options, StreamPort& port, MakeProducer make)
    : options_(std::move(options)),
      port_(port),
      make_(std::move(make)),
      backoff_(options_.backoff_first) {}

void KafkaDelivery::run() {
    Next next = Next::reconnect;
    while (next != Next::stop) {
        switch (next) {
            case Next::reconnect:
                next = connect();
                break;
            case Next::reopen:
                next = open_stream();
                break;
            default:
                next = deliver();
        }
    }
    producer_.reset();
}

KafkaEgressReport KafkaDelivery::report() const {
    std::lock_guard lock(mutex_);
    return report_;
}

KafkaDelivery::Next KafkaDelivery::connect() {
    producer_.reset();  // The old one first: it may still hold the transaction.
    producer_ = make_();
    if (auto error = producer_->open()) {
        return fail(*error);
    }
    return open_stream();
}

// The stream goes on where Kafka says that it came, which is where our store says or behind it.
KafkaDelivery::Next KafkaDelivery::open_stream() {
    auto asked = producer_->position();
    if (auto* error = std::get_if<KafkaError>(&asked)) {
        return fail(*error);
    }
    auto at = port_.open();
    if (!at) {
        return Next::stop;
    }
    const auto& known = std::get<std::optional<KafkaPosition>>(asked);
    if (auto error = known ? object_to(*known, at->last) : std::nullopt) {
        return fail(*error);
    }
    passed_ = at->delivered;
    if (known && known->delivered > at->delivered) {
        passed_ = known->delivered;
        port_.delivered(known->delivered);
    }
    log::info(
        "egress",
        "delivering to Kafka",
        {{"egress", options_.egress},
         {"delivered", known ? std::max(known->delivered, at->delivered) : at->delivered},
         {"waiting_up_to", at->last}}
    );
    tell({});
    return Next::go_on;
}

// What can't be true if nobody else has this store's data.
std::optional<KafkaError> KafkaDelivery::object_to(const KafkaPosition& known, std::uint64_t last) {
    if (!predecessor_) {
        predecessor_ = known.writer;
    }
    if (known.writer != *predecessor_ && known.writer != options_.writer) {
        return KafkaError{
            KafkaTrouble::fenced,
            "another gateway (" + known.writer +
                ") delivers this egress from a copy of the same "
                "data directory; this one has stopped to. Stop one of the two"
        };
    }
    if (known.delivered > last) {
        return KafkaError{
            KafkaTrouble::refused,
            "Kafka has records up to " + std::to_string(known.delivered) +
                " of this store, which knows only " + std::to_string(last) +
                ": the data directory is an older copy. Start with the newer one, or with an empty "
                "directory"
        };
    }
    return std::nullopt;
}

KafkaDelivery::Next KafkaDelivery::lost_stream() {
    return port_.sleep(std::chrono::milliseconds(0)) ? Next::reopen : Next::stop;
}

KafkaDelivery::Next KafkaDelivery::deliver() {
    std::size_t records_max = passed_ < singly_until_ ? 1 : kPullRecordsMax;
    auto pulled = port_.pull(records_max, kPullBytesMax, steady_clock::now() + kPullSlice);
    if (!pulled.is_open) {
        return lost_stream();
    }
    if (pulled.records.empty()) {
        return Next::go_on;
    }
    auto early = not_before_ - steady_clock::now();
    if (early.count() > 0 && !port_.sleep(std::chrono::ceil<std::chrono::milliseconds>(early))) {
        return Next::stop;
    }
    auto until = steady_clock::now() + options_.commit_interval;
    last_ = 0;
    count_ = 0;
    bytes_ = 0;
    gap_.clear();
    refusal_.reset();
    if (auto error = producer_->begin()) {
        return fail_batch(*error);
    }
    while (true) {
        if (auto error = fill(pulled.records)) {
            return fail_batch(*error);
        }
        bool is_full = refusal_ || !gap_.empty() || records_max == 1 ||
                       count_ >= kBatchRecordsMax || bytes_ >= kBatchBytesMax;
        if (is_full || steady_clock::now() >= until) {
            break;
        }
        pulled = port_.pull(kPullRecordsMax, kPullBytesMax, until);
        if (!pulled.is_open) {
            break;  // What is in the batch is durable: it goes out all the same.
        }
    }
    Next next = finish();
    if (next == Next::go_on && !gap_.empty()) {
        return fail({KafkaTrouble::lost, std::move(gap_)});
    }
    return next == Next::go_on && !pulled.is_open ? Next::reopen : next;
}

std::optional<KafkaError> KafkaDelivery::fill(const StreamPort::Records& records) {
    for (const auto& record : records) {
        std::uint64_t expected = 1 + (count_ > 0 ? last_ : passed_);
        if (record.position != expected) {
            gap_ = "the outbox gave record " + std::to_string(record.position) + " where " +
                   std::to_string(expected) + " follows; the position is read again";
            return std::nullopt;
        }
        auto parsed = parse_kafka_record(message_invocation(record.stored.view()));
        if (auto* reason = std::get_if<std::string>(&parsed)) {
            refusal_ = KafkaRefusal{record.position, std::move(*reason)};
            return std::nullopt;
        }
        auto sent = producer_->send(std::get<KafkaRecord>(parsed), record.position);
        if (auto* error = std::get_if<KafkaError>(&sent)) {
            return std::move(*error);
        }
        if (auto* refusal = std::get_if<KafkaRefusal>(&sent)) {
            refusal_ = std::move(*refusal);
            return std::nullopt;
        }
        last_ = record.position;
        ++count_;
        bytes_ += record.stored.size();
    }
    return std::nullopt;
}

KafkaDelivery::Next KafkaDelivery::finish() {
    if (count_ == 0) {
        auto error = producer_->abandon();
        return error ? fail_batch(*error) : refusal_ ? set_aside() : Next::go_on;
    }
    auto finished = producer_->finish(last_);
    not_before_ = steady_clock::now() + options_.after_commit;
    if (auto* error = std::get_if<KafkaError>(&finished)) {
        return fail_batch(*error);
    }
    if (auto* refusal = std::get_if<KafkaRefusal>(&finished)) {
        if (auto error = producer_->abandon()) {
            return fail_batch(*error);
        }
        if (count_ == 1) {
            refusal_ = std::move(*refusal);
            return set_aside();
        }
        // A broker refuses records by the batch (too large): one by one they tell which it was.
        singly_until_ = last_;
        port_.rewind();
        return Next::go_on;
    }
    backoff_ = options_.backoff_first;
    passed_ = last_;
    port_.delivered(last_);
    {
        std::lock_guard lock(mutex_);
        ++report_.batches;
        report_.records += count_;
    }
    return refusal_ ? set_aside() : Next::go_on;
}

// Everything before the refused record is delivered.
KafkaDelivery::Next KafkaDelivery::set_aside() {
    auto refusal = *std::exchange(refusal_, std::nullopt);
    log::warn(
        "egress",
        "a record can't be delivered and is set aside",
        {{"egress", options_.egress}, {"position", refusal.position}, {"reason", refusal.reason}}
    );
    {
        std::lock_guard lock(mutex_);
        ++report_.refused;
    }
    passed_ = refusal.position;
    bool is_set_aside = port_.refuse(refusal.position, std::move(refusal.reason));
    return is_set_aside ? Next::go_on : lost_stream();
}

KafkaDelivery::Next KafkaDelivery::fail(const KafkaError& error) {
    tell(error.what);
    producer_.reset();
    bool is_fenced = error.trouble == KafkaTrouble::fenced;
    return pause(is_fenced ? options_.fenced_pause : next_backoff());
}

// Of a batch: it may be enough to send it again.
KafkaDelivery::Next KafkaDelivery::fail_batch(const KafkaError& error) {
    if (error.trouble != KafkaTrouble::batch || producer_->abandon()) {
        return fail(error);
    }
    tell(error.what);
    port_.rewind();
    return pause(next_backoff()) == Next::stop ? Next::stop : Next::go_on;
}

std::chrono::milliseconds KafkaDelivery::next_backoff() {
    return std::exchange(backoff_, std::min(2 * backoff_, options_.backoff_max));
}

KafkaDelivery::Next KafkaDelivery::pause(std::chrono::milliseconds time) {
    return port_.sleep(time) ? Next::reconnect : Next::stop;
}

void KafkaDelivery::tell(const std::string& trouble) {
    bool is_new = false;
    {
        std::lock_guard lock(mutex_);
        is_new = report_.trouble != trouble;
        report_.trouble = trouble;
        report_.is_connected = trouble.empty();
        report_.failures += trouble.empty() ? 0 : 1;
    }
    if (is_new && !trouble.empty()) {
        log::warn(
            "egress",
            "nothing goes to Kafka; records wait on disk",
            {{"egress", options_.egress}, {"reason", trouble}}
        );
    }
}

}  // namespace sfg::egress
