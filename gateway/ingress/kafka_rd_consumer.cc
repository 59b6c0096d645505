#include "gateway/ingress/kafka_rd_consumer.h"

#include "gateway/egress/kafka_conf.h"
#include "gateway/egress/kafka_connection.h"
#include "gateway/egress/kafka_handles.h"
#include "gateway/ingress/kafka_rd_views.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace sfg::ingress {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// One question to the brokers. A thread that ends waits for it.
constexpr int kPatienceMs = 2'000;
constexpr std::size_t kPulledMax = 500;
// A queue of so many records, or bytes, may have been full.
constexpr std::size_t kLongRecords = 2'000;
constexpr std::size_t kLongBytes = 1024 * 1024;

void destroy_message(rd_kafka_message_t* message) {
    rd_kafka_message_destroy(message);
}

void destroy_consumer(rd_kafka_t* handle) {
    rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

using Consumer = std::unique_ptr<rd_kafka_t, kafka::Freed<destroy_consumer>>;
using Message = std::unique_ptr<rd_kafka_message_t, kafka::Freed<destroy_message>>;
using Topic = std::unique_ptr<rd_kafka_topic_t, kafka::Freed<rd_kafka_topic_destroy>>;

int ms_until(KafkaConsumer::Time until) {
    auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, kPatienceMs));
}

class RdConsumer final : public KafkaConsumer {
public:
    explicit RdConsumer(const KafkaIngressSpec& spec) : spec_(spec) {}

    RdConsumer(const RdConsumer&) = delete;
    RdConsumer& operator=(const RdConsumer&) = delete;

    ~RdConsumer() override {
        // Before the handle that they belong to.
        current_.reset();
        drop_pulled();
        records_.reset();
        news_.reset();
    }

    std::optional<KafkaProblem> open() override;
    Or<std::vector<KafkaTopicFound>> find(const std::vector<std::string>& topics) override;
    Or<std::vector<KafkaTopicFound>> find_all() override;
    Or<std::vector<KafkaPlace>>
    offsets_at(const std::vector<KafkaPartition>& partitions, std::int64_t time_ms) override;
    std::int64_t end_of(const KafkaPartition& partition) const override;
    Or<std::vector<KafkaPlace>> committed(const std::vector<KafkaPartition>& partitions) override;
    std::optional<KafkaProblem> assign(const std::vector<KafkaPlace>& places) override;
    Next next(Time until) override;
    void commit(const std::vector<KafkaPlace>& places) override;
    std::optional<KafkaProblem> committed_news(Time until) override;

private:
    static void on_error(rd_kafka_t*, int code, const char* reason, void* self);

    [[nodiscard]] KafkaProblem problem(const char* doing, rd_kafka_resp_err_t code);
    [[nodiscard]] Or<std::vector<KafkaTopicFound>> metadata(rd_kafka_topic_t* topic);
    [[nodiscard]] bool pull(Time until);
    void drop_pulled();
    [[nodiscard]] Or<std::vector<KafkaPlace>> places(
        const rd_kafka_topic_partition_list_t& list,
        rd_kafka_resp_err_t code,
        const char* doing
    );
    void keep_filled();

    const KafkaIngressSpec& spec_;
    Consumer handle_;
    kafka::Queue records_;
    kafka::Queue news_;  // Of commits.
    std::vector<KafkaPartition> assigned_;

    std::array<rd_kafka_message_t*, kPulledMax> pulled_{};
    std::size_t pulled_count_ = 0;
    std::size_t pulled_next_ = 0;
    Message current_;
    std::size_t longest_ = 0;       // The queue, since its threads were woken.
    std::size_t record_bytes_ = 0;  // About.
    kafka::ConnectionErrors connection_;
    std::string news_of_errors_;  // That the threads have told.
};

