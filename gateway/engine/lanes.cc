#include "gateway/engine/lanes.h"

#include "protocol/codec.h"
#include "protocol/module_spec.h"

#include <nlohmann/json.hpp>

namespace sfg::engine {

namespace {

constexpr std::string_view kPlaygroundRecord = "io.statefun.playground/EgressRecord";

}  // namespace

LaneChoice choose_lane(const TypeName& egress, std::string_view typed_value) {
    if (egress.text() != kPlaygroundEgress) {
        return {std::string(), {}};
    }
    auto value = decode_typed_value(typed_value);
    if (!value || value->type_name != kPlaygroundRecord) {
        return {std::nullopt, "the playground egress takes " + std::string(kPlaygroundRecord)};
    }
    auto record = nlohmann::json::parse(value->value, nullptr, false);
    bool fits = record.is_object() && record.size() == 2 && record.contains("topic") &&
                record["topic"].is_string() && record.contains("payload") &&
                record["payload"].is_string();
    if (!fits) {
        return {std::nullopt, R"(a record must be JSON {"topic": string, "payload": string})"};
    }
    return {record["topic"].get<std::string>(), {}};
}

}  // namespace sfg::engine
