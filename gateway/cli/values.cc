#include "gateway/cli/values.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

namespace sfg::cli {

namespace {

constexpr std::string_view kAddressForm =
    "write host:port, for example 127.0.0.1:8070 or [::1]:8070";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_ipv4(const std::string& host) {
    in_addr address{};
    return inet_pton(AF_INET, host.c_str(), &address) == 1;
}

bool is_ipv6(const std::string& host) {
    in6_addr address{};
    // A zone (fe80::1%eth0) belongs to the machine, not to the literal.
    std::string literal = host.substr(0, host.find('%'));
    return inet_pton(AF_INET6, literal.c_str(), &address) == 1;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    bool whole = error == std::errc{} && end == text.data() + text.size();
    return whole ? std::optional(port) : std::nullopt;
}

Parsed<std::string> parse_host(std::string_view text) {
    if (text.size() >= 2 && text.front() == '[' && text.back() == ']') {
        std::string inner(text.substr(1, text.size() - 2));
        if (!is_ipv6(inner)) {
            return BadValue{"what stands in brackets is not an IPv6 address"};
        }
        return {boost::system::in_place_value, std::move(inner)};
    }
    if (text.find(':') != std::string_view::npos) {
        return BadValue{"an IPv6 address needs brackets: [::1]:8070"};
    }
    std::string host(text);
    if (host != "localhost" && !is_ipv4(host)) {
        return BadValue{"its host is neither an IP address of this machine nor localhost"};
    }
    return {boost::system::in_place_value, std::move(host)};
}

struct Unit {
    std::string_view name;
    std::uint64_t bytes;
};

constexpr std::array kUnits = {
    Unit{"", 1},
    Unit{"b", 1},
    Unit{"k", 1ULL << 10U},
    Unit{"kb", 1ULL << 10U},
    Unit{"kib", 1ULL << 10U},
    Unit{"m", 1ULL << 20U},
    Unit{"mb", 1ULL << 20U},
    Unit{"mib", 1ULL << 20U},
    Unit{"g", 1ULL << 30U},
    Unit{"gb", 1ULL << 30U},
    Unit{"gib", 1ULL << 30U},
    Unit{"t", 1ULL << 40U},
    Unit{"tb", 1ULL << 40U},
    Unit{"tib", 1ULL << 40U},
};

}  // namespace

Parsed<HostPort> parse_host_port(std::string_view text) {
    std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return BadValue{"is not an address; " + std::string(kAddressForm)};
    }
    if (colon == 0) {
        return BadValue{
            "names no host; write 0.0.0.0:port for every IPv4 interface, [::]:port for "
            "IPv6 as well"
        };
    }
    Parsed<std::string> host = parse_host(text.substr(0, colon));
    if (!host) {
        return BadValue{"is not an address: " + host.error().reason};
    }
    std::optional<std::uint16_t> port = parse_port(text.substr(colon + 1));
    if (!port) {
        return BadValue{"is not an address: a port is a number from 0 (any free one) to 65535"};
    }
    return HostPort{std::move(*host), *port};
}

Parsed<std::uint64_t> parse_size(std::string_view text) {
    constexpr std::string_view kForm =
        "is not a size; write bytes, or a number with KiB, MiB, GiB or TiB";
    const char* end = text.data() + text.size();
    std::uint64_t number = 0;
    auto [at, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc::result_out_of_range) {
        return BadValue{"is too large"};
    }
    if (error != std::errc{}) {
        return BadValue{std::string(kForm)};
    }
    std::string unit(at, end);
    unit.erase(
        0,
        unit.find_first_not_of(' ') == std::string::npos ? unit.size() : unit.find_first_not_of(' ')
    );
    std::transform(unit.begin(), unit.end(), unit.begin(), lower);
    const auto* known = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& candidate) {
        return candidate.name == unit;
    });
    if (known == kUnits.end()) {
        return BadValue{std::string(kForm)};
    }
    if (number > std::numeric_limits<std::uint64_t>::max() / known->bytes) {
        return BadValue{"is too large"};
    }
    return number * known->bytes;
}

Parsed<std::uint64_t> parse_count(std::string_view text) {
    std::string digits;
    bool legal = !text.empty() && is_digit(text.front()) && is_digit(text.back());
    for (char c : text) {
        if (is_digit(c)) {
            digits.push_back(c);
        } else if (c != '_') {
            legal = false;
        }
    }
    std::uint64_t number = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (!legal || error == std::errc::invalid_argument) {
        return BadValue{"is not a whole number"};
    }
    if (error != std::errc{}) {
        return BadValue{"is too large"};
    }
    return number;
}

std::string size_text(std::uint64_t bytes) {
    constexpr std::array<std::string_view, 4> kNames = {"KiB", "MiB", "GiB", "TiB"};
    std::string_view name;
    for (std::string_view larger : kNames) {
        if (bytes == 0 || bytes % 1024 != 0) {
            break;
        }
        bytes /= 1024;
        name = larger;
    }
    return std::to_string(bytes) + (name.empty() ? "" : std::string(name));
}

}  // namespace sfg::cli
