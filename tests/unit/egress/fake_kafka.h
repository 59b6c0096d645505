// A broker and an outbox for KafkaDelivery, in memory and on one thread.
//
// Both fail when they are told to. The broker keeps what a read_committed reader sees; the stream
// ends the run when nothing is left to be delivered.
#pragma once

#include "gateway/egress/kafka_delivery.h"
#include "protocol/codec.h"
#include "protocol/egress.pb.h"
#include "protocol/request_reply.pb.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sfg::test {

using egress::KafkaError;
using egress::KafkaPosition;
using egress::KafkaRecord;
using egress::KafkaRefusal;
using egress::KafkaTrouble;

// What survives producers and processes.
struct FakeBroker {
    std::vector<std::uint64_t> delivered;  // Positions, as a reader meets them.
    std::optional<KafkaPosition> position;
    bool keeps_position = true;                     // Exactly once.
    std::map<std::string, std::string> bad_topics;  // With why.
    bool refuses_by_the_batch = false;              // Naming its first record, whichever it was.
    int producers = 0;

    // The next operations of a name end like this; `then` false: without having any effect.
    struct Fault {
        KafkaTrouble trouble = KafkaTrouble::batch;
        bool takes_effect = false;
    };

    std::map<std::string, std::deque<Fault>> faults;

    std::optional<Fault> fault(const std::string& operation) {
        auto& next = faults[operation];
        if (next.empty()) {
            return std::nullopt;
        }
        Fault fault = next.front();
        next.pop_front();
        return fault;
    }
};

class FakeProducer final : public egress::KafkaProducer {
public:
    FakeProducer(FakeBroker& broker, std::string writer)
        : broker_(broker),
          writer_(std::move(writer)) {
        ++broker_.producers;
    }

    std::optional<KafkaError> open() override { return failing("open"); }

    std::variant<std::optional<KafkaPosition>, KafkaError> position() override {
        if (auto error = failing("position")) {
            return *error;
        }
        return broker_.keeps_position ? broker_.position : std::nullopt;
    }

    std::optional<KafkaError> begin() override {
        batch_.clear();
        refusal_.reset();
        return failing("begin");
    }

    Sent send(const KafkaRecord& record, std::uint64_t position) override {
        if (auto error = failing("send")) {
            return *error;
        }
        auto bad = broker_.bad_topics.find(record.topic);
        if (bad != broker_.bad_topics.end() && !refusal_) {
            refusal_ = KafkaRefusal{position, bad->second};
        }
        batch_.push_back(position);
        return std::monostate();
    }

    Sent finish(std::uint64_t position) override {
        auto fault = broker_.fault("finish");
        if (fault && !fault->takes_effect) {
            return KafkaError{fault->trouble, "finish"};
        }
        if (refusal_) {
            refusal_->position = broker_.refuses_by_the_batch ? batch_.front() : refusal_->position;
            return *refusal_;
        }
        broker_.delivered.insert(broker_.delivered.end(), batch_.begin(), batch_.end());
        broker_.position = KafkaPosition{position, writer_};
        batch_.clear();
        if (fault) {
            return KafkaError{fault->trouble, "finish, after it took effect"};
        }
        return std::monostate();
    }

    std::optional<KafkaError> abandon() override {
        batch_.clear();
        return failing("abandon");
    }

private:
    std::optional<KafkaError> failing(const std::string& operation) {
        auto fault = broker_.fault(operation);
        return fault ? std::optional(KafkaError{fault->trouble, operation}) : std::nullopt;
    }

    FakeBroker& broker_;
    const std::string writer_;
    std::vector<std::uint64_t> batch_;
    std::optional<KafkaRefusal> refusal_;
};

inline SharedBytes stored_value(std::string_view type, const std::string& value) {
    io::statefun::sdk::reqreply::TypedValue typed;
    typed.set_typename_(std::string(type));
    typed.set_has_value(true);
    typed.set_value(value);
    return make_record(0, typed.SerializeAsString());
}

inline SharedBytes stored_record(const std::string& topic, const std::string& value) {
    io::statefun::sdk::egress::KafkaProducerRecord record;
    record.set_topic(topic);
    record.set_key("k");
    record.set_value_bytes(value);
    return stored_value(egress::kKafkaRecordType, record.SerializeAsString());
}

// The engine's side.
class FakeStream final : public egress::StreamPort {
public:
    std::map<std::uint64_t, SharedBytes> records;  // Not delivered yet.
    std::uint64_t last = 0;
    std::uint64_t done = 0;  // Delivered, as far as the engine knows.
    std::uint64_t given = 0;
    std::vector<std::pair<std::uint64_t, std::string>> set_aside;
    std::vector<std::chrono::milliseconds> sleeps;
    std::size_t pull_max = 1'000;  // Records of one answer.
    int losses = 0;                // Pulls that end with "open again".
    int unheard = 0;               // What is said to be delivered, and is not heard of.
    int sleeps_left = 1'000;       // Then it ends, whatever is left.

    void emit(const std::string& topic, int count = 1) {
        for (int i = 0; i < count; ++i) {
            ++last;
            records[last] = stored_record(topic, std::to_string(last));
        }
    }

    std::optional<engine::StreamAt> open() override {
        given = done;
        return engine::StreamAt{done, last};
    }

    Pulled pull(std::size_t records_max, std::size_t, Time) override {
        if (records.empty() || std::exchange(losses, std::max(losses - 1, 0)) > 0) {
            is_ended_ = records.empty();
            return {{}, false};
        }
        Pulled pulled;
        for (auto at = records.upper_bound(given); at != records.end(); ++at) {
            if (pulled.records.size() == std::min(records_max, pull_max)) {
                break;
            }
            pulled.records.push_back({at->first, at->second});
            given = at->first;
        }
        return pulled;
    }

    void delivered(std::uint64_t up_to) override {
        if (std::exchange(unheard, std::max(unheard - 1, 0)) > 0) {
            return;
        }
        records.erase(records.begin(), records.upper_bound(up_to));
        done = std::max(done, up_to);
        given = std::max(given, done);
    }

    void rewind() override { given = done; }

    bool refuse(std::uint64_t position, std::string reason) override {
        rewind();
        if (records.empty() || records.begin()->first != position) {
            return false;
        }
        set_aside.emplace_back(position, std::move(reason));
        delivered(position);
        return true;
    }

    bool sleep(std::chrono::milliseconds time) override {
        sleeps.push_back(time);
        return !is_ended_ && --sleeps_left > 0;
    }

private:
    bool is_ended_ = false;
};

}  // namespace sfg::test
