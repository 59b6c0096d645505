#include "gateway/engine/dead_letters.h"

#include <nlohmann/json.hpp>

namespace sfg::engine {

std::string dead_letter_key(const Entity& sender, MessageKey key) {
    std::string row = sender.key(storage::Table::dead_letter);
    storage::append_message_key(row, key);
    return row;
}

std::string encode(const DeadLetter& letter, std::string_view bytes) {
    nlohmann::json description = {
        {"kind", letter.kind},
        {"destination", letter.destination},
        {"reason", letter.reason},
        {"time_ms", letter.time_ms},
        {"attempts", letter.attempts}
    };
    std::string text = description.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    std::string row;
    storage::append_u32(row, static_cast<std::uint32_t>(text.size()));
    row += text;
    row += bytes;
    return row;
}

}  // namespace sfg::engine
