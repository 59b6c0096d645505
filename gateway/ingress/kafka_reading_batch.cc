// The part of KafkaReading that fills batches and brings them to the engine.
#include "gateway/ingress/kafka_reading.h"

#include <utility>

namespace sfg::ingress {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

void add_counts(KafkaIngressReport& to, const KafkaIngressReport& counts) {
    to.records += counts.records;
    to.messages += counts.messages;
    to.refused += counts.refused;
    to.skipped += counts.skipped;
    to.forwarded += counts.forwarded;
}

}  // namespace

bool KafkaReading::is_full() const {
    return batch_.messages.size() + targets_max_ > engine::kSourceMessagesMax ||
           batch_.refused.size() >= engine::kSourceRefusedMax || batch_bytes_ >= kBatchBytes ||
           batch_records_ >= kBatchRecords;
}

// Waits for a record only if there is nothing else to do.
KafkaReading::Next KafkaReading::fill() {
    while (!is_full() && !stopped_at_ && !out_of_range_) {
        auto now = steady_clock::now();
        auto next = consumer_->next(is_out_ || batch_records_ > 0 ? now : now + options_.slice);
        if (auto* record = std::get_if<KafkaRecordView>(&next)) {
            if (!add(*record)) {
                break;
            }
        } else if (auto* gap = std::get_if<KafkaOutOfRange>(&next)) {
            out_of_range_ = std::move(*gap);
        } else if (auto* problem = std::get_if<KafkaProblem>(&next)) {
            tell(problem->what, false);
        } else {
            break;
        }
    }
    return Next::go_on;
}

KafkaReading::Part* KafkaReading::find(const KafkaRecordView& record) {
    bool is_current = current_ != nullptr && current_->first.partition == record.partition &&
                      current_->first.topic == record.topic;
    if (!is_current) {
        auto found = parts_.find({std::string(record.topic), record.partition});
        current_ = found == parts_.end() ? nullptr : &*found;
    }
    return current_ == nullptr ? nullptr : &current_->second;
}

// False: the ingress stops in front of this record.
bool KafkaReading::add(const KafkaRecordView& record) {
    Part* part = find(record);
    if (part == nullptr || part->topic == nullptr || record.offset < part->next) {
        return true;
    }
    KafkaOutcome outcome = add_kafka_record(record, *part->topic, options_.rules, batch_);
    if (!outcome.reason.empty()) {
        tell_outcome(record, outcome, *part);
    }
    if (outcome.fate == KafkaFate::stopped) {
        stopped_at_ =
            part->text + " at offset " + std::to_string(record.offset) + ": " + outcome.reason;
        return false;
    }
    part->next = record.offset + 1;
    if (!part->is_touched) {
        part->is_touched = true;
        touched_.push_back(part);
    }
    ++batch_records_;
    batch_bytes_ += outcome.bytes;
    ++batch_counts_.records;
    batch_counts_.refused += outcome.fate == KafkaFate::refused ? 1 : 0;
    batch_counts_.skipped += outcome.fate == KafkaFate::skipped ? 1 : 0;
    bool is_forwarded = outcome.fate == KafkaFate::messages && !outcome.reason.empty();
    batch_counts_.forwarded += is_forwarded ? 1 : 0;
    return true;
}

void KafkaReading::give() {
    batch_counts_.messages = batch_.messages.size();
    for (Part* part : touched_) {
        batch_.positions.push_back({part->text, static_cast<std::uint64_t>(part->next)});
        part->is_touched = false;
    }
    touched_.clear();
    port_.give(std::exchange(batch_, {}));
    out_counts_ = std::exchange(batch_counts_, {});
    batch_bytes_ = 0;
    batch_records_ = 0;
    is_out_ = true;
    backoff_ = options_.backoff_first;
    tell({}, true);
}

KafkaReading::Next KafkaReading::await_taken(Time until) {
    SourcePort::Given given = port_.wait(until);
    switch (given) {
        case SourcePort::Given::waits:
            return Next::go_on;
        case SourcePort::Given::taken:
            is_out_ = false;
            {
                std::lock_guard lock(mutex_);
                add_counts(report_, out_counts_);
            }
            return Next::go_on;
        case SourcePort::Given::lost:
            is_out_ = false;
            return Next::reopen;
        case SourcePort::Given::ends:
            break;
    }
    return Next::stop;
}

// Positions alone; they are durable when it goes on. What is being read stays as it is.
KafkaReading::Next KafkaReading::keep(SourceBatch positions) {
    Next next = Next::go_on;
    while (is_out_ && next == Next::go_on) {
        next = await_taken(steady_clock::now() + options_.slice);
    }
    if (next != Next::go_on) {
        return next;
    }
    port_.give(std::move(positions));
    out_counts_ = {};
    is_out_ = true;
    while (is_out_ && next == Next::go_on) {
        next = await_taken(steady_clock::now() + options_.slice);
    }
    SourcePort::Given given = SourcePort::Given::waits;
    while (next == Next::go_on && given == SourcePort::Given::waits) {
        SourcePort::Positions durable;
        given = port_.durable(steady_clock::now() + options_.slice, durable);
        next = given == SourcePort::Given::lost ? Next::reopen
               : port_.sleep(milliseconds(0))   ? Next::go_on
                                                : Next::stop;
    }
    return next;
}

}  // namespace sfg::ingress
