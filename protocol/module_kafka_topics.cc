// The topics of a Kafka ingress: whose records become which messages.
#include "protocol/module_ingress.h"
#include "protocol/module_kafka.h"
#include "protocol/module_names.h"

#include <regex.h>

#include <algorithm>
#include <utility>

namespace sfg::module_reader {
namespace {

// What an ingress says for all of its topics.
struct ForAll {
    InvalidRecords invalid;
    bool forward_headers = false;
};

std::optional<OnInvalidRecord> parse_action(std::string_view word) {
    for (const OnInvalidRecord action :
         {OnInvalidRecord::dead_letter,
          OnInvalidRecord::skip,
          OnInvalidRecord::forward,
          OnInvalidRecord::fail}) {
        if (text_of(action) == word) {
            return action;
        }
    }
    return std::nullopt;
}

SkipLog read_log(Fields& fields) {
    const std::vector<std::string_view> words{"debug", "info", "warn", "error"};
    const Setting<std::string> level = fields.text("logLevel");
    const auto found = level.value ? std::ranges::find(words, *level.value) : words.end();
    if (level.value && found == words.end()) {
        fields.context().report.error(
            fields.place_of("logLevel"),
            "accepted: " + joined(words),
            {shortened(*level.value), std::string(nearest(*level.value, words))}
        );
    }
    return found == words.end() ? SkipLog::warn : static_cast<SkipLog>(found - words.begin());
}

// The whole of what the key says; `otherwise` if it is not there.
InvalidRecords
read_invalid(Fields& owner, const InvalidRecords& otherwise, std::vector<Target>& targets) {
    constexpr std::string_view kKey = "invalidRecordHandling";
    const YamlNode* map = owner.map(kKey);
    if (map == nullptr) {
        return otherwise;
    }
    Report& report = owner.context().report;
    Fields fields(owner.context(), *map, owner.place_of(kKey), owner.conversion());
    constexpr std::string_view kAccepted = "deadLetter, skip, forward or fail";
    const Setting<std::string> type = fields.required_text("type", kAccepted);
    InvalidRecords invalid;
    if (type.value) {
        const std::optional<OnInvalidRecord> action = parse_action(*type.value);
        if (!action) {
            report.error(
                fields.place_of("type"),
                "accepted: " + std::string(kAccepted),
                {shortened(*type.value),
                 std::string(nearest(*type.value, {"deadLetter", "skip", "forward", "fail"}))}
            );
        }
        invalid.action = action.value_or(invalid.action);
    }
    if (invalid.action == OnInvalidRecord::skip) {
        invalid.log = read_log(fields);
    }
    if (invalid.action == OnInvalidRecord::forward) {
        const auto text = fields.required_text("target", "the function that gets the records");
        const Place at = fields.place_of("target");
        if (text.value) {
            invalid.function = read_name(report, at, *text.value, "a function");
        }
        if (invalid.function) {
            targets.push_back({*invalid.function, at, report.file()});
        }
    }
    fields.finish({
        .misplaced =
            {{"logLevel", "has an effect with type: skip only; ignored"},
             {"target", "has an effect with type: forward only; ignored"}},
        .never_guessed = {},
    });
    return invalid;
}

// The word is the fork's, and so are the SDKs that know what it brings.
Setting<bool> read_forward_headers(Fields& fields) {
    constexpr std::string_view kKey = "forwardHeaders";
    Setting<bool> forward = fields.boolean(kKey);
    if (forward.value_or(false)) {
        fields.context().report.warning(
            fields.place_of(kKey),
            "functions get no headers: StateFun's SDKs have no place for them; gateway.headers "
            "takes the id or the typename out of one"
        );
    }
    return forward;
}

// What regcomp() says about the expression; empty if it takes it.
std::string pattern_problem(const std::string& pattern) {
    regex_t compiled{};
    const int error = ::regcomp(&compiled, pattern.c_str(), REG_EXTENDED | REG_NOSUB);
    if (error != 0) {
        std::string reason(128, '\0');
        reason.resize(::regerror(error, &compiled, reason.data(), reason.size()) - 1);
        return reason;
    }
    ::regfree(&compiled);
    return {};
}

// Kafka's rule for names of topics.
bool is_topic_name(std::string_view name) {
    constexpr std::size_t kBytesMax = 249;
    return !name.empty() && name.size() <= kBytesMax && name != "." && name != ".." &&
           std::ranges::all_of(name, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '_' || c == '-';
           });
}

class TopicReader {
public:
    TopicReader(ForAll otherwise, std::vector<Target>& targets)
        : otherwise_(std::move(otherwise)),
          targets_(targets) {}

