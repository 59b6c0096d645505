#include "protocol/module_fields.h"

#include "protocol/yaml_hints.h"

#include <algorithm>
#include <utility>

namespace sfg::module_reader {

bool is_reported(const YamlNode& node) {
    return node.kind == YamlNode::Kind::alias || is_placeholder(node);
}

Fields::Fields(Context context, const YamlNode& map, Place place, Conversion conversion)
    : context_(context),
      map_(map),
      place_(std::move(place)),
      conversion_(conversion) {}

const YamlNode* Fields::find(std::string_view key) const {
    for (std::size_t i = map_.keys.size(); i > 0; --i) {
        const YamlNode& each = map_.keys[i - 1];
        if (each.kind == YamlNode::Kind::scalar && each.text == key) {
            return &map_.values[i - 1];
        }
    }
    return nullptr;
}

const YamlNode* Fields::take(std::string_view key) {
    known_.push_back(key);
    return find(key);
}

Place Fields::place_of(std::string_view key) const {
    const YamlNode* value = find(key);
    if (value == nullptr) {
        return place_;
    }
    // A null stands nowhere: its key does.
    const auto index = static_cast<std::size_t>(value - map_.values.data());
    const bool stands = value->kind == YamlNode::Kind::scalar || value->flow;
    return place_.key(key, stands ? value->mark : map_.keys[index].mark);
}

const YamlNode* Fields::collection(std::string_view key, YamlNode::Kind kind) {
    const YamlNode* value = take(key);
    if (value == nullptr || is_reported(*value)) {
        return nullptr;
    }
    if (value->kind == kind) {
        return value;
    }
    const bool is_map = kind == YamlNode::Kind::map;
    if (value->kind == YamlNode::Kind::null) {
        context_.report.warning(
            place_of(key),
            is_map ? "empty: the defaults hold; are the lines below it indented?"
                   : "empty: read as an empty list, which StateFun may refuse; write []"
        );
    } else {
        context_.report.error(
            place_of(key), is_map ? "accepted: a map" : "accepted: a list", {seen_text(*value), {}}
        );
    }
    return nullptr;
}

const YamlNode* Fields::map(std::string_view key) {
    return collection(key, YamlNode::Kind::map);
}

const YamlNode* Fields::list(std::string_view key) {
    return collection(key, YamlNode::Kind::sequence);
}

void Fields::missing(std::string_view key, std::string_view accepted) {
    std::vector<std::string_view> others;
    for (const YamlNode& each : map_.keys) {
        if (std::find(known_.begin(), known_.end(), each.text) == known_.end()) {
            others.push_back(each.text);
        }
    }
    // The misspelt key is reported for itself; here the hint tells that the two belong together.
    const std::string_view near = nearest(key, others);
    std::string message = "the key " + std::string(key) + " is missing; accepted: ";
    message += accepted;
    Seen seen;
    if (!near.empty()) {
        seen.value = shortened(near);
        seen.suggestion = key;
    }
    context_.report.error(place_.key(key, place_.mark), std::move(message), std::move(seen));
}

Setting<std::string> Fields::required_text(std::string_view key, std::string_view accepted) {
    Setting<std::string> setting = text(key);
    if (!setting.present) {
        missing(key, accepted);
    }
    return setting;
}

const YamlNode* Fields::required_map(std::string_view key, std::string_view accepted) {
    const YamlNode* value = take(key);
    if (value == nullptr) {
        missing(key, accepted);
        return nullptr;
    }
    if (is_reported(*value)) {
        return nullptr;
    }
    if (value->kind == YamlNode::Kind::map) {
        return value;
    }
    std::string message = "accepted: ";
    message += accepted;
    if (value->kind == YamlNode::Kind::null) {
        message += "; are the lines below it indented?";
    }
    context_.report.error(place_of(key), std::move(message), {seen_text(*value), {}});
    return nullptr;
}

void Fields::unknown_key(const YamlNode& key, const UnknownKeys& unknown) {
    const Place place = place_.key(key.text, key.mark);
    Report& report = context_.report;
    if (key.text == "<<") {
        report.warning(
            place, "merge keys are not resolved by StateFun, nor here: ignored; write the keys out"
        );
        return;
    }
    for (const Misplaced& misplaced : unknown.misplaced) {
        if (misplaced.key == key.text) {
            report.warning(place, misplaced.advice);
            return;
        }
    }
    std::string near(nearest(key.text, known_));
    for (std::string_view each : unknown.never_guessed) {
        if (near == each) {
            report.error(
                place,
                "unknown key, so near to one for TLS that it is not ignored as StateFun would",
                {shortened(key.text), std::move(near)}
            );
            return;
        }
    }
    report.warning(
        place,
        "unknown key, ignored as StateFun does; known here: " + joined(known_),
        {shortened(key.text), std::move(near)}
    );
}

void Fields::finish(const UnknownKeys& unknown) {
    for (const YamlNode& key : map_.keys) {
        // Other keys than text are reported with the whole tree.
        if (key.kind == YamlNode::Kind::scalar &&
            std::find(known_.begin(), known_.end(), key.text) == known_.end()) {
            unknown_key(key, unknown);
        }
    }
}

std::string joined(const std::vector<std::string_view>& words) {
    std::string out;
    for (std::string_view word : words) {
        out += out.empty() ? "" : ", ";
        out += word;
    }
    return out;
}

}  // namespace sfg::module_reader
