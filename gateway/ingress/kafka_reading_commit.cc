// The part of KafkaReading that tells Kafka and people how far it is.
#include "gateway/ingress/kafka_reading.h"
#include "gateway/runtime/log.h"

#include <algorithm>
#include <utility>

namespace sfg::ingress {

namespace {

using std::chrono::steady_clock;

constexpr std::size_t kLinesPerSecond = 10;

log::Level level_of(const KafkaOutcome& outcome, const InvalidRecords& invalid) {
    if (outcome.fate != KafkaFate::skipped) {
        return log::Level::warn;
    }
    switch (invalid.log) {
        case SkipLog::debug:
            return log::Level::debug;
        case SkipLog::info:
            return log::Level::info;
        case SkipLog::warn:
            return log::Level::warn;
        case SkipLog::error:
            break;
    }
    return log::Level::error;
}

const char* text_of(const KafkaOutcome& outcome) {
    switch (outcome.fate) {
        case KafkaFate::refused:
            return "a record can't be a message and is set aside";
        case KafkaFate::skipped:
            return "a record can't be a message and is skipped";
        case KafkaFate::messages:
            return "a record can't be the message it should be and is forwarded";
        case KafkaFate::stopped:
            break;
    }
    return "a record can't be a message";
}

}  // namespace

// What is durable, to the group: for monitors of lag, and for whoever reads on behind. Without it
// an ingress that has nothing to give would not hear that what it gave last was undone.
KafkaReading::Next KafkaReading::commit_durable(Time until) {
    SourcePort::Positions durable;
    SourcePort::Given given = port_.durable(until, durable);
    if (given == SourcePort::Given::lost) {
        return Next::reopen;
    }
    if (!consumer_ || given != SourcePort::Given::taken) {
        return Next::go_on;
    }
    std::vector<KafkaPlace> places;
    for (auto& [partition, part] : parts_) {
        auto at = std::ranges::find(durable, part.text, &engine::SourcePosition::part);
        auto next = at == durable.end() ? -1 : static_cast<std::int64_t>(at->next);
        if (part.topic != nullptr && next >= 0 && next != part.committed) {
            part.committed = next;
            places.push_back({partition, next});
        }
    }
    if (!places.empty()) {
        consumer_->commit(places);
        ++commits_out_;
    }
    return Next::go_on;
}

void KafkaReading::hear_commits(Time until) {
    while (consumer_ && commits_out_ > 0) {
        auto news = consumer_->committed_news(until);
        if (!news) {
            return;
        }
        --commits_out_;
        if (news->what.empty()) {
            continue;
        }
        for (auto& [partition, part] : parts_) {
            part.committed = -1;  // Again.
        }
        std::uint64_t failures = 0;
        {
            std::lock_guard lock(mutex_);
            failures = ++report_.commit_failures;
        }
        log::write(
            failures == 1 ? log::Level::warn : log::Level::debug,
            "ingress",
            "the group could not be told how far it is; only monitors of lag miss it",
            {{"ingress", name_}, {"group", spec_.group}, {"reason", news->what}}
        );
    }
}

void KafkaReading::measure_lag() {
    std::uint64_t lag = 0;
    for (const auto& [partition, part] : parts_) {
        std::int64_t end = part.topic == nullptr ? -1 : consumer_->end_of(partition);
        lag += end > part.next ? static_cast<std::uint64_t>(end - part.next) : 0;
    }
    std::lock_guard lock(mutex_);
    report_.lag = lag;
}

void KafkaReading::tell_outcome(
    const KafkaRecordView& record,
    const KafkaOutcome& outcome,
    const Part& part
) {
    auto now = steady_clock::now();
    if (now - lines_since_ >= std::chrono::seconds(1)) {
        lines_since_ = now;
        lines_ = 0;
    }
    if (outcome.fate == KafkaFate::stopped || ++lines_ > kLinesPerSecond) {
        return;
    }
    log::write(
        level_of(outcome, part.topic->invalid),
        "ingress",
        text_of(outcome),
        {{"ingress", name_},
         {"partition", part.text},
         {"offset", record.offset},
         {"reason", outcome.reason},
         {"more_in_this_second_are_only_counted", lines_ == kLinesPerSecond}}
    );
}

// Without a trouble: what is said of topics that are missing.
void KafkaReading::tell(const std::string& trouble, bool is_connected) {
    const std::string& said = trouble.empty() ? missing_ : trouble;
    bool is_new = false;
    {
        std::lock_guard lock(mutex_);
        is_new = report_.trouble != said;
        report_.trouble = said;
        report_.is_connected = is_connected;
        report_.failures += is_connected ? 0 : 1;
    }
    if (!is_connected) {
        refresh_at_ = std::min(refresh_at_, steady_clock::now() + options_.refresh_missing);
    }
    if (!is_new) {
        return;
    }
    if (said.empty()) {
        log::info("ingress", "Kafka is read again", {{"ingress", name_}});
    } else {
        log::warn(
            "ingress",
            is_connected ? "a part of Kafka can't be read" : "Kafka can't be read",
            {{"ingress", name_}, {"reason", said}}
        );
    }
}

}  // namespace sfg::ingress
