// Happening: something that operators want to hear of without asking.
//
// Threads: a value.
// Limits:  texts as long as a FailureNote's.
#pragma once

#include "protocol/address.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sfg::engine {

enum class HappeningKind : std::uint8_t {
    parked,       // An entity: its first message can't be processed.
    resumed,      // An entity that was parked goes on.
    dead_letter,  // Messages were set aside.
    type_down,    // A function type refuses everybody.
    type_up,
    endpoint_down,  // Its breaker has opened.
    endpoint_up,
};

inline constexpr std::size_t kHappeningKinds = 7;

// In their order, as the stream of events calls them.
inline constexpr std::array<std::string_view, kHappeningKinds> kHappeningNames = {
    "parked",
    "resumed",
    "dead_letter",
    "type_down",
    "type_up",
    "endpoint_down",
    "endpoint_up",
};

struct Happening {
    HappeningKind kind = HappeningKind::parked;
    std::int64_t wall_ms = 0;
    Address entity{};            // Of a type: without id. Of an endpoint: whose call showed it.
    std::string endpoint{};      // Its pattern in module.yaml.
    std::string message_id{};    // The first message that it is about.
    std::uint32_t messages = 0;  // Set aside.
    std::uint32_t attempts = 0;
    std::string error{};
};

}  // namespace sfg::engine
