// The reader of LevelDB's log format, on logs made by hand.
#include "storage/leveldb_log.h"

#include "storage/crc32c.h"
#include "tests/support/fault_env.h"

#include <catch2/catch.hpp>

#include <vector>

using namespace sfg;
using namespace sfg::test;
using storage::LogEnd;

namespace {

constexpr std::size_t kBlock = 32768;

// Appends a fragment as LevelDB does. 1: whole, 2: first, 3: middle, 4: last.
void add_fragment(std::string& log, char type, const std::string& bytes) {
    std::uint32_t crc = storage::masked_crc32c(type + bytes);
    for (unsigned shift = 0; shift < 32; shift += 8) {
        log += static_cast<char>(crc >> shift & 0xffU);
    }
    log += static_cast<char>(bytes.size() & 0xffU);
    log += static_cast<char>(bytes.size() >> 8);
    log += type;
    log += bytes;
}

struct Seen {
    std::vector<std::string> records;
    LogEnd end;
};

Seen read(const std::string& log, std::size_t head_bytes = 1 << 20) {
    FaultEnv files;
    files.overwrite("/log", log);
    Seen seen;
    storage::LogVisitor visitor;
    visitor.head_bytes = head_bytes;
    visitor.record = [&](std::uint64_t, std::string_view head, std::uint64_t bytes) {
        seen.records.push_back(std::string(head) + ":" + std::to_string(bytes));
    };
    visitor.may_begin = [](std::string_view, std::uint64_t) {
        return true;
    };
    auto end = storage::read_log(files, "/log", visitor);
    REQUIRE(end.has_value());
    seen.end = *end;
    return seen;
}

using Records = std::vector<std::string>;

}  // namespace

TEST_CASE("the checksum is CRC-32C", "[leveldb_log]") {
    REQUIRE(storage::crc32c("123456789") == 0xe3069283U);
    REQUIRE(storage::crc32c("") == 0);
}

TEST_CASE("an empty log is whole", "[leveldb_log]") {
    Seen seen = read("");
    REQUIRE(seen.records.empty());
    REQUIRE_FALSE(seen.end.is_torn());
}

TEST_CASE("whole and fragmented records are read, their heads kept", "[leveldb_log]") {
    std::string log;
    add_fragment(log, 1, "abcdef");
    add_fragment(log, 2, std::string(kBlock - log.size() - 7, 'x'));
    add_fragment(log, 3, std::string(kBlock - 7, 'y'));
    add_fragment(log, 4, "z");
    add_fragment(log, 1, "");

    Seen seen = read(log, 4);

    REQUIRE(seen.records == Records{"abcd:6", "xxxx:" + std::to_string(2 * kBlock - 26), ":0"});
    REQUIRE(seen.end.whole_bytes == log.size());
    REQUIRE_FALSE(seen.end.is_torn());
}

TEST_CASE("the end of a block that is too short for a header is passed over", "[leveldb_log]") {
    for (std::size_t left = 0; left < 7; ++left) {
        CAPTURE(left);
        std::string log;
        add_fragment(log, 1, std::string(kBlock - 7 - left, 'x'));
        log += std::string(left, '\0');
        add_fragment(log, 1, "next");
        Seen seen = read(log, 4);
        REQUIRE(seen.records.size() == 2);
        REQUIRE_FALSE(seen.end.is_torn());
    }
}

TEST_CASE("a first fragment may be empty", "[leveldb_log]") {
    std::string log;
    add_fragment(log, 1, std::string(kBlock - 14, 'x'));
    add_fragment(log, 2, "");
    add_fragment(log, 4, "tail");
    Seen seen = read(log, 4);
    REQUIRE(seen.records == Records{"xxxx:" + std::to_string(kBlock - 14), "tail:4"});
    REQUIRE_FALSE(seen.end.is_torn());
}

TEST_CASE("a record without its last fragment is torn", "[leveldb_log]") {
    std::string log;
    add_fragment(log, 1, "good");
    std::size_t good = log.size();
    add_fragment(log, 2, std::string(kBlock - log.size() - 7, 'x'));
    add_fragment(log, 3, std::string(kBlock - 7, 'y'));

    Seen seen = read(log);
    REQUIRE(seen.records == Records{"good:4"});
    REQUIRE(seen.end.whole_bytes == good);
    REQUIRE(seen.end.is_torn());
    REQUIRE_FALSE(seen.end.record_behind);
}

TEST_CASE("a record without its first fragment counts as part of the torn one", "[leveldb_log]") {
    std::string log;
    add_fragment(log, 1, "good");
    std::size_t good = log.size();
    log.resize(kBlock, '\0');
    add_fragment(log, 3, std::string(kBlock - 7, 'y'));
    add_fragment(log, 4, "z");

    Seen seen = read(log);
    REQUIRE(seen.end.whole_bytes == good);
    REQUIRE(seen.end.is_torn());
    REQUIRE_FALSE(seen.end.record_behind);
}

TEST_CASE("a record that begins behind damage is found wherever it stands", "[leveldb_log]") {
    std::string damage;
    SECTION("zeros") {
        damage = std::string(100, '\0');
    }
    SECTION("zeros over a block's end") {
        damage = std::string(kBlock + 100, '\0');
    }
    SECTION("a length that leads past it") {
        damage = std::string("\1\2\3\4\xff\x7f\1", 7);
    }
    SECTION("an unknown type") {
        add_fragment(damage, 9, "?");
    }
    SECTION("a middle fragment out of place") {
        add_fragment(damage, 3, "?");
    }
    SECTION("a first fragment that nothing follows") {
        add_fragment(damage, 2, "begun");
    }
    std::string log;
    add_fragment(log, 1, "good");
    std::size_t good = log.size();
    log += damage;
    std::size_t behind = log.size();
    add_fragment(log, 1, "lost");

    Seen seen = read(log);
    REQUIRE(seen.records == Records{"good:4"});
    REQUIRE(seen.end.whole_bytes == good);
    REQUIRE(seen.end.record_behind == behind);
}

TEST_CASE("the first fragment of a record behind damage is found", "[leveldb_log]") {
    std::string log(500, '\0');
    add_fragment(log, 2, std::string(kBlock - log.size() - 7, 'x'));
    REQUIRE(read(log).end.record_behind == 500);
}
