// FailureNote: what an operator is told of a failure, and how the store keeps it.
//
// Threads: values and pure functions.
// Limits:  error up to kErrorBytesMax, response up to kShownResponseBytes (events.h).
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sfg::engine {

inline constexpr std::size_t kErrorBytesMax = 2 * 1024;

// What a string holds outside of itself.
[[nodiscard]] inline std::size_t heap_bytes(const std::string& text) {
    constexpr std::size_t kInside = 15;
    constexpr std::size_t kAllocatorBytes = 16;
    return text.capacity() <= kInside ? 0 : text.capacity() + kAllocatorBytes;
}

struct FailureNote {
    std::string error;
    std::string response;        // The first bytes of the last answer, if there was one.
    int status = 0;              // Its status; 0: there was none.
    std::uint32_t attempts = 0;  // Refused calls that carried the message.
    std::int64_t first_ms = 0;   // Wall time of the first failure and of the last.
    std::int64_t last_ms = 0;
};

void to_json(nlohmann::json& json, const FailureNote& note);
// What is missing or of another type is empty.
[[nodiscard]] FailureNote read_note(const nlohmann::json& json);

// A field of an object; the empty value if it is missing or of another type.
[[nodiscard]] std::string json_text(const nlohmann::json& json, const char* name);
[[nodiscard]] std::int64_t json_number(const nlohmann::json& json, const char* name);

// As text, with bytes that are no UTF-8 replaced.
[[nodiscard]] std::string dump(const nlohmann::json& json);
[[nodiscard]] std::string dump(const nlohmann::ordered_json& json);

// "2026-01-31T12:00:00.000Z".
[[nodiscard]] std::string time_text(std::int64_t wall_ms);

}  // namespace sfg::engine
