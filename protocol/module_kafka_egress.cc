#include "protocol/duration.h"
#include "protocol/module_kafka.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sfg::module_reader {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kSemantic = "deliverySemantic";
constexpr std::string_view kTimeout = "transactionTimeout";
constexpr std::string_view kMillis = "transactionTimeoutMillis";
constexpr std::string_view kInterval = "commitInterval";
constexpr std::array kDeliveries{
    KafkaDelivery::at_least_once,
    KafkaDelivery::exactly_once,
    KafkaDelivery::none,
};

// The keys below an empty deliverySemantic that stand at its own column, with their lines.
std::string lost_indent(Fields& spec) {
    std::string lines;
    for (std::string_view key : {std::string_view("type"), kTimeout, kMillis}) {
        if (spec.take(key) != nullptr) {
            lines += (lines.empty() ? "" : ", ") + std::string(key) + " at line " +
                     std::to_string(spec.place_of(key).mark.line);
        }
    }
    return lines.empty() ? "are the lines below it indented?" : lines + ": indent it below";
}

// StateFun looks at the older spelling first.
std::optional<milliseconds> read_timeout(Fields& fields) {
    if (fields.take(kMillis) == nullptr) {
        return fields.duration(kTimeout).value;
    }
    Report& report = fields.context().report;
    const Place place = fields.place_of(kMillis);
    const Setting<milliseconds> time = fields.duration(kMillis);
    const Setting<std::string> text = fields.text(kMillis);
    const bool digits =
        text.value && text.value->find_first_not_of("0123456789 ") == std::string::npos;
    if (time.value && !digits) {
        report.warning(
            place,
            "a number of milliseconds is wanted, and StateFun refuses this; taken as " +
                duration_text(*time.value) + "; write transactionTimeout",
            {shortened(*text.value), {}}
        );
    }
    if (fields.take(kTimeout) != nullptr) {
        report.warning(
            fields.place_of(kTimeout), "ignored, because transactionTimeoutMillis is there and wins"
        );
    }
    return time.value;
}

void read_transactions(Fields& fields, KafkaEgressSpec& egress) {
    Report& report = fields.context().report;
    const bool said = fields.take(kMillis) != nullptr || fields.take(kTimeout) != nullptr;
    const std::optional<milliseconds> timeout = read_timeout(fields);
    if (timeout && timeout->count() > 0) {
        egress.transaction_timeout = *timeout;
        return;
    }
    // For what follows, so that no more than this is reported.
    egress.transaction_timeout = milliseconds(60'000);
    if (!said) {
        report.error(
            fields.place().key(kTimeout, fields.place().mark),
            "exactly-once needs it: how long a transaction may stay open, for example 15min (the "
            "longest that a broker allows by default)"
        );
    } else if (timeout) {
        const std::string_view key = fields.take(kMillis) != nullptr ? kMillis : kTimeout;
        report.error(fields.place_of(key), "accepted: a time above 0");
    }
}

void read_semantic(Fields& spec, KafkaEgressSpec& egress) {
    Report& report = spec.context().report;
    const YamlNode* value = spec.take(kSemantic);
    if (value != nullptr && value->kind == YamlNode::Kind::null && !is_reported(*value)) {
        report.error(
            spec.place_of(kSemantic),
            "empty; accepted: a map with the key type; " + lost_indent(spec)
        );
        return;
    }
    const YamlNode* map = spec.map(kSemantic);
    if (map == nullptr) {
        return;
    }
    Fields fields(spec.context(), *map, spec.place_of(kSemantic), spec.conversion());
    constexpr std::string_view kAccepted = "at-least-once, exactly-once or none";
    const Setting<std::string> type = fields.required_text("type", kAccepted);
    std::optional<KafkaDelivery> delivery;
    std::vector<std::string_view> words;
    for (const KafkaDelivery each : kDeliveries) {
        words.push_back(text_of(each));
        if (type.value == text_of(each)) {
            delivery = each;
        }
    }
    if (type.value && !delivery) {
        report.error(
            fields.place_of("type"),
            "accepted: " + std::string(kAccepted),
            {shortened(*type.value), std::string(nearest(*type.value, words))}
        );
    }
    egress.delivery = delivery.value_or(egress.delivery);
    if (egress.delivery == KafkaDelivery::exactly_once) {
        read_transactions(fields, egress);
    }
    UnknownKeys unknown;
    for (std::string_view key : {kTimeout, kMillis}) {
        unknown.misplaced.push_back({key, "has an effect with type: exactly-once only; ignored"});
    }
    fields.finish(unknown);
}

// Requires: the semantic was read.
void read_gateway(Fields& spec, KafkaEgressSpec& egress) {
    const bool is_exact = egress.delivery == KafkaDelivery::exactly_once;
    const milliseconds longest =
        is_exact ? std::max(
                       std::min(kKafkaCommitIntervalMax, egress.transaction_timeout / 2),
                       kKafkaCommitIntervalMin
                   )
                 : kKafkaCommitIntervalMax;
    egress.commit_interval = std::min(egress.commit_interval, longest);
    const YamlNode* map = spec.map("gateway");
    if (map == nullptr) {
        return;
    }
    Fields fields(spec.context(), *map, spec.place_of("gateway"), Conversion::jackson);
    const Setting<milliseconds> interval = fields.duration(kInterval);
    const bool is_within =
        interval.value && *interval.value >= kKafkaCommitIntervalMin && *interval.value <= longest;
    if (is_within) {
        egress.commit_interval = *interval.value;
    } else if (interval.value) {
        spec.context().report.error(
            fields.place_of(kInterval),
            "accepted: " + duration_text(kKafkaCommitIntervalMin) + " to " +
                duration_text(longest) +
                (longest < kKafkaCommitIntervalMax ? ", half of transactionTimeout" : "")
        );
    }
    fields.finish();
}

UnknownKeys egress_mistakes() {
    return {
        .misplaced =
            {{"topics",
              "ignored: each record names its own topic, and this is no list of allowed "
              "ones"},
             {"topic", "ignored: each record names its own topic"},
             {"consumerGroupId", "belongs to an ingress; ignored"},
             {"startupPosition", "belongs to an ingress; ignored"},
             {"autoOffsetResetPosition", "belongs to an ingress; ignored"},
             {kInterval, "belongs under gateway; here it is ignored (indent it)"},
             {"type", "belongs under deliverySemantic; here it is ignored (indent it)"},
             {kTimeout, "belongs under deliverySemantic; here it is ignored (indent it)"},
             {kMillis, "belongs under deliverySemantic; here it is ignored (indent it)"}},
        .never_guessed = {},
    };
}

}  // namespace

std::optional<KafkaEgressSpec> read_kafka_egress(Fields& fields, const Named& id) {
    Report& report = fields.context().report;
    KafkaProperties properties(fields, kafka::Side::producer);
    KafkaEgressSpec spec;
    spec.id = id.name;
    spec.where = report.location(id.place);
    const std::optional<std::string> brokers = properties.brokers(fields);
    read_semantic(fields, spec);
    read_gateway(fields, spec);
    kafka::apply_delivery(properties.translation(), spec.delivery, spec.transaction_timeout);
    spec.properties = properties.finish(report);
    fields.finish(egress_mistakes());
    if (!brokers) {
        return std::nullopt;
    }
    spec.brokers = *brokers;
    return spec;
}

}  // namespace sfg::module_reader
