// Durations as Flink's TimeUtils reads them.
#include "protocol/duration.h"

#include "protocol/module_spec.h"

#include <catch2/catch.hpp>

#include <array>
#include <string>

using sfg::duration_text;
using sfg::near_duration_unit;
using sfg::parse_duration;
using std::chrono::milliseconds;

namespace {

struct Label {
    std::string_view text;
    std::int64_t millis_of_3000;
};

}  // namespace

TEST_CASE("every unit label of Flink is read, in either case", "[module]") {
    constexpr std::int64_t kThousands = 3000;
    constexpr std::array kLabels{
        Label{"d", kThousands * 86'400'000},
        Label{"day", kThousands * 86'400'000},
        Label{"days", kThousands * 86'400'000},
        Label{"h", kThousands * 3'600'000},
        Label{"hour", kThousands * 3'600'000},
        Label{"hours", kThousands * 3'600'000},
        Label{"min", kThousands * 60'000},
        Label{"m", kThousands * 60'000},
        Label{"minute", kThousands * 60'000},
        Label{"minutes", kThousands * 60'000},
        Label{"s", kThousands * 1000},
        Label{"sec", kThousands * 1000},
        Label{"secs", kThousands * 1000},
        Label{"second", kThousands * 1000},
        Label{"seconds", kThousands * 1000},
        Label{"ms", kThousands},
        Label{"milli", kThousands},
        Label{"millis", kThousands},
        Label{"millisecond", kThousands},
        Label{"milliseconds", kThousands},
        Label{"", kThousands},
        Label{"\u00b5s", 3},
        Label{"micro", 3},
        Label{"micros", 3},
        Label{"microsecond", 3},
        Label{"microseconds", 3},
        Label{"ns", 0},
        Label{"nano", 0},
        Label{"nanos", 0},
        Label{"nanosecond", 0},
        Label{"nanoseconds", 0},
    };
    for (const Label& label : kLabels) {
        const std::string unit(label.text);
        INFO("unit '" << unit << "'");
        CHECK(parse_duration("3000" + unit) == milliseconds(label.millis_of_3000));
        CHECK(parse_duration("  3000 \t " + unit + " \n") == milliseconds(label.millis_of_3000));
        std::string upper = unit;
        for (char& c : upper) {
            c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        }
        CHECK(parse_duration("3000" + upper) == milliseconds(label.millis_of_3000));
    }
}

TEST_CASE("spellings seen in real files are read", "[module]") {
    CHECK(parse_duration("1 min") == milliseconds(60'000));
    CHECK(parse_duration("15min") == milliseconds(900'000));
    CHECK(parse_duration("1day") == milliseconds(86'400'000));
    CHECK(parse_duration("1minutes") == milliseconds(60'000));
    CHECK(parse_duration("5000") == milliseconds(5000));
    CHECK(parse_duration("0") == milliseconds(0));
    CHECK(parse_duration("007s") == milliseconds(7000));
}

TEST_CASE("what Flink does not read is no duration", "[module]") {
    for (std::string_view text :
         {"",
          "  ",
          "s",
          "-1s",
          "+1s",
          "1.5s",
          "1,5s",
          "1h30m",
          "1 m s",
          "mins",
          "5 mins",
          "2 hrs",
          "1 us",
          "1 w",
          "0x10 s",
          "1_000",
          "one s",
          "1s;",
          "\u0661s"}) {
        INFO(text);
        CHECK_FALSE(parse_duration(text));
    }
}

TEST_CASE("a duration that does not fit is none", "[module]") {
    CHECK(parse_duration("9223372036854775807") == milliseconds(9223372036854775807));
    CHECK_FALSE(parse_duration("9223372036854775808"));
    CHECK(parse_duration("106751991167 d") == milliseconds(106751991167 * 86'400'000));
    CHECK_FALSE(parse_duration("106751991168 d"));
    CHECK_FALSE(parse_duration(std::string(100'000, '9')));
}

TEST_CASE("a unit that is no label suggests the one that is meant", "[module]") {
    CHECK(near_duration_unit("5 minuts") == "minute");
    CHECK(near_duration_unit("5 mins") == "min");
    CHECK(near_duration_unit("2hrs") == "hours");
    CHECK(near_duration_unit("10us") == "micros");
    CHECK(near_duration_unit("10 s").empty());
    CHECK(near_duration_unit("minuts").empty());
    CHECK(near_duration_unit("3 fortnights").empty());
}

TEST_CASE("durations are shown in their largest whole unit", "[module]") {
    CHECK(duration_text(milliseconds(0)) == "0 ms");
    CHECK(duration_text(milliseconds(1)) == "1 ms");
    CHECK(duration_text(milliseconds(1500)) == "1500 ms");
    CHECK(duration_text(milliseconds(90'000)) == "90 s");
    CHECK(duration_text(milliseconds(120'000)) == "2 min");
    CHECK(duration_text(milliseconds(7'200'000)) == "2 h");
    CHECK(duration_text(milliseconds(86'400'000)) == "1 d");
}
