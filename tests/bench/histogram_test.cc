#include "tests/bench/histogram.h"

#include <catch2/catch.hpp>

#include <limits>

using bench::Histogram;

TEST_CASE("a quantile is at most 1.6 percent above the value", "[bench]") {
    for (std::uint64_t value :
         {1ULL, 63ULL, 64ULL, 127ULL, 128ULL, 129ULL, 1000ULL, 123'456ULL, 987'654'321ULL}) {
        Histogram histogram;
        histogram.add(value);
        CHECK(histogram.quantile(0.5) >= value);
        CHECK(static_cast<double>(histogram.quantile(0.5)) <= static_cast<double>(value) * 1.016);
    }
}

TEST_CASE("quantiles are taken by rank", "[bench]") {
    Histogram histogram;
    for (std::uint64_t value = 1; value <= 1000; ++value) {
        histogram.add(value * 1000);
    }
    CHECK(histogram.count() == 1000);
    CHECK(histogram.quantile(0.5) == Approx(500'000).epsilon(0.016));
    CHECK(histogram.quantile(0.99) == Approx(990'000).epsilon(0.016));
    CHECK(histogram.quantile(1) == Approx(1'000'000).epsilon(0.016));
    CHECK(histogram.quantile(0) == Approx(1'000).epsilon(0.016));
}

TEST_CASE("an empty histogram has no quantile, and the largest value a bucket", "[bench]") {
    Histogram histogram;
    CHECK(histogram.quantile(0.5) == 0);
    histogram.add(std::numeric_limits<std::uint64_t>::max());
    CHECK(histogram.quantile(0.5) == std::numeric_limits<std::uint64_t>::max());
}
