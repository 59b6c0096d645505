// Addresses, sizes and counts as operators write them.
#include "gateway/cli/values.h"

#include <catch2/catch.hpp>

using sfg::cli::parse_count;
using sfg::cli::parse_host_port;
using sfg::cli::parse_size;
using sfg::cli::size_text;

TEST_CASE("addresses are host and port, IPv6 in brackets", "[config]") {
    for (const char* text :
         {"127.0.0.1:8070",
          "[::1]:8070",
          "[::]:0",
          "localhost:65535",
          "0.0.0.0:0",
          "[fe80::1%eth0]:1"}) {
        INFO(text);
        auto parsed = parse_host_port(text);
        REQUIRE(parsed.has_value());
        CHECK(parsed->text() == text);
    }
    CHECK(parse_host_port("[::1]:8070")->host == "::1");
}

TEST_CASE("what is not an address is refused with the reason", "[config]") {
    for (const char* text :
         {"",
          "8070",
          ":8070",
          "127.0.0.1",
          "127.0.0.1:",
          "127.0.0.1:65536",
          "127.0.0.1:-1",
          "127.0.0.1:80 ",
          "127.0.0.1:+1",
          "256.0.0.1:1",
          "1.2.3:1",
          "::1:8070",
          "[::1]",
          "[]:1",
          "[127.0.0.1]:1",
          "[::1]8070",
          "example.com:80",
          "host name:1",
          "http://127.0.0.1:80",
          "[::1:8070"}) {
        INFO(text);
        CHECK_FALSE(parse_host_port(text).has_value());
    }
    CHECK(parse_host_port("::1:8070").error().reason.find("brackets") != std::string::npos);
    CHECK(parse_host_port(":80").error().reason.find("0.0.0.0") != std::string::npos);
}

TEST_CASE("sizes take the usual units, all powers of 1024", "[config]") {
    CHECK(*parse_size("0") == 0);
    CHECK(*parse_size("1000") == 1000);
    CHECK(*parse_size("24MiB") == 24U * 1024 * 1024);
    CHECK(*parse_size("32mb") == 32U * 1024 * 1024);
    CHECK(*parse_size("1 KiB") == 1024);
    CHECK(*parse_size("2g") == 2ULL << 30U);
    CHECK(*parse_size("16777215TiB") == 16'777'215ULL << 40U);
    for (const char* text :
         {"",
          "MiB",
          "1.5MiB",
          "-1",
          "1 MiBs",
          "0x10",
          " 1",
          "1MiB ",
          "16777216TiB",
          "99999999999999999999"}) {
        INFO(text);
        CHECK_FALSE(parse_size(text).has_value());
    }
}

TEST_CASE("a size is printed as it can be read again", "[config]") {
    for (std::uint64_t bytes : {0ULL, 1ULL, 1000ULL, 1024ULL, 1536ULL, 24ULL << 20U, 1ULL << 40U}) {
        CHECK(*parse_size(size_text(bytes)) == bytes);
    }
    CHECK(size_text(24ULL << 20U) == "24MiB");
}

TEST_CASE("counts are whole numbers, with underscores where they help", "[config]") {
    CHECK(*parse_count("1_000_000") == 1'000'000);
    CHECK(*parse_count("0") == 0);
    for (const char* text :
         {"", "_1", "1_", "1.0", "1e6", "-1", "+1", "1 ", "99999999999999999999"}) {
        INFO(text);
        CHECK_FALSE(parse_count(text).has_value());
    }
}
