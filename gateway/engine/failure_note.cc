#include "gateway/engine/failure_note.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>

namespace sfg::engine {

namespace {

std::string padded(std::int64_t number, std::size_t digits) {
    std::string text = std::to_string(number);
    return std::string(digits - std::min(digits, text.size()), '0') + text;
}

}  // namespace

void to_json(nlohmann::json& json, const FailureNote& note) {
    json = {
        {"error", note.error},
        {"response", note.response},
        {"status", note.status},
        {"attempts", note.attempts},
        {"first_ms", note.first_ms},
        {"last_ms", note.last_ms}
    };
}

std::string json_text(const nlohmann::json& json, const char* name) {
    auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t json_number(const nlohmann::json& json, const char* name) {
    auto found = json.find(name);
    return found != json.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

FailureNote read_note(const nlohmann::json& json) {
    FailureNote note;
    note.error = json_text(json, "error");
    note.response = json_text(json, "response");
    note.status = static_cast<int>(json_number(json, "status"));
    note.attempts = static_cast<std::uint32_t>(json_number(json, "attempts"));
    note.first_ms = json_number(json, "first_ms");
    note.last_ms = json_number(json, "last_ms");
    return note;
}

std::string dump(const nlohmann::json& json) {
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string dump(const nlohmann::ordered_json& json) {
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string time_text(std::int64_t wall_ms) {
    using namespace std::chrono;
    sys_time<milliseconds> time{milliseconds(wall_ms)};
    auto day = floor<days>(time);
    year_month_day date{day};
    hh_mm_ss clock{time - day};
    std::string text = padded(static_cast<int>(date.year()), 4);
    text += '-' + padded(static_cast<unsigned>(date.month()), 2);
    text += '-' + padded(static_cast<unsigned>(date.day()), 2);
    text += 'T' + padded(clock.hours().count(), 2);
    text += ':' + padded(clock.minutes().count(), 2);
    text += ':' + padded(clock.seconds().count(), 2);
    return text + '.' + padded(clock.subseconds().count(), 3) + 'Z';
}

}  // namespace sfg::engine
