// Turns that send and cancel delayed messages, for the tests of timers.
#pragma once

#include "tests/support/engine_bed.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace sfg::test {

using Texts = std::vector<std::string>;

inline constexpr std::int64_t kDayMs = 86'400'000;

// Lets entity `id` answer with this response, in a turn of its own.
inline void turn_of(EngineBed& bed, const std::string& id, const wire::FromFunction& response) {
    bed.send("f", id, "go");
    REQUIRE(bed.calls.size() == 1);
    bed.answer(response);
}

inline wire::FromFunction delayed(
    const std::string& to,
    const std::string& text,
    std::int64_t delay_ms,
    const std::string& token = {}
) {
    auto response = done();
    send_after(response, to, text, delay_ms, token);
    return response;
}

inline wire::FromFunction cancelled(const std::string& token) {
    auto response = done();
    cancel(response, token);
    return response;
}

// Everything that is delivered from here on, each message in order, with functions that do nothing.
inline Texts deliveries(EngineBed& bed) {
    Texts seen;
    bed.run([&](const Asked& asked) {
        for (auto& text : asked.arguments()) {
            seen.push_back(text);
        }
        return done();
    });
    return seen;
}

}  // namespace sfg::test
