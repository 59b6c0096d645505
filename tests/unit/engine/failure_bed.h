// What the tests of failures share: policies, answers that fail, a function that refuses messages.
#pragma once

#include "gateway/engine/failures.h"
#include "tests/support/engine_bed.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace sfg::test {

using engine::CallFailed;
using engine::FailureKind;
using engine::FailurePoint;
using engine::WaitReason;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

inline engine::EngineOptions with_policy(OnPoison on_poison, std::uint32_t attempts = 3) {
    engine::EngineOptions options;
    options.failure.attempts = attempts;
    options.failure.on_poison = on_poison;
    return options;
}

inline CallFailed answer_of(int status, FailureKind kind) {
    CallFailed failed;
    failed.kind = kind;
    failed.status = status;
    failed.reason = "http://f/ answered " + std::to_string(status);
    failed.response = "told to fail";
    return failed;
}

inline CallFailed refused() {
    return answer_of(500, FailureKind::rejected);
}

inline CallFailed cut_off() {
    CallFailed failed;
    failed.point = FailurePoint::exchange;
    failed.reason = "http://f/ closed the connection";
    return failed;
}

// A function that refuses every batch with the argument "poison", and notes what it applied.
struct Poisoned {
    EngineBed& bed;
    std::set<std::string> poison = {"poison"};
    std::vector<std::string> applied = {};
    std::size_t calls = 0;
    std::size_t refusals = 0;

    void serve(std::size_t at) {
        ++calls;
        std::vector<std::string> texts = bed.calls.at(at).arguments();
        bool is_poisoned = std::any_of(texts.begin(), texts.end(), [&](const std::string& text) {
            return poison.contains(text);
        });
        if (is_poisoned) {
            ++refusals;
            bed.fail_with(at, refused());
            return;
        }
        applied.insert(applied.end(), texts.begin(), texts.end());
        bed.answer(at, done());
    }

    // Until nothing goes on, also after the time of the pauses.
    void run(seconds time = seconds(60)) {
        for (seconds passed{0}; passed <= time; passed += seconds(1)) {
            while (!bed.calls.empty() || !bed.group.empty()) {
                bed.calls.empty() ? bed.sync() : serve(0);
            }
            bed.advance(seconds(1));
        }
    }
};

// Entity "a" of type f has these messages as one batch, behind a call that is over.
inline void queue(EngineBed& bed, const std::string& id, const std::vector<std::string>& texts) {
    bed.send("f", id, "first");
    std::size_t at = bed.calls.size() - 1;
    for (const std::string& text : texts) {
        bed.send("f", id, text);
    }
    bed.answer(at, done());
}

inline std::vector<std::string> numbered(int count, int poison) {
    std::vector<std::string> texts;
    for (int i = 0; i < count; ++i) {
        texts.push_back(i == poison ? "poison" : std::to_string(i));
    }
    return texts;
}

inline std::uint64_t waiting(const EngineBed& bed, WaitReason reason) {
    return bed.core->stats().waiting_entities[static_cast<std::size_t>(reason)];
}

inline engine::PartitionCounters counters(EngineBed& bed, const std::string& id) {
    return bed.core->partition(partition_of(id, bed.options.partitions)).counters;
}

}  // namespace sfg::test
