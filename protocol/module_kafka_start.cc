// Where a Kafka ingress begins.
#include "protocol/module_entries.h"
#include "protocol/module_ingress.h"
#include "protocol/module_kafka.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace sfg::module_reader {
namespace {

struct StartWord {
    std::string_view word;
    KafkaFrom from;
};

constexpr std::array<StartWord, 5> kWords{{
    {"group-offsets", KafkaFrom::group_offsets},
    {"earliest", KafkaFrom::earliest},
    {"latest", KafkaFrom::latest},
    {"specific-offsets", KafkaFrom::offsets},
    {"date", KafkaFrom::date},
}};

// The words of StateFun's live fork.
constexpr std::array<StartWord, 2> kForkWords{{
    {"groupOffsets", KafkaFrom::group_offsets},
    {"at-timestamp", KafkaFrom::date},
}};

std::string_view statefun_word(KafkaFrom from) {
    return std::ranges::find(kWords, from, &StartWord::from)->word;
}

// Nothing if the word is unknown, which has been reported.
std::optional<KafkaFrom> parse_type(Fields& fields, const std::string& word) {
    Report& report = fields.context().report;
    const Place place = fields.place_of("type");
    if (const auto* found = std::ranges::find(kWords, word, &StartWord::word);
        found != kWords.end()) {
        return found->from;
    }
    if (const auto* found = std::ranges::find(kForkWords, word, &StartWord::word);
        found != kForkWords.end()) {
        report.warning(
            place,
            "taken as " + std::string(statefun_word(found->from)) +
                "; the word is the fork's, StateFun 3.3 refuses it",
            {word, {}}
        );
        return found->from;
    }
    std::vector<std::string_view> words;
    for (const StartWord& each : kWords) {
        words.push_back(each.word);
    }
    report.error(
        place, "accepted: " + joined(words), {shortened(word), std::string(nearest(word, words))}
    );
    return std::nullopt;
}

template <typename Number>
std::optional<Number> parse_whole(std::string_view text) {
    Number number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc{} && stop == text.data() + text.size() && number >= 0;
    return whole ? std::optional(number) : std::nullopt;
}

// "topic/partition: offset", split at the last slash.
std::optional<KafkaOffset> parse_offset(const Entry& entry) {
    const std::size_t slash = entry.name.rfind('/');
    if (slash == std::string::npos || slash == 0) {
        return std::nullopt;
    }
    const auto partition =
        parse_whole<std::int32_t>(std::string_view(entry.name).substr(slash + 1));
    const auto offset = parse_whole<std::int64_t>(entry.value);
    if (!partition || !offset) {
        return std::nullopt;
    }
    return KafkaOffset{entry.name.substr(0, slash), *partition, *offset};
}

void read_offsets(Fields& fields, const std::vector<KafkaTopic>& topics, KafkaStart& start) {
    constexpr std::string_view kAccepted = "topic/partition: offset";
    Report& report = fields.context().report;
    if (fields.take("offsets") == nullptr) {
        report.error(
            fields.place().key("offsets", fields.place().mark),
            "the key offsets is missing; accepted: a list of " + std::string(kAccepted)
        );
        return;
    }
    const std::vector<Entry> entries = read_entries(fields, "offsets", kAccepted);
    for (const Entry& entry : entries) {
        std::optional<KafkaOffset> offset = parse_offset(entry);
        if (!offset) {
            report.error(
                entry.place,
                "accepted: " + std::string(kAccepted) + ", both numbers from 0",
                {shortened(entry.name + ": " + entry.value), {}}
            );
            continue;
        }
        if (std::ranges::find(topics, offset->topic, &KafkaTopic::topic) == topics.end()) {
            report.warning(entry.place, "no topic of this ingress; ignored", {offset->topic, {}});
        }
        start.offsets.push_back(std::move(*offset));
    }
    if (entries.empty() && !report.has_errors()) {
        report.error(
            fields.place_of("offsets"), "there is none; accepted: " + std::string(kAccepted)
        );
    }
    std::ranges::sort(start.offsets);
}

}  // namespace

KafkaStart read_kafka_start(Fields& ingress, const std::vector<KafkaTopic>& topics) {
    KafkaStart start;
    const YamlNode* map = ingress.map("startupPosition");
    if (map == nullptr) {
        return start;
    }
    Fields fields(
        ingress.context(), *map, ingress.place_of("startupPosition"), ingress.conversion()
    );
    const Setting<std::string> type =
        fields.required_text("type", "group-offsets, earliest, latest, specific-offsets or date");
    const std::optional<KafkaFrom> from =
        type.value ? parse_type(fields, *type.value) : std::nullopt;
    start.from = from.value_or(start.from);
    start.is_declared = true;
    if (start.from == KafkaFrom::offsets) {
        read_offsets(fields, topics, start);
    } else if (start.from == KafkaFrom::date) {
        start.date = read_date(fields, type.value == "at-timestamp" ? "timestamp" : "date")
                         .value_or(start.date);
    }
    if (from) {
        fields.finish({
            .misplaced =
                {{"offsets", "has an effect with type: specific-offsets only; ignored"},
                 {"date", "has an effect with type: date only; ignored"},
                 {"timestamp", "has an effect with type: at-timestamp only; ignored"}},
            .never_guessed = {},
        });
    }
    return start;
}

}  // namespace sfg::module_reader
