#include "protocol/kafka_properties.h"

#include "protocol/kafka_security.h"
#include "protocol/kafka_value.h"
#include "protocol/module_spec.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sfg::kafka {
namespace {

constexpr std::string_view kPartitionerClass = "partitioner.class";
// What Kafka's Java producer does without a word, under librdkafka's name for it.
constexpr std::string_view kJavaPartitioner = "murmur2_random";

bool is_security(std::string_view name) {
    constexpr std::array<std::string_view, 6> kPrefixes{
        "ssl.", "sasl.", "security.", "enable.ssl.", "enable.sasl.", "https."
    };
    return std::ranges::any_of(kPrefixes, [&](std::string_view prefix) {
        return name.starts_with(prefix);
    });
}

Side other(Side user) {
    return user == Side::consumer ? Side::producer : Side::consumer;
}

class Translator {
public:
    Translator(Side user, const std::vector<Setting>& settings)
        : user_(user),
          settings_(settings) {}

    Translation run() {
        for (std::size_t i = 0; i < settings_.size(); ++i) {
            if (is_last(i)) {
                one(i, settings_[i]);
            } else {
                out_.note(i, Severity::warning, "is there again further down, and the last counts");
            }
        }
        translate_security(settings_, out_);
        return std::move(out_);
    }

private:
    [[nodiscard]] bool is_last(std::size_t index) const {
        return std::none_of(
            settings_.begin() + static_cast<std::ptrdiff_t>(index) + 1,
            settings_.end(),
            [&](const Setting& later) { return later.name == settings_[index].name; }
        );
    }

    void one(std::size_t index, const Setting& setting) {
        if (setting.name == "bootstrap.servers" || setting.name == "metadata.broker.list") {
            out_.brokers = setting.value;
        } else if (setting.name == "group.id" && user_ == Side::consumer) {
            out_.group = setting.value;
        } else if (setting.name == kPartitionerClass && user_ == Side::producer) {
            partitioner(index, setting.value);
        } else if (is_for_security(setting.name)) {
            return;  // Stores and logins are more than one setting each: translate_security().
        } else if (const Foreign* foreign = find_foreign(setting.name, user_)) {
            apply(index, *foreign, setting.value);
        } else if (const Known* known = find_known(setting.name);
                   known != nullptr && is_for(known->side, user_)) {
            keep(index, *known, setting.value);
        } else {
            unknown(index, setting.name, known != nullptr);
        }
    }

    void apply(std::size_t index, const Foreign& foreign, const std::string& value) {
        const std::string text(foreign.text);
        if (foreign.treatment == Treatment::rename) {
            keep(index, *find_known(foreign.text), value);
        } else if (foreign.treatment == Treatment::ignore) {
            out_.note(index, Severity::warning, "ignored: " + text);
        } else if (value.empty() || value == "false") {
            return;  // Asks for nothing.
        } else {
            out_.note(index, Severity::error, text);
        }
    }

    void keep(std::size_t index, const Known& known, const std::string& value) {
        Checked checked = check_value(known, value);
        if (!checked.problem.empty()) {
            const Severity severity = checked.value ? Severity::warning : Severity::error;
            out_.note(index, severity, std::move(checked.problem));
        }
        if (checked.value) {
            out_.set(std::string(known.name), std::move(*checked.value), index);
        }
    }

    void partitioner(std::size_t index, std::string_view java_class) {
        if (java_class.ends_with(".DefaultPartitioner")) {
            out_.set("partitioner", std::string(kJavaPartitioner), index);
            return;
        }
        out_.note(
            index,
            Severity::error,
            "a Java class can't be loaded here; use librdkafka's partitioner: murmur2_random (the "
            "Java client's own, and the default), consistent_random, fnv1a_random or random"
        );
    }

    void unknown(std::size_t index, const std::string& name, bool is_known) {
        if (is_known || find_foreign(name, other(user_)) != nullptr || name == "group.id" ||
            name == kPartitionerClass) {
            const bool consumer = user_ == Side::consumer;
            out_.note(
                index,
                Severity::warning,
                consumer ? "a setting of producers, not of consumers: ignored"
                         : "a setting of consumers, not of producers: ignored"
            );
            return;
        }
        std::vector<std::string_view> names = known_names(user_);
        std::ranges::copy(foreign_names(user_), std::back_inserter(names));
        const std::string near(nearest(name, names));
        if (is_security(name)) {
            out_.note(
                index,
                Severity::error,
                "unknown, and by its name meant for security, so that it is not ignored",
                near
            );
            return;
        }
        out_.note(
            index,
            Severity::warning,
            "known neither to librdkafka nor as one of Java's: ignored",
            near
        );
    }

    const Side user_;
    const std::vector<Setting>& settings_;
    Translation out_;
};

}  // namespace

const Translated* Translation::find(std::string_view name) const {
    const auto found = std::ranges::find_if(properties, [&](const Translated& each) {
        return each.property.name == name;
    });
    return found == properties.end() ? nullptr : &*found;
}

void Translation::set(std::string name, std::string value, std::size_t setting) {
    const auto found = std::ranges::find_if(properties, [&](const Translated& each) {
        return each.property.name == name;
    });
    if (found != properties.end()) {
        *found = {{std::move(name), std::move(value)}, setting};
        return;
    }
    properties.push_back({{std::move(name), std::move(value)}, setting});
}

void Translation::erase(std::string_view name) {
    std::erase_if(properties, [&](const Translated& each) { return each.property.name == name; });
}

void Translation::note(
    std::size_t setting,
    Severity severity,
    std::string message,
    std::string near
) {
    notes.push_back({setting, severity, std::move(message), std::move(near)});
}

Translation translate(Side user, const std::vector<Setting>& settings) {
    return Translator(user, settings).run();
}

std::string shown_value(const Setting& setting) {
    return is_secret_property(setting.name) ? "***" : setting.value;
}

}  // namespace sfg::kafka