std::optional<KafkaProblem> RdConsumer::open() {
    auto made = kafka::make_consumer_conf(spec_);
    if (auto* reason = std::get_if<std::string>(&made)) {
        return KafkaProblem{std::move(*reason)};
    }
    auto conf = std::get<kafka::Conf>(std::move(made));
    rd_kafka_conf_set_error_cb(conf.get(), &RdConsumer::on_error);
    rd_kafka_conf_set_opaque(conf.get(), this);
    std::array<char, 512> text{};
    handle_.reset(rd_kafka_new(RD_KAFKA_CONSUMER, conf.get(), text.data(), text.size()));
    if (!handle_) {
        return KafkaProblem{text.data()};
    }
    (void)conf.release();  // It is the handle's now.
    records_.reset(rd_kafka_queue_get_consumer(handle_.get()));
    news_.reset(rd_kafka_queue_new(handle_.get()));
    return std::nullopt;
}

void RdConsumer::on_error(rd_kafka_t*, int code, const char* reason, void* self) {
    auto& consumer = *static_cast<RdConsumer*>(self);
    consumer.connection_.saw(code, reason);
    consumer.news_of_errors_ = reason;
}

KafkaProblem RdConsumer::problem(const char* doing, rd_kafka_resp_err_t code) {
    rd_kafka_poll(handle_.get(), 0);
    news_of_errors_.clear();
    return {std::string(doing) + ": " + rd_kafka_err2str(code) + connection_.text()};
}

KafkaConsumer::Or<std::vector<KafkaTopicFound>> RdConsumer::metadata(rd_kafka_topic_t* topic) {
    const rd_kafka_metadata_t* metadata = nullptr;
    int is_all = topic == nullptr ? 1 : 0;
    auto code = rd_kafka_metadata(handle_.get(), is_all, topic, &metadata, kPatienceMs);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return problem("asking which topics there are", code);
    }
    std::vector<KafkaTopicFound> found;
    for (int i = 0; i < metadata->topic_cnt; ++i) {
        const rd_kafka_metadata_topic_t& one = metadata->topics[i];
        bool is_good = one.err == RD_KAFKA_RESP_ERR_NO_ERROR;
        bool is_missing = one.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
        found.push_back(
            {one.topic,
             is_good ? one.partition_cnt : 0,
             is_good || is_missing ? "" : rd_kafka_err2str(one.err)}
        );
    }
    rd_kafka_metadata_destroy(metadata);
    connection_.clear();
    return found;
}

KafkaConsumer::Or<std::vector<KafkaTopicFound>> RdConsumer::find(
    const std::vector<std::string>& topics
) {
    std::vector<KafkaTopicFound> all;
    for (const std::string& name : topics) {
        Topic topic(rd_kafka_topic_new(handle_.get(), name.c_str(), nullptr));
        auto found = metadata(topic.get());
        if (std::holds_alternative<KafkaProblem>(found)) {
            return found;
        }
        std::ranges::move(std::get<std::vector<KafkaTopicFound>>(found), std::back_inserter(all));
    }
    return all;
}

KafkaConsumer::Or<std::vector<KafkaTopicFound>> RdConsumer::find_all() {
    return metadata(nullptr);
}

KafkaConsumer::Or<std::vector<KafkaPlace>> RdConsumer::places(
    const rd_kafka_topic_partition_list_t& list,
    rd_kafka_resp_err_t code,
    const char* doing
) {
    std::vector<KafkaPlace> places;
    code = code == RD_KAFKA_RESP_ERR_NO_ERROR ? kafka::read_list(list, places) : code;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return problem(doing, code);
    }
    return places;
}

// The question takes the logical offsets as times.
KafkaConsumer::Or<std::vector<KafkaPlace>>
RdConsumer::offsets_at(const std::vector<KafkaPartition>& partitions, std::int64_t time_ms) {
    auto list = kafka::list_of(partitions, time_ms);
    auto code = rd_kafka_offsets_for_times(handle_.get(), list.get(), kPatienceMs);
    return places(*list, code, "asking for offsets");
}

