#include "gateway/egress/kafka_rd_producer.h"

#include "gateway/egress/kafka_conf.h"
#include "gateway/egress/kafka_connection.h"
#include "gateway/egress/kafka_errors.h"
#include "gateway/egress/kafka_handles.h"
#include "gateway/egress/kafka_position.h"
#include "gateway/egress/kafka_produce.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace sfg::egress {

namespace {

using kafka::Error;
using kafka::Group;
using kafka::Handle;
using kafka::is_configured_wrong;
using kafka::is_fenced;
using kafka::is_refusal;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kPollMs = 100;
// A question that is soon asked again: a coordinator that was lost may never answer it.
constexpr milliseconds kPositionPatience{5'000};
// Reports are taken after so many records, and by every flush.
constexpr std::size_t kPollEvery = 256;

int ms(milliseconds time) {
    return static_cast<int>(time.count());
}

class RdProducer final : public KafkaProducer {
public:
    RdProducer(const KafkaEgressSpec& spec, RdProducerOptions options)
        : spec_(spec),
          options_(std::move(options)),
          is_transactional_(spec.delivery == KafkaDelivery::exactly_once) {}

    RdProducer(const RdProducer&) = delete;
    RdProducer& operator=(const RdProducer&) = delete;

    // What is still queued is not waited for: whoever destroys it knows that it is in doubt.
    ~RdProducer() override {
        if (handle_) {
            rd_kafka_purge(handle_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        }
    }

    std::optional<KafkaError> open() override;
    std::variant<std::optional<KafkaPosition>, KafkaError> position() override;
    std::optional<KafkaError> begin() override;
    Sent send(const KafkaRecord& record, std::uint64_t position) override;
    Sent finish(std::uint64_t position) override;
    std::optional<KafkaError> abandon() override;

private:
    static void on_report(rd_kafka_t*, const rd_kafka_message_t* message, void* self);
    static void on_error(rd_kafka_t*, int code, const char* reason, void* self);

    [[nodiscard]] std::optional<KafkaError> judge(Error error, const char* doing) const;
    [[nodiscard]] KafkaError judge(rd_kafka_resp_err_t code, std::string what) const;
    [[nodiscard]] std::optional<KafkaError> flush();
    [[nodiscard]] std::optional<KafkaError> commit(std::uint64_t position);
    void reported(const rd_kafka_message_t& message);

    const KafkaEgressSpec& spec_;
    const RdProducerOptions options_;
    const bool is_transactional_;
    kafka::ConnectionErrors connection_;
    Handle handle_;

    // Of the batch.
    bool is_open_ = false;
    std::string topic_;  // Of the last record.
    std::optional<KafkaRefusal> refusal_;
    std::optional<KafkaError> failure_;  // Of a record, that passes.
    std::size_t unpolled_ = 0;           // Records since the last poll.
};

std::optional<KafkaError> RdProducer::open() {
    auto made = kafka::make_producer_conf(
        spec_, is_transactional_ ? options_.transactional_id : std::string()
    );
    if (auto* reason = std::get_if<std::string>(&made)) {
        return KafkaError{KafkaTrouble::refused, std::move(*reason)};
    }
    auto conf = std::get<kafka::Conf>(std::move(made));
    rd_kafka_conf_set_dr_msg_cb(conf.get(), &RdProducer::on_report);
    rd_kafka_conf_set_error_cb(conf.get(), &RdProducer::on_error);
    rd_kafka_conf_set_opaque(conf.get(), this);
    std::array<char, 512> text{};
    handle_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), text.data(), text.size()));
    if (!handle_) {
        return KafkaError{KafkaTrouble::refused, text.data()};
    }
    (void)conf.release();  // It is the handle's now.
    auto meeting = is_transactional_ ? kafka::Meeting::transactional : kafka::Meeting::plain;
    if (auto error = kafka::meet_broker(handle_.get(), meeting, options_.patience, connection_)) {
        return judge(std::move(error), "connecting");
    }
    connection_.clear();
    return std::nullopt;
}

std::variant<std::optional<KafkaPosition>, KafkaError> RdProducer::position() {
    if (!is_transactional_) {
        return std::optional<KafkaPosition>();
    }
    auto patience = std::min(options_.patience, kPositionPatience);
    auto read = kafka::read_position(spec_, options_.position_group, patience);
    if (auto* failed = std::get_if<kafka::FailedRead>(&read)) {
        return judge(failed->code, "reading the position: " + failed->what);
    }
    return std::get<std::optional<KafkaPosition>>(std::move(read));
}

std::optional<KafkaError> RdProducer::begin() {
    refusal_.reset();
    failure_.reset();
    topic_.clear();
    if (is_transactional_) {
        Error error(rd_kafka_begin_transaction(handle_.get()));
        if (auto problem = judge(std::move(error), "beginning a transaction")) {
            return problem;
        }
    }
    is_open_ = true;
    return std::nullopt;
}

KafkaProducer::Sent RdProducer::send(const KafkaRecord& record, std::uint64_t position) {
    auto until = steady_clock::now() + options_.patience;
    while (true) {
        auto code = kafka::produce(handle_.get(), record, position);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            topic_ = record.topic;
            if (++unpolled_ == kPollEvery) {
                unpolled_ = 0;
                rd_kafka_poll(handle_.get(), 0);
            }
            return std::monostate();
        }
        std::string what = "topic '" + record.topic + "': " + rd_kafka_err2str(code);
        if (is_refusal(code)) {
            return KafkaRefusal{position, std::move(what)};
        }
        if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL || steady_clock::now() >= until) {
            return judge(code, std::move(what));
        }
        rd_kafka_poll(handle_.get(), kPollMs);
    }
}