    void list(Fields& owner, std::string_view key, TopicMatch match) {
        const YamlNode* list = owner.list(key);
        if (list == nullptr) {
            return;
        }
        const Place place = owner.place_of(key);
        for (std::size_t i = 0; i < list->values.size(); ++i) {
            const YamlNode& item = list->values[i];
            const Place at = place.item(i, item.mark);
            if (item.kind == YamlNode::Kind::map && !is_reported(item)) {
                Fields fields(owner.context(), item, at, owner.conversion());
                one(fields, match);
            } else if (!is_reported(item)) {
                owner.context().report.error(
                    at,
                    "accepted: a map with the keys topic, valueType and targets",
                    {seen_text(item), {}}
                );
            }
        }
    }

    std::vector<KafkaTopic> take() { return std::move(topics_); }

private:
    void one(Fields& fields, TopicMatch match) {
        const bool by_name = match == TopicMatch::name;
        const std::string_view key = by_name ? "topic" : "pattern";
        const Setting<std::string> name =
            fields.required_text(key, by_name ? "a topic's name" : "a regular expression");
        const std::optional<std::string> type = read_value_type(fields);
        KafkaTopic topic;
        topic.match = match;
        topic.targets = read_targets(fields, targets_);
        topic.invalid = read_invalid(fields, otherwise_.invalid, targets_);
        topic.forward_headers = read_forward_headers(fields).value_or(otherwise_.forward_headers);
        fields.finish();
        if (name.value && type && check_topic(fields, key, *name.value, match)) {
            topic.topic = *name.value;
            topic.value_type = *type;
            add(fields, std::move(topic), key);
        }
    }

    static bool
    check_topic(Fields& fields, std::string_view key, const std::string& name, TopicMatch match) {
        std::string problem;
        if (match == TopicMatch::pattern) {
            problem = name.empty() ? "empty" : pattern_problem(name);
        } else if (!is_topic_name(name)) {
            problem =
                "accepted: up to 249 letters, digits, '.', '_' and '-'; regular expressions stand "
                "under spec.gateway.topicPatterns";
        }
        if (!problem.empty()) {
            fields.context().report.error(
                fields.place_of(key), std::move(problem), {"\"" + shortened(name) + "\"", {}}
            );
        }
        return problem.empty();
    }

    // Of a topic that is there twice the last counts, as in StateFun.
    void add(Fields& fields, KafkaTopic topic, std::string_view key) {
        const auto same = std::ranges::find_if(topics_, [&](const KafkaTopic& each) {
            return each.match == topic.match && each.topic == topic.topic;
        });
        if (same == topics_.end()) {
            topics_.push_back(std::move(topic));
            return;
        }
        fields.context().report.warning(
            fields.place_of(key),
            "is in the list already; as in StateFun the last one counts",
            {shortened(topic.topic), {}}
        );
        *same = std::move(topic);
    }

    ForAll otherwise_;
    std::vector<Target>& targets_;
    std::vector<KafkaTopic> topics_;
};

}  // namespace

std::vector<KafkaTopic>
read_kafka_topics(Fields& ingress, Fields* gateway, std::vector<Target>& targets) {
    ForAll otherwise;
    otherwise.invalid = read_invalid(ingress, {}, targets);
    otherwise.forward_headers = read_forward_headers(ingress).value_or(false);
    TopicReader reader(std::move(otherwise), targets);
    reader.list(ingress, "topics", TopicMatch::name);
    if (gateway != nullptr) {
        reader.list(*gateway, "topicPatterns", TopicMatch::pattern);
    }
    return reader.take();
}

}  // namespace sfg::module_reader
