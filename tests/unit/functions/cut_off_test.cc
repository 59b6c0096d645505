#include "gateway/functions/cut_off.h"

#include <catch2/catch.hpp>

using sfg::functions::CutOff;
using std::chrono::milliseconds;

TEST_CASE("R19 three calls that are cut off after 29 to 30 s bring a hint", "[functions]") {
    CutOff cut_off;
    CHECK_FALSE(cut_off.observe(milliseconds(29'010), true));
    CHECK_FALSE(cut_off.observe(milliseconds(5), true));  // Says nothing of long ones.
    CHECK_FALSE(cut_off.observe(milliseconds(5), false));
    CHECK_FALSE(cut_off.observe(milliseconds(30'150), true));
    CHECK(cut_off.observe(milliseconds(28'900), true));
    CHECK(cut_off.observe(milliseconds(29'000), true));
    CHECK_FALSE(cut_off.observe(milliseconds(28'700), true));
}

TEST_CASE("R19 calls that may take longer bring no hint", "[functions]") {
    CutOff cut_off;
    for (int i = 0; i < 10; ++i) {
        CHECK_FALSE(cut_off.observe(milliseconds(29'000), true));
        CHECK_FALSE(cut_off.observe(milliseconds(29'500), true));
        CHECK_FALSE(cut_off.observe(milliseconds(i % 2 == 0 ? 29'900 : 40'000), i % 2 != 0));
    }
}
