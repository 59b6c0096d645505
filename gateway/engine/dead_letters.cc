#include "gateway/engine/dead_letters.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace sfg::engine {

std::string dead_letter_key(const Entity& sender, MessageKey key) {
    std::string row = sender.key(storage::Table::dead_letter);
    storage::append_message_key(row, key);
    return row;
}

std::string encode(const DeadLetter& letter, std::string_view bytes) {
    nlohmann::json description = letter.note;
    if (!letter.is_message) {
        description["destination"] = letter.destination;
    }
    description["time_ms"] = letter.time_ms;
    std::string text = dump(description);
    std::string row;
    storage::append_u32(row, static_cast<std::uint32_t>(text.size()));
    row += text;
    row += bytes;
    return row;
}

std::optional<DecodedLetter> decode_dead_letter(std::string_view row) {
    storage::KeyReader reader(row, 0);
    auto length = reader.u32();
    if (!length || *length > reader.rest().size()) {
        return std::nullopt;
    }
    auto json = nlohmann::json::parse(reader.rest().substr(0, *length), nullptr, false);
    if (!json.is_object()) {
        return std::nullopt;
    }
    DecodedLetter decoded;
    decoded.letter.is_message = !json.contains("destination");
    decoded.letter.destination = json_text(json, "destination");
    decoded.letter.time_ms = json_number(json, "time_ms");
    decoded.letter.note = read_note(json);
    decoded.bytes = reader.rest().substr(*length);
    return decoded;
}

}  // namespace sfg::engine
