#include "protocol/date.h"

#include <catch2/catch.hpp>

#include <string>

using sfg::DateForm;
using sfg::parse_date;

namespace {

std::int64_t millis(const std::string& text) {
    const auto date = parse_date(text);
    INFO(text);
    REQUIRE(date);
    return date->time.time_since_epoch().count();
}

}  // namespace

TEST_CASE("dates are read in StateFun's form and in ISO 8601", "[module]") {
    CHECK(millis("1970-01-01 00:00:00.000 +0000") == 0);
    CHECK(millis("2020-02-01 04:15:00.000 +0000") == 1'580'530'500'000);
    CHECK(millis("2020-02-01 04:15:00.123 +0100") == 1'580'526'900'123);
    CHECK(millis("2020-02-01 04:15:00.123 -0930") == 1'580'564'700'123);
    CHECK(millis("2020-02-01 04:15:00.00 Z") == 1'580'530'500'000);
    CHECK(millis("2020-02-01T04:15:00Z") == 1'580'530'500'000);
    CHECK(millis("2020-02-01T04:15:00.5+01:00") == 1'580'526'900'500);
    CHECK(millis("2020-02-29T23:59:59.123456789Z") == 1'583'020'799'123);
}

TEST_CASE("a date tells whether StateFun reads it, too", "[module]") {
    CHECK(parse_date("2020-02-01 04:15:00.000 +0000")->form == DateForm::statefun);
    for (const char* text :
         {"2020-02-01 04:15:00.00 Z",
          "2020-02-01 04:15:00.000 Z",
          "2020-02-01 04:15:00 +0000",
          "2020-02-01T04:15:00.000+0000",
          "2020-02-01 04:15:00.000+0000",
          "2020-02-01 04:15:00.000 +00:00"}) {
        INFO(text);
        CHECK(parse_date(text)->form == DateForm::other);
    }
}

TEST_CASE("what is no date is none", "[module]") {
    for (const char* text :
         {"",
          "2020",
          "2020-02-01",
          "2020-02-30 00:00:00.000 +0000",
          "2020-13-01 00:00:00.000 +0000",
          "2020-02-01 24:00:00.000 +0000",
          "2020-02-01 00:60:00.000 +0000",
          "2020-02-01 00:00:60.000 +0000",
          "2020-02-01 00:00:00.000",
          "2020-02-01T00:00:00",
          "2020-02-01 00:00:00.000 +1",
          "2020-02-01 00:00:00.000 +0000 x",
          "20-02-01 00:00:00.000 Z",
          "2020-02-01 00:00:00.000 +9900"}) {
        INFO(text);
        CHECK_FALSE(parse_date(text));
    }
}
