// The engine's side for KafkaReading: what was taken, and what of it is durable over its crashes.
#pragma once

#include "protocol/codec.h"
#include "tests/unit/ingress/fake_topics.h"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sfg::test {

using ingress::SourceBatch;
using ingress::SourcePort;

struct FakeMessage {
    std::string target;
    std::string type;
    std::string value;

    bool operator==(const FakeMessage&) const = default;
};

// The engine's side. What is taken is durable with the next question for it, or with flush().
class FakePort final : public SourcePort {
public:
    explicit FakePort(FakeTopics& topics) : topics_(topics) {}

    struct Taken {
        std::map<std::string, std::uint64_t> positions;
        std::vector<FakeMessage> messages;
        std::vector<engine::SourceRefusal> refused;
    };

    // Of what was taken; lists only grow.
    struct Durable {
        std::map<std::string, std::uint64_t> positions;
        std::size_t messages = 0;
        std::size_t refused = 0;
    };

    Taken taken;
    Durable durable_state;
    std::vector<std::size_t> batches;  // Messages of each.
    int waits = 0;                     // The next questions whether a batch is taken say: not yet.
    int losses = 0;                    // The next batches are lost, and all that is not durable.
    int losses_of_durable = 0;         // The next questions what is durable lose it all, too.
    bool is_mute = false;    // What is durable is not told any more, so it stays what it was.
    bool is_broken = false;  // A batch broke the rules.
    bool is_ended = false;
    std::vector<std::chrono::milliseconds> sleeps;

    void flush() { durable_state = {taken.positions, taken.messages.size(), taken.refused.size()}; }

    // The process is killed.
    void crash() {
        taken.positions = durable_state.positions;
        taken.messages.resize(durable_state.messages);
        taken.refused.resize(durable_state.refused);
        is_ended = false;
        muted_ = 0;
        given_.reset();
    }

    std::optional<Positions> open() override {
        if (is_ended) {
            return std::nullopt;
        }
        return positions();
    }

    void give(SourceBatch batch) override {
        is_broken = is_broken || given_.has_value();
        given_ = std::move(batch);
    }

    Given wait(Time) override {
        if (is_ended) {
            return Given::ends;
        }
        if (waits > 0) {
            --waits;
            return Given::waits;
        }
        if (losses > 0) {
            --losses;
            crash();
            return Given::lost;
        }
        take(*std::exchange(given_, std::nullopt));
        return Given::taken;
    }

    Given durable(Time, Positions& to) override {
        if (losses_of_durable > 0) {
            --losses_of_durable;
            crash();
            return Given::lost;
        }
        if (is_mute) {
            is_ended = ++muted_ > 50;
            return Given::waits;
        }
        flush();
        to = positions();
        return Given::taken;
    }

    // Nobody waits here while there is something to do.
    bool sleep(std::chrono::milliseconds time) override {
        if (time.count() > 0) {
            sleeps.push_back(time);
            is_ended = is_ended || time >= std::chrono::hours(1) || sleeps.size() > 1'000;
        }
        return !is_ended;
    }

    // All records are read: the next step, or the end.
    void idle() {
        if (topics_.steps.empty()) {
            is_ended = true;
            return;
        }
        auto step = std::move(topics_.steps.front());
        topics_.steps.pop_front();
        step();
    }

private:
    [[nodiscard]] Positions positions() const {
        Positions all;
        for (const auto& [part, next] : durable_state.positions) {
            all.push_back({part, next});
        }
        return all;
    }

    void take(SourceBatch batch) {
        batches.push_back(batch.messages.size());
        is_broken = is_broken || batch.messages.size() > engine::kSourceMessagesMax ||
                    batch.refused.size() > engine::kSourceRefusedMax;
        for (const auto& position : batch.positions) {
            auto known = taken.positions.find(position.part);
            bool goes_back = known != taken.positions.end() && position.next < known->second;
            is_broken = is_broken || (goes_back && !position.is_reset);
            taken.positions[position.part] = position.next;
        }
        for (const auto& message : batch.messages) {
            auto decoded = decode_message(message.stored.view());
            taken.messages.push_back(
                {message.target.text(), decoded->argument.type_name, decoded->argument.value}
            );
        }
        for (auto& refusal : batch.refused) {
            taken.refused.push_back(std::move(refusal));
        }
    }

    FakeTopics& topics_;
    std::optional<SourceBatch> given_;
    int muted_ = 0;
};

}  // namespace sfg::test
