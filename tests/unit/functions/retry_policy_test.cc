#include "gateway/functions/retry_policy.h"

#include <catch2/catch.hpp>

namespace sfg::functions {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::uint64_t kMiddle = std::uint64_t{1} << 63U;  // No jitter.

Failure down(milliseconds retry_after = milliseconds{0}) {
    return {FailureKind::down, "refused", retry_after};
}

Failure rejected() {
    return {FailureKind::rejected, "500", milliseconds{0}};
}

}  // namespace

TEST_CASE("delays double from 4 ms and stop growing at their cap", "[functions]") {
    RetryPolicy policy(RetryOptions{}, milliseconds{120'000});
    for (int expected : {4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 10'000, 10'000}) {
        policy.attempt_started();
        auto delay = policy.after_failure(down(), milliseconds{0}, kMiddle);
        REQUIRE(delay == microseconds(milliseconds(expected)));
    }
}

TEST_CASE("a server that asks for less is not asked again within the call", "[functions]") {
    RetryPolicy policy(RetryOptions{}, milliseconds{120'000});
    policy.attempt_started();
    Failure busy = down(milliseconds{2'000});
    busy.overloaded = true;
    CHECK_FALSE(policy.after_failure(busy, milliseconds{0}, kMiddle));
}

TEST_CASE("jitter takes at most half of a delay away and adds less than half", "[functions]") {
    RetryPolicy lowest(RetryOptions{}, milliseconds{1000});
    CHECK(lowest.after_failure(down(), milliseconds{0}, 0) == microseconds{2000});
    RetryPolicy highest(RetryOptions{}, milliseconds{1000});
    auto delay = highest.after_failure(down(), milliseconds{0}, ~std::uint64_t{0});
    CHECK(delay > microseconds{5990});
    CHECK(delay < microseconds{6001});
}

TEST_CASE("a call ends when the next delay would outlive its budget", "[functions]") {
    RetryPolicy policy(RetryOptions{}, milliseconds{100});
    CHECK(policy.after_failure(down(), milliseconds{95}, kMiddle) == milliseconds{4});
    CHECK_FALSE(policy.after_failure(down(), milliseconds{95}, kMiddle));
    CHECK(policy.remaining(milliseconds{95}) == milliseconds{5});
    CHECK(policy.remaining(milliseconds{101}) == milliseconds{0});
}

TEST_CASE("a server's Retry-After is the least delay", "[functions]") {
    RetryPolicy policy(RetryOptions{}, milliseconds{10'000});
    CHECK(policy.after_failure(down(milliseconds{2000}), milliseconds{0}, 0) >= milliseconds{2000});
    CHECK_FALSE(policy.after_failure(down(milliseconds{20'000}), milliseconds{0}, 0));
}

TEST_CASE("the third refusal ends a call, failures of the way to it do not count", "[functions]") {
    RetryPolicy policy(RetryOptions{}, milliseconds{120'000});
    CHECK(policy.after_failure(rejected(), milliseconds{0}, kMiddle));
    for (int i = 0; i < 10; ++i) {
        CHECK(policy.after_failure(down(), milliseconds{0}, kMiddle));
    }
    CHECK(policy.after_failure({FailureKind::too_large, "413", {}}, milliseconds{0}, kMiddle));
    CHECK_FALSE(policy.after_failure(rejected(), milliseconds{0}, kMiddle));
}

TEST_CASE("attempts of every kind are limited where the options say so", "[functions]") {
    RetryOptions options;
    options.attempts_max = 2;
    RetryPolicy policy(options, milliseconds{120'000});
    policy.attempt_started();
    CHECK(policy.after_failure(down(), milliseconds{0}, kMiddle));
    policy.attempt_started();
    CHECK_FALSE(policy.after_failure(down(), milliseconds{0}, kMiddle));
    CHECK(policy.attempts() == 2);
}

}  // namespace sfg::functions
