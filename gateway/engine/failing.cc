#include "gateway/engine/failing.h"

#include <nlohmann/json.hpp>

namespace sfg::engine {

namespace {

using Json = nlohmann::json;

Json note_of(const Failing& failing) {
    Json json = failing.note;
    json["next_try_ms"] = failing.next_try_ms;
    return json;
}

void read_note_of(Failing& failing, const Json& json) {
    failing.note = read_note(json);
    failing.next_try_ms = json_number(json, "next_try_ms");
    failing.is_in_row = true;
    failing.row_is_true = true;
}

std::uint32_t count(const Json& json, const char* name) {
    return static_cast<std::uint32_t>(json_number(json, name));
}

}  // namespace

std::string encode_parked(const Failing& parked) {
    return dump(note_of(parked));
}

Failing decode_parked(std::string_view detail) {
    Failing parked;
    parked.is_parked = true;
    // The cause was found before it was parked: the message at the head, alone.
    parked.range = 1;
    auto json = Json::parse(detail, nullptr, false);
    if (json.is_object()) {
        read_note_of(parked, json);
    }
    return parked;
}

std::string encode_attempts(const Failing& failing, CommitNumber number) {
    Json json = note_of(failing);
    json["search"] = {
        {"commit", value_of(number)},
        {"batch", failing.batch},
        {"range", failing.range},
        {"refusals", failing.refusals},
        {"in_a_row", failing.in_a_row},
        {"cut_offs", failing.cut_offs},
        {"endpoint_answers", failing.endpoint_answers},
        {"endpoint", failing.endpoint},
        {"is_asked", failing.is_asked ? 1 : 0},
        {"part_succeeded", failing.part_succeeded ? 1 : 0},
        {"type_successes", failing.type_successes},
        {"was_asked_since", failing.was_asked_since ? 1 : 0},
    };
    return dump(json);
}

std::optional<Attempts> decode_attempts(std::string_view detail) {
    auto json = Json::parse(detail, nullptr, false);
    if (!json.is_object() || !json.contains("search") || !json["search"].is_object()) {
        return std::nullopt;
    }
    const Json& search = json["search"];
    Attempts attempts;
    attempts.number = CommitNumber{static_cast<std::uint64_t>(json_number(search, "commit"))};
    Failing& failing = attempts.failing;
    read_note_of(failing, json);
    failing.batch = count(search, "batch");
    failing.range = count(search, "range");
    failing.refusals = count(search, "refusals");
    failing.in_a_row = count(search, "in_a_row");
    failing.cut_offs = count(search, "cut_offs");
    failing.endpoint_answers = static_cast<std::uint64_t>(json_number(search, "endpoint_answers"));
    failing.endpoint = static_cast<EndpointId>(count(search, "endpoint"));
    failing.is_asked = json_number(search, "is_asked") != 0;
    failing.part_succeeded = json_number(search, "part_succeeded") != 0;
    failing.type_successes = static_cast<std::uint64_t>(json_number(search, "type_successes"));
    failing.was_asked_since = json_number(search, "was_asked_since") != 0;
    return attempts;
}

}  // namespace sfg::engine
