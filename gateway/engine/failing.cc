#include "gateway/engine/failing.h"

#include <nlohmann/json.hpp>

namespace sfg::engine {

std::string encode(const Failing& parked) {
    nlohmann::json json = parked.note;
    json["next_try_ms"] = parked.next_try_ms;
    return dump(json);
}

Failing decode_parked(std::string_view detail) {
    Failing parked;
    parked.is_parked = true;
    // The cause was found before it was parked: the message at the head, alone.
    parked.range = 1;
    auto json = nlohmann::json::parse(detail, nullptr, false);
    if (json.is_object()) {
        parked.note = read_note(json);
        parked.next_try_ms = json_number(json, "next_try_ms");
    }
    return parked;
}

}  // namespace sfg::engine
