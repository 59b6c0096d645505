#include "protocol/egress_lane.h"

#include "protocol/codec.h"
#include "protocol/module_spec.h"

#include <nlohmann/json.hpp>

namespace sfg {

namespace {

constexpr std::string_view kPlaygroundRecord = "io.statefun.playground/EgressRecord";

// Takes {"topic": string, "payload": string}; the first thing that does not belong there ends it.
class RecordReader final : public nlohmann::json_sax<nlohmann::json> {
public:
    [[nodiscard]] bool is_complete() const { return topic_ && has_payload_; }

    [[nodiscard]] std::string take_topic() { return std::move(*topic_); }

    bool start_object(std::size_t /*elements*/) override { return ++objects_ == 1; }

    bool end_object() override { return true; }

    bool key(string_t& name) override {
        at_topic_ = name == "topic";
        return at_topic_ || name == "payload";
    }

    bool string(string_t& value) override {
        if (objects_ == 0) {
            return false;
        }
        if (at_topic_) {
            topic_ = std::move(value);
        } else {
            has_payload_ = true;
        }
        return true;
    }

    bool null() override { return false; }

    bool boolean(bool /*value*/) override { return false; }

    bool number_integer(number_integer_t /*value*/) override { return false; }

    bool number_unsigned(number_unsigned_t /*value*/) override { return false; }

    bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return false; }

    bool binary(binary_t& /*value*/) override { return false; }

    bool start_array(std::size_t /*elements*/) override { return false; }

    bool end_array() override { return false; }

    bool parse_error(
        std::size_t /*position*/,
        const std::string& /*last_token*/,
        const nlohmann::json::exception& /*error*/
    ) override {
        return false;
    }

private:
    int objects_ = 0;
    bool at_topic_ = false;
    bool has_payload_ = false;
    std::optional<std::string> topic_;
};

}  // namespace

LaneChoice choose_lane(const TypeName& egress, std::string_view typed_value) {
    if (egress.text() != kPlaygroundEgress) {
        return {std::string(), {}};
    }
    auto value = decode_typed_value(typed_value);
    if (!value || value->type_name != kPlaygroundRecord) {
        return {std::nullopt, "the playground egress takes " + std::string(kPlaygroundRecord)};
    }
    RecordReader reader;
    if (!nlohmann::json::sax_parse(value->value, &reader) || !reader.is_complete()) {
        return {std::nullopt, R"(a record must be JSON {"topic": string, "payload": string})"};
    }
    return {reader.take_topic(), {}};
}

}  // namespace sfg