std::optional<KafkaError> RdProducer::flush() {
    auto until = steady_clock::now() + options_.patience;
    while (rd_kafka_flush(handle_.get(), kPollMs) == RD_KAFKA_RESP_ERR__TIMED_OUT) {
        if (steady_clock::now() >= until) {
            return KafkaError{
                is_transactional_ ? KafkaTrouble::batch : KafkaTrouble::lost,
                "no acknowledgement within " + std::to_string(options_.patience.count()) + " ms" +
                    connection_.text()
            };
        }
    }
    return failure_;
}

KafkaProducer::Sent RdProducer::finish(std::uint64_t position) {
    auto error = flush();
    if (refusal_) {
        return *refusal_;
    }
    if (error) {
        return *std::move(error);
    }
    if (is_transactional_) {
        if (auto problem = commit(position)) {
            return *std::move(problem);
        }
    }
    is_open_ = false;
    connection_.clear();
    return std::monostate();
}

std::optional<KafkaError> RdProducer::commit(std::uint64_t position) {
    auto offsets = kafka::position_offsets(handle_.get(), topic_, {position, options_.writer});
    Group group(rd_kafka_consumer_group_metadata_new(options_.position_group.c_str()));
    int patience = ms(options_.patience);
    Error sent(
        rd_kafka_send_offsets_to_transaction(handle_.get(), offsets.get(), group.get(), patience)
    );
    if (auto problem = judge(std::move(sent), "sending the position")) {
        return problem;
    }
    Error committed(rd_kafka_commit_transaction(handle_.get(), patience));
    bool may_be_there = committed && !rd_kafka_error_txn_requires_abort(committed.get());
    auto problem = judge(std::move(committed), "committing");
    if (problem && may_be_there && problem->trouble == KafkaTrouble::batch) {
        problem->trouble = KafkaTrouble::lost;  // Nobody knows: the position will tell.
    }
    return problem;
}

std::optional<KafkaError> RdProducer::abandon() {
    if (!std::exchange(is_open_, false)) {
        return std::nullopt;
    }
    if (!is_transactional_) {
        // What is on its way may arrive: it is sent again all the same.
        rd_kafka_purge(handle_.get(), RD_KAFKA_PURGE_F_QUEUE);
        rd_kafka_poll(handle_.get(), 0);
        return std::nullopt;
    }
    Error error(rd_kafka_abort_transaction(handle_.get(), ms(options_.patience)));
    auto problem = judge(std::move(error), "aborting a transaction");
    if (problem && problem->trouble == KafkaTrouble::batch) {
        problem->trouble = KafkaTrouble::lost;
    }
    return problem;
}

void RdProducer::on_report(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
    static_cast<RdProducer*>(self)->reported(*message);
}

void RdProducer::on_error(rd_kafka_t*, int code, const char* reason, void* self) {
    static_cast<RdProducer*>(self)->connection_.saw(code, reason);
}

// The first refusal counts; what was purged with it says nothing of itself.
void RdProducer::reported(const rd_kafka_message_t& message) {
    if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return;
    }
    auto position = reinterpret_cast<std::uint64_t>(message._private);
    std::string topic = message.rkt == nullptr ? "" : rd_kafka_topic_name(message.rkt);
    std::string what = "topic '" + topic + "': " + rd_kafka_err2str(message.err);
    if (is_refusal(message.err)) {
        if (!refusal_ || position < refusal_->position) {
            refusal_ = KafkaRefusal{position, std::move(what)};
        }
    } else if (!failure_) {
        failure_ = judge(message.err, std::move(what));
    }
}

std::optional<KafkaError> RdProducer::judge(Error error, const char* doing) const {
    if (!error) {
        return std::nullopt;
    }
    auto code = rd_kafka_error_code(error.get());
    std::string what = std::string(doing) + ": " + rd_kafka_error_string(error.get());
    KafkaError judged = judge(code, std::move(what));
    if (rd_kafka_error_is_fatal(error.get()) && judged.trouble == KafkaTrouble::batch) {
        judged.trouble = KafkaTrouble::lost;
    }
    return judged;
}

KafkaError RdProducer::judge(rd_kafka_resp_err_t code, std::string what) const {
    std::array<char, 512> text{};
    auto fatal = rd_kafka_fatal_error(handle_.get(), text.data(), text.size());
    if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR) {
        what += std::string(" (") + text.data() + ")";
        code = fatal;
    }
    KafkaTrouble trouble = KafkaTrouble::batch;
    if (is_fenced(code)) {
        trouble = KafkaTrouble::lost;  // By another process, or by a time-out: the position tells.
    } else if (is_configured_wrong(code)) {
        trouble = KafkaTrouble::refused;
    } else if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR || !is_open_) {
        trouble = KafkaTrouble::lost;
    }
    if (code == RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT) {
        what += "; transactionTimeout is " + std::to_string(spec_.transaction_timeout.count()) +
                " ms, more than the broker's transaction.max.timeout.ms allows";
    }
    return {trouble, what + connection_.text()};
}

}  // namespace

std::unique_ptr<KafkaProducer>
make_rd_producer(const KafkaEgressSpec& spec, RdProducerOptions options) {
    return std::make_unique<RdProducer>(spec, std::move(options));
}

}  // namespace sfg::egress