std::int64_t RdConsumer::end_of(const KafkaPartition& partition) const {
    std::int64_t first = -1;
    std::int64_t end = -1;
    auto code = rd_kafka_get_watermark_offsets(
        handle_.get(), partition.topic.c_str(), partition.partition, &first, &end
    );
    return code == RD_KAFKA_RESP_ERR_NO_ERROR ? end : -1;
}

KafkaConsumer::Or<std::vector<KafkaPlace>> RdConsumer::committed(
    const std::vector<KafkaPartition>& partitions
) {
    auto list = kafka::list_of(partitions, RD_KAFKA_OFFSET_INVALID);
    auto code = rd_kafka_committed(handle_.get(), list.get(), kPatienceMs);
    return places(*list, code, "asking what the group has committed");
}

std::optional<KafkaProblem> RdConsumer::assign(const std::vector<KafkaPlace>& places) {
    auto list = kafka::list_of(places);
    auto code = rd_kafka_assign(handle_.get(), list.get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return problem("assigning partitions", code);
    }
    for (const KafkaPlace& place : places) {
        assigned_.push_back(place.partition);
    }
    return std::nullopt;
}

// One by one while it waits: a pull of many waits for all of them.
bool RdConsumer::pull(Time until) {
    rd_kafka_poll(handle_.get(), 0);
    keep_filled();
    rd_kafka_message_t* first = nullptr;
    if (int wait_ms = ms_until(until); wait_ms > 0) {
        first = rd_kafka_consumer_poll(handle_.get(), wait_ms);
        if (first == nullptr) {
            return false;
        }
    }
    pulled_next_ = 0;
    pulled_count_ = 0;
    if (first != nullptr) {
        pulled_[pulled_count_++] = first;
    }
    auto more = rd_kafka_consume_batch_queue(
        records_.get(), 0, pulled_.data() + pulled_count_, pulled_.size() - pulled_count_
    );
    pulled_count_ += more > 0 ? static_cast<std::size_t>(more) : 0;
    return pulled_count_ > 0;
}

void RdConsumer::drop_pulled() {
    while (pulled_next_ < pulled_count_) {
        rd_kafka_message_destroy(pulled_[pulled_next_++]);
    }
}

KafkaConsumer::Next RdConsumer::next(Time until) {
    current_.reset();
    if (pulled_next_ == pulled_count_ && !pull(until)) {
        auto news = std::exchange(news_of_errors_, {});
        return news.empty() ? Next() : Next(KafkaProblem{std::move(news)});
    }
    current_.reset(pulled_[pulled_next_++]);
    if (current_->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return kafka::judge_message(*current_);
    }
    record_bytes_ = (7 * record_bytes_ + current_->len + current_->key_len) / 8;
    return kafka::view_message(*current_);
}

// Once half of a queue is taken that may have been full, its threads are woken.
void RdConsumer::keep_filled() {
    std::size_t length = rd_kafka_queue_length(records_.get());
    longest_ = std::max(longest_, length);
    bool was_long = longest_ >= kLongRecords || longest_ * record_bytes_ >= kLongBytes;
    if (was_long && length <= longest_ / 2) {
        longest_ = length;
        auto list = kafka::list_of(assigned_, kKafkaLatest);
        (void)rd_kafka_offsets_for_times(handle_.get(), list.get(), kPatienceMs);
    }
}

void RdConsumer::commit(const std::vector<KafkaPlace>& places) {
    auto list = kafka::list_of(places);
    (void)rd_kafka_commit_queue(handle_.get(), list.get(), news_.get(), nullptr, nullptr);
}

std::optional<KafkaProblem> RdConsumer::committed_news(Time until) {
    kafka::Event event(rd_kafka_queue_poll(news_.get(), ms_until(until)));
    if (!event || rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_OFFSET_COMMIT) {
        return std::nullopt;
    }
    return kafka::judge_commit(rd_kafka_event_error(event.get()));
}

}  // namespace

std::unique_ptr<KafkaConsumer> make_rd_consumer(const KafkaIngressSpec& spec) {
    return std::make_unique<RdConsumer>(spec);
}

}  // namespace sfg::ingress
