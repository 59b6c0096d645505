#include "gateway/egress/kafka_position.h"

#include "gateway/egress/kafka_conf.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace sfg::kafka {

namespace {

using egress::KafkaPosition;

using Result = std::variant<std::optional<KafkaPosition>, FailedRead>;

constexpr std::string_view kWriterMark = "statefun-gateway ";

// It is a member of nothing, so there is nothing to take leave of.
void leave(rd_kafka_t* reader) {
    rd_kafka_destroy_flags(reader, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

using Reader = std::unique_ptr<rd_kafka_t, Freed<leave>>;

// Null: no answer.
Event ask(rd_kafka_t* reader, const std::string& group, int patience_ms) {
    std::unique_ptr<rd_kafka_AdminOptions_t, Freed<rd_kafka_AdminOptions_destroy>> how(
        rd_kafka_AdminOptions_new(reader, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS)
    );
    std::array<char, 512> text{};
    rd_kafka_AdminOptions_set_request_timeout(how.get(), patience_ms, text.data(), text.size());
    Error unstable(rd_kafka_AdminOptions_set_require_stable_offsets(how.get(), 1));
    using Asked = rd_kafka_ListConsumerGroupOffsets_t;
    std::unique_ptr<Asked, Freed<rd_kafka_ListConsumerGroupOffsets_destroy>> asked(
        rd_kafka_ListConsumerGroupOffsets_new(group.c_str(), nullptr)
    );
    Queue queue(rd_kafka_queue_new(reader));
    std::array<Asked*, 1> all = {asked.get()};
    rd_kafka_ListConsumerGroupOffsets(reader, all.data(), 1, how.get(), queue.get());
    return Event(rd_kafka_queue_poll(queue.get(), 2 * patience_ms));
}

Result take(rd_kafka_event_t* event) {
    if (auto code = rd_kafka_event_error(event)) {
        return FailedRead{code, rd_kafka_err2str(code)};
    }
    const auto* result = rd_kafka_event_ListConsumerGroupOffsets_result(event);
    std::size_t groups = 0;
    const auto* const* answers = rd_kafka_ListConsumerGroupOffsets_result_groups(result, &groups);
    std::optional<KafkaPosition> found;
    if (groups == 0) {
        return found;
    }
    if (const auto* error = rd_kafka_group_result_error(answers[0])) {
        return FailedRead{rd_kafka_error_code(error), rd_kafka_error_string(error)};
    }
    const auto* offsets = rd_kafka_group_result_partitions(answers[0]);
    for (int i = 0; offsets != nullptr && i < offsets->cnt; ++i) {
        const rd_kafka_topic_partition_t& one = offsets->elems[i];
        std::string_view writer(static_cast<const char*>(one.metadata), one.metadata_size);
        bool is_ours = one.offset > 0 && writer.starts_with(kWriterMark);
        if (is_ours && (!found || static_cast<std::uint64_t>(one.offset) > found->delivered)) {
            writer.remove_prefix(kWriterMark.size());
            found = KafkaPosition{static_cast<std::uint64_t>(one.offset), std::string(writer)};
        }
    }
    return found;
}

}  // namespace

Result read_position(
    const KafkaEgressSpec& spec,
    const std::string& group,
    std::chrono::milliseconds patience
) {
    auto made = make_position_conf(spec, group);
    if (auto* reason = std::get_if<std::string>(&made)) {
        return FailedRead{RD_KAFKA_RESP_ERR__INVALID_ARG, std::move(*reason)};
    }
    auto conf = std::get<Conf>(std::move(made));
    std::array<char, 512> text{};
    Reader reader(rd_kafka_new(RD_KAFKA_CONSUMER, conf.get(), text.data(), text.size()));
    if (!reader) {
        return FailedRead{RD_KAFKA_RESP_ERR__INVALID_ARG, text.data()};
    }
    (void)conf.release();  // It is the reader's now.
    Event event = ask(reader.get(), group, static_cast<int>(patience.count()));
    return event ? take(event.get()) : FailedRead{RD_KAFKA_RESP_ERR__TIMED_OUT, "no answer"};
}

Offsets
position_offsets(rd_kafka_t* handle, const std::string& topic, const KafkaPosition& position) {
    Offsets offsets(rd_kafka_topic_partition_list_new(1));
    auto* one = rd_kafka_topic_partition_list_add(offsets.get(), topic.c_str(), 0);
    one->offset = static_cast<std::int64_t>(position.delivered);
    std::string writer = std::string(kWriterMark) + position.writer;
    one->metadata = rd_kafka_mem_malloc(handle, writer.size());
    std::copy(writer.begin(), writer.end(), static_cast<char*>(one->metadata));
    one->metadata_size = writer.size();
    return offsets;
}

}  // namespace sfg::kafka
