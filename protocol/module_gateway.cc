#include "protocol/module_gateway.h"

#include <algorithm>

namespace sfg::module_reader {

namespace {

using std::chrono::milliseconds;

// A word that `parse` understands, or a report of what is accepted.
template <typename T, typename Parse>
std::optional<T>
word(Fields& fields, std::string_view key, Parse parse, const std::string& accepted) {
    const auto text = fields.text(key);
    if (!text.value) {
        return std::nullopt;
    }
    std::optional<T> parsed = parse(*text.value);
    if (!parsed) {
        fields.context().report.error(
            fields.place_of(key), "accepted: " + accepted, {*text.value, {}}
        );
    }
    return parsed;
}

void read_attempts(Fields& fields, FailureSettings& failure) {
    const auto attempts = fields.integer("attempts");
    if (!attempts.value) {
        return;
    }
    constexpr auto kMost = static_cast<std::int32_t>(FailurePolicy::kAttemptsMax);
    if (*attempts.value < 1 || *attempts.value > kMost) {
        fields.context().report.error(
            fields.place_of("attempts"),
            "accepted: 1 to " + std::to_string(kMost),
            {std::to_string(*attempts.value), {}}
        );
        return;
    }
    failure.attempts = static_cast<std::uint32_t>(*attempts.value);
}

std::optional<milliseconds> pause(Fields& fields, std::string_view key) {
    const auto time = fields.duration(key);
    if (!time.value) {
        return std::nullopt;
    }
    if (*time.value < milliseconds(1) || *time.value > FailurePolicy::kBackoffMax) {
        fields.context().report.error(
            fields.place_of(key),
            "accepted: 1ms to 1h",
            {std::to_string(time.value->count()) + "ms", {}}
        );
        return std::nullopt;
    }
    return time.value;
}

void read_backoff(Fields& fields, FailureSettings& failure) {
    const YamlNode* map = fields.map("backoff");
    if (map == nullptr) {
        return;
    }
    Fields backoff(fields.context(), *map, fields.place_of("backoff"), fields.conversion());
    failure.backoff_first = pause(backoff, "initial");
    failure.backoff_max = pause(backoff, "max");
    backoff.finish();
}

}  // namespace

void read_gateway_section(Fields& spec, EndpointSpec& endpoint) {
    const YamlNode* section = spec.map("gateway");
    if (section == nullptr) {
        return;
    }
    // Quoted digits are digits: nothing of this is StateFun's to read.
    Fields fields(spec.context(), *section, spec.place_of("gateway"), Conversion::jackson);
    endpoint.concurrency =
        word<Concurrency>(fields, "concurrency", parse_concurrency, concurrency_accepted());
    read_attempts(fields, endpoint.failure);
    read_backoff(fields, endpoint.failure);
    endpoint.failure.on_poison =
        word<OnPoison>(fields, "onPoison", parse_on_poison, std::string(kOnPoisonAccepted));
    endpoint.failure.dispatch =
        word<Dispatch>(fields, "dispatch", parse_dispatch, std::string(kDispatchAccepted));
    fields.finish();
}

}  // namespace sfg::module_reader
