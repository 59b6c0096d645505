#include "gateway/ingress/kafka_reading.h"

#include "gateway/runtime/log.h"
#include "protocol/assert.h"

#include <algorithm>
#include <charconv>
#include <tuple>
#include <utility>

namespace sfg::ingress {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How often an ingress that has stopped looks whether what it brought is still there.
constexpr milliseconds kStopped{5'000};

std::size_t most_targets(const std::vector<KafkaTopic>& topics) {
    std::size_t most = 1;
    for (const KafkaTopic& topic : topics) {
        most = std::max(most, topic.targets.size());
    }
    return most;
}

// Nothing: it is the mark of a topic.
std::optional<KafkaPartition> parse_part(const std::string& text) {
    std::size_t slash = text.rfind('/');
    if (slash == std::string::npos || text.starts_with('~')) {
        return std::nullopt;
    }
    KafkaPartition parsed{text.substr(0, slash)};
    const char* end = text.data() + text.size();
    auto [stop, error] = std::from_chars(text.data() + slash + 1, end, parsed.partition);
    return error == std::errc{} && stop == end ? std::optional(std::move(parsed)) : std::nullopt;
}

}  // namespace

KafkaReading::KafkaReading(
    const KafkaIngressSpec& spec,
    KafkaReadingOptions options,
    SourcePort& port,
    MakeConsumer make
)
    : spec_(spec),
      options_(std::move(options)),
      name_(spec.id.text()),
      topics_(spec.topics),
      targets_max_(most_targets(spec.topics)),
      port_(port),
      make_(std::move(make)),
      backoff_(options_.backoff_first) {
    SFG_ASSERT(targets_max_ <= engine::kSourceMessagesMax);
}

void KafkaReading::run() {
    Next next = Next::reopen;
    while (next != Next::stop) {
        next = step(next);
    }
    finish();
    consumer_.reset();
}

KafkaReading::Next KafkaReading::step(Next next) {
    switch (next) {
        case Next::reopen:
            return open_session();
        case Next::reconnect:
            return connect();
        default:
            return read();
    }
}

KafkaIngressReport KafkaReading::report() const {
    std::lock_guard lock(mutex_);
    return report_;
}

// What was read and not taken is read again.
KafkaReading::Next KafkaReading::open_session() {
    auto positions = port_.open();
    if (!positions) {
        return Next::stop;
    }
    parts_.clear();
    marks_.clear();
    current_ = nullptr;
    touched_.clear();
    batch_ = {};
    batch_bytes_ = 0;
    batch_records_ = 0;
    batch_counts_ = {};
    is_out_ = false;
    out_of_range_.reset();
    stopped_at_.reset();
    {
        std::lock_guard lock(mutex_);
        report_.has_given_up = false;
    }
    for (const engine::SourcePosition& position : *positions) {
        auto partition = parse_part(position.part);
        if (!partition) {
            marks_.insert(position.part);
            continue;
        }
        begun_.erase(*partition);
        parts_[*partition] =
            Part{.text = position.part, .next = static_cast<std::int64_t>(position.next)};
    }
    for (const auto& [partition, offset] : begun_) {
        parts_[partition] = Part{.text = partition.text(), .next = offset};
    }
    return Next::reconnect;
}

KafkaReading::Next KafkaReading::connect() {
    current_ = nullptr;
    out_of_range_.reset();
    commits_out_ = 0;
    consumer_.reset();
    consumer_ = make_();
    if (auto problem = consumer_->open()) {
        return fail(*problem);
    }
    auto found = discover();
    if (auto* problem = std::get_if<KafkaProblem>(&found)) {
        return fail(*problem);
    }
    auto& all = std::get<Found>(found);
    Next next = begin_unread(all);
    if (next != Next::go_on) {
        return next;
    }
    std::vector<KafkaPlace> places;
    for (auto& [partition, part] : parts_) {
        part.topic = all.partitions.contains(partition) ? topics_.find(partition.topic) : nullptr;
        if (part.topic != nullptr) {
            places.push_back({partition, part.next});
        }
    }
    if (auto problem = consumer_->assign(places)) {
        return fail(*problem);
    }
    tell_parts();
    set_refresh(all.missing);
    return Next::go_on;
}

KafkaReading::Next KafkaReading::read() {
    Next next = fill();
    if (next != Next::go_on) {
        return next;
    }
    if (is_out_) {
        next = await_taken(steady_clock::now() + options_.slice);
    } else if (batch_records_ > 0) {
        give();
    } else if (stopped_at_) {
        next = give_up();
    } else if (out_of_range_) {
        next = reset();
    }
    return next == Next::go_on ? look_after() : next;
}

KafkaReading::Next KafkaReading::look_after() {
    if (!port_.sleep(milliseconds(0))) {
        return Next::stop;
    }
    auto now = steady_clock::now();
    if (now >= commit_at_) {
        commit_at_ = now + options_.commit_interval;
        if (commit_durable(now + options_.slice) == Next::reopen) {
            return Next::reopen;
        }
        measure_lag();
    }
    hear_commits(now);
    return now >= refresh_at_ && !is_out_ ? look_for_partitions() : Next::go_on;
}

// Everything before the record is taken; should that be undone, it is read again.
KafkaReading::Next KafkaReading::give_up() {
    std::string what = "stopped in front of a record that can't be a message: " + *stopped_at_ +
                       ". invalidRecordHandling of its topic is 'fail': mend that, or the record's "
                       "topic, and reload or restart";
    log::error("ingress", what, {{"ingress", name_}});
    tell(what, true);
    {
        std::lock_guard lock(mutex_);
        report_.has_given_up = true;
    }
    auto until = steady_clock::now() + options_.end_patience;
    Next next = commit_durable(until);
    hear_commits(until);
    consumer_.reset();
    while (next == Next::go_on) {
        next = port_.sleep(kStopped) ? commit_durable(steady_clock::now() + options_.slice)
                                     : Next::stop;
    }
    return next;
}

KafkaReading::Next KafkaReading::reset() {
    KafkaOutOfRange gap = *std::exchange(out_of_range_, std::nullopt);
    auto known = parts_.find(gap.partition);
    if (known == parts_.end()) {
        return Next::go_on;
    }
    Part& part = known->second;
    auto first = consumer_->offsets_at({gap.partition}, kKafkaEarliest);
    auto end = consumer_->offsets_at({gap.partition}, kKafkaLatest);
    for (auto* asked : {&first, &end}) {
        if (auto* problem = std::get_if<KafkaProblem>(asked)) {
            return fail(*problem);
        }
    }
    std::int64_t lowest = std::get<std::vector<KafkaPlace>>(first).at(0).offset;
    std::int64_t highest = std::get<std::vector<KafkaPlace>>(end).at(0).offset;
    if (part.next >= lowest && part.next <= highest) {
        return fail({gap.what});  // It is there after all.
    }
    std::int64_t to = spec_.reset == KafkaReset::earliest ? lowest : highest;
    log::error(
        "ingress",
        "the offset to read from does not exist any more: records between are lost to this "
        "ingress, or the topic was made anew",
        {{"ingress", name_},
         {"partition", part.text},
         {"offset", part.next},
         {"first", lowest},
         {"end", highest},
         {"goes_on_at", to},
         {"autoOffsetResetPosition", text_of(spec_.reset)}}
    );
    {
        std::lock_guard lock(mutex_);
        ++report_.resets;
    }
    SourceBatch moved;
    moved.positions.push_back({part.text, static_cast<std::uint64_t>(to), true});
    Next next = keep(std::move(moved));
    if (next != Next::go_on) {
        return next;
    }
    part.next = to;
    return Next::reconnect;
}

void KafkaReading::finish() {
    if (!consumer_) {
        return;
    }
    auto until = steady_clock::now() + options_.end_patience;
    std::ignore = commit_durable(until);
    hear_commits(until);
}

KafkaReading::Next KafkaReading::fail(const KafkaProblem& problem) {
    tell(problem.what, false);
    consumer_.reset();
    auto pause = std::exchange(backoff_, std::min(2 * backoff_, options_.backoff_max));
    return port_.sleep(pause) ? Next::reconnect : Next::stop;
}

}  // namespace sfg::ingress
