// What the tests of operators' questions and orders share. Each has a waiter of its own.
#pragma once

#include "gateway/commit/recovery.h"
#include "tests/unit/engine/failure_bed.h"

#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace sfg::test {

using engine::DeadLetterAction;
using engine::EntityAction;

inline WaiterId new_operator() {
    static std::uint64_t last = 1'000'000;
    return WaiterId{++last};
}

template <typename Event>
WaiterId put(EngineBed& bed, Event event) {
    event.waiter = new_operator();
    WaiterId waiter = event.waiter;
    bed.core->on(std::move(event));
    if (!bed.hold_reads) {
        bed.answer_reads();
    }
    return waiter;
}

inline WaiterId ask(EngineBed& bed, const std::string& id) {
    return put(bed, engine::EntityAsked{{}, {{"t", "f"}, id}});
}

inline WaiterId
order(EngineBed& bed, const std::string& id, EntityAction action, std::string message = {}) {
    return put(bed, engine::EntityOrdered{{}, {{"t", "f"}, id}, action, std::move(message)});
}

inline WaiterId ask_letters(EngineBed& bed, std::string cursor = {}, std::size_t limit = 100) {
    return put(bed, engine::DeadLettersAsked{{}, std::move(cursor), limit, {}, {}});
}

inline WaiterId
order_letter(EngineBed& bed, const std::string& id, std::string message, DeadLetterAction action) {
    return put(bed, engine::DeadLetterOrdered{{}, {{"t", "f"}, id}, std::move(message), action});
}

// What an operator was told, as JSON.
inline std::string told(const EngineBed& bed, WaiterId waiter) {
    const auto* answer = bed.answer_of<engine::Told>(waiter);
    REQUIRE(answer != nullptr);
    return answer->json;
}

inline bool shows(const std::string& json, std::string_view part) {
    return json.find(part) != std::string::npos;
}

// Whether an order that was answered has changed something.
inline bool changed(const EngineBed& bed, WaiterId waiter) {
    return shows(told(bed, waiter), "\"changed\":true");
}

inline Errc refusal(const EngineBed& bed, WaiterId waiter) {
    const auto* answer = bed.answer_of<engine::Refused>(waiter);
    REQUIRE(answer != nullptr);
    return answer->problem.code;
}

// The id of a message whose acceptance is durable.
inline std::string id_of(const EngineBed& bed, WaiterId accepted) {
    const auto* answer = bed.answer_of<engine::Accepted>(accepted);
    REQUIRE(answer != nullptr);
    return answer->message_id.text();
}

// Sends a message, which is durable then, and refuses it: its entity is parked, or it is a dead
// letter. Requires: one attempt. Its id.
inline std::string poison(EngineBed& bed, const std::string& id) {
    WaiterId sent = bed.send("f", id, "poison");
    bed.sync();
    bed.fail_with(bed.calls.size() - 1, refused());
    bed.sync();
    return id_of(bed, sent);
}

// The store is lost and opened anew: what is not durable is gone, the engine begins its next epoch.
inline void reset(EngineBed& bed) {
    bed.core->on(engine::StoreLost{});
    bed.group.clear();
    bed.written = {};
    bed.reads.clear();
    auto beginning = commit::begin_epoch(*bed.store);
    REQUIRE(beginning.has_value());
    bed.tally.clear();
    bed.core->on(engine::Reset{beginning->first, beginning->ceiling});
    if (!bed.hold_reads) {
        bed.answer_reads();
    }
}

// An id of another partition than "a".
inline std::string elsewhere(const EngineBed& bed) {
    PartitionId count = bed.options.partitions;
    std::string id = "b";
    while (partition_of(id, count) == partition_of("a", count)) {
        ++id[0];
    }
    return id;
}

// What every call carries from here on, until nothing goes on.
inline std::vector<std::string> seen_by_all(EngineBed& bed) {
    std::vector<std::string> seen;
    bed.run([&seen](const Asked& asked) {
        for (const std::string& text : asked.arguments()) {
            seen.push_back(text);
        }
        return done();
    });
    return seen;
}

}  // namespace sfg::test
