#include "gateway/engine/source_pace.h"

#include <algorithm>
#include <set>

namespace sfg::engine {

namespace {

// One batch that is being called for, and one behind it.
constexpr std::size_t kAheadMax = kSourceMessagesMax;

}  // namespace

std::vector<EndpointId> SourcePace::targets_of(const SourceRecords& records) const {
    std::set<EndpointId> targets;
    const TypeName* last = nullptr;
    for (const SourceMessage& message : records.messages) {
        if (last != nullptr && *last == message.target.type) {
            continue;
        }
        last = &message.target.type;
        const FunctionType* type = core_.registry.find(*last);
        if (type != nullptr && type->endpoint) {
            targets.insert(*type->endpoint);
        }
    }
    return {targets.begin(), targets.end()};
}

// Small ones are noted together.
void SourcePace::took(CommitNumber number, std::size_t messages) {
    messages_ += messages;
    bool joins = !ahead_.empty() && ahead_.back().messages + messages <= kSourceMessagesMax;
    if (joins) {
        ahead_.back() = {number, ahead_.back().messages + messages};
    } else {
        ahead_.push_back({number, messages});
    }
}

void SourcePace::drop_called() {
    while (!ahead_.empty() && ahead_.front().number <= core_.newest_called) {
        messages_ -= ahead_.front().messages;
        ahead_.pop_front();
    }
}

bool SourcePace::is_ahead(const std::vector<EndpointId>& targets) const {
    if (core_.calls_in_flight == 0) {
        return false;
    }
    auto presses = [this](EndpointId endpoint) {
        return backlog_.presses(endpoint);
    };
    return messages_ >= kAheadMax || std::any_of(targets.begin(), targets.end(), presses);
}

void SourcePace::clear() {
    ahead_.clear();
    messages_ = 0;
}

}  // namespace sfg::engine
