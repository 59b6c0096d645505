// Answers that would take many times their size in memory if each part of them became an object.
#include "protocol/limits.h"
#include "protocol/response_scan.h"

#include <catch2/catch.hpp>
#include <malloc.h>

#include <fstream>
#include <string>

using namespace sfg;

namespace {

const Address kSelf{{"t", "f"}, "a"};
constexpr std::size_t kBodyBytes = 8 * kMiB;

// AddressSanitizer keeps what is freed for a while.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kIsMemoryTold = false;
#else
constexpr bool kIsMemoryTold = true;
#endif

std::size_t peak_bytes() {
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word && word != "VmHWM:") {
    }
    std::size_t kib = 0;
    status >> kib;
    return kib * kKiB;
}

// What the peak of the process is above what it holds now, once this is over.
template <typename Work>
std::size_t peak_of(Work&& work) {
    ::malloc_trim(0);
    std::ofstream("/proc/self/clear_refs") << "5";
    std::size_t before = peak_bytes();
    work();
    return peak_bytes() - before;
}

std::string varint(std::size_t number) {
    std::string bytes;
    for (; number >= 0x80; number >>= 7) {
        bytes += static_cast<char>(number | 0x80);
    }
    return bytes + static_cast<char>(number);
}

std::string many(std::string_view part) {
    std::string all;
    all.reserve(kBodyBytes + part.size());
    while (all.size() < kBodyBytes) {
        all += part;
    }
    return all;
}

// The field with these bytes, of a number from 16 on.
std::string field(std::size_t number, const std::string& bytes) {
    return varint(number << 3 | 2) + varint(bytes.size()) + bytes;
}

std::string result(const std::string& bytes) {
    return field(100, bytes);
}

std::string said_of(const std::string& body) {
    Response response = parse_response(kSelf, 1, body);
    auto* error = std::get_if<ResponseError>(&response);
    return error == nullptr ? "" : error->reason;
}

}  // namespace

TEST_CASE("an answer takes little more memory than its bytes, whatever is in it", "[codec]") {
    using namespace std::string_literals;
    const std::string unknown_number = "\x38\x01";
    const std::string unknown_text = "\x3a\x00"s;
    const std::string unknown_group = "\x3b\x3c";
    const std::string empty_message = "\x12\x00"s;
    const std::string damaged = "\xff";
    const std::string bodies[] = {
        many(unknown_number),
        many(unknown_text),
        many(unknown_group),
        result(many(unknown_number)),
        result("\x12" + varint(kBodyBytes) + many(unknown_text)),
        result(many(empty_message)),
        result(many(empty_message)) + damaged,
        many(unknown_group) + result(many(empty_message)),
        result(unknown_group + many(empty_message)),
        field(101, many("\x0a\x00"s)),
        many(result(empty_message)),
    };
    for (const std::string& body : bodies) {
        INFO(body.substr(0, 12) << " ... of " << body.size());
        std::size_t peak = peak_of([&] { CHECK(said_of(body).size() < 1'000); });
        CHECK((!kIsMemoryTold || peak < 4 * body.size()));
    }
}

TEST_CASE("effects and missing states are counted before they are read", "[codec]") {
    using namespace std::string_literals;
    const std::string effects = result(many("\x12\x00"s));
    const std::string said = std::to_string(kBodyBytes / 2) + " effects or missing states";
    CHECK(said_of(effects).find(said) != std::string::npos);
    CHECK(said_of(effects + "\xff").find(said) != std::string::npos);
    CHECK(said_of("\x3b\x38\x01\x43\x44\x3c" + effects).find(said) != std::string::npos);
    CHECK(said_of(field(101, many("\x0a\x00"s))).find(said) != std::string::npos);
    // In a group that is not known they are none.
    CHECK(said_of("\x3b" + effects + "\x3c").empty());
}
