#include "gateway/ingress/line_reader.h"

#include "protocol/duration.h"
#include "protocol/module_spec.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace sfg::ingress {

namespace {

using nlohmann::json;

// Tells where the parser has come to.
class Place {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    Place(const char* at, const char** reached) : at_(at), reached_(reached) {}

    const char& operator*() const { return *at_; }

    Place& operator++() {
        *reached_ = ++at_;
        return *this;
    }

    Place operator++(int) {
        Place before = *this;
        ++*this;
        return before;
    }

    bool operator==(const Place& other) const { return at_ == other.at_; }

private:
    const char* at_;
    const char** reached_;
};

constexpr std::array<std::string_view, LineParts::kNames> kNames =
    {"target", "typename", "text", "base64", "json", "idempotency_key", "delay"};
constexpr std::array<std::string_view, 3> kTargetNames = {"namespace", "type", "id"};

std::string unknown(const std::string& name) {
    std::string_view near = nearest(name, {kNames.begin(), kNames.end()});
    return "'" + name.substr(0, 100) + "' is not known; " +
           (near.empty() ? "known are target, typename, text, base64, json, idempotency_key, delay"
                         : "did you mean " + std::string(near) + "?");
}

// Takes a line apart as the parser reads it. Its functions are the parser's; false ends it.
class LineReader {
    using Name = LineParts::Name;
    using Kind = JsonScalar::Kind;

public:
    explicit LineReader(std::string_view line) : line_(line), reached_(line.data()) {}

    Parsed<LineParts> read() {
        Place first(line_.data(), &reached_);
        Place last(line_.data() + line_.size(), &reached_);
        static_cast<void>(json::sax_parse(first, last, this));  // It tells parse_error().
        if (problem_) {
            return std::move(*problem_);
        }
        return std::move(parts_);
    }

    bool null() { return scalar({}); }

    bool boolean(bool value) { return scalar({Kind::truth, value ? "true" : "false"}); }

    bool number_integer(std::int64_t value) {
        return scalar({Kind::number, std::to_string(value)});
    }

    bool number_unsigned(std::uint64_t value) {
        return scalar({Kind::number, std::to_string(value)});
    }

    bool number_float(double /*value*/, const std::string& text) {
        return scalar({Kind::number, text});
    }

    bool string(std::string& value) { return scalar({Kind::text, std::move(value)}); }

    bool binary(json::binary_t& /*value*/) { return false; }

    bool start_object(std::size_t /*size*/) { return open(true); }

    bool end_object() { return close(); }

    bool start_array(std::size_t /*size*/) { return open(false); }

    bool end_array() { return close(); }

    bool key(std::string& name) {
        if (depth_ == 1) {
            return top_name(name);
        }
        return depth_ != 2 || name_ != Name::target || target_name(name);
    }

    bool
    parse_error(std::size_t position, const std::string& /*read*/, const json::exception& error) {
        // What stands behind the library's own name, number and place.
        constexpr std::size_t kShown = 200;
        std::string why = error.what();
        std::size_t begin = why.find("syntax error");
        begin = begin == std::string::npos ? why.find("] ") + 2 : begin;
        why = why.substr(std::min(begin, why.size()), kShown);
        return refuse("it is no JSON, from its byte " + std::to_string(position) + " on: " + why);
    }

private:
    bool refuse(std::string detail) {
        if (!problem_) {
            problem_ = Problem{Errc::bad_message, std::move(detail)};
        }
        return false;
    }

    bool top_name(const std::string& name) {
        auto found = std::find(kNames.begin(), kNames.end(), name);
        if (found == kNames.end()) {
            return refuse(unknown(name));
        }
        name_ = static_cast<Name>(found - kNames.begin());
        bool& seen = parts_.seen[static_cast<std::size_t>(name_)];
        if (std::exchange(seen, true)) {
            return refuse(name + " is given twice");
        }
        value_begin_ = reached_;
        return true;
    }

    bool target_name(const std::string& name) {
        auto found = std::find(kTargetNames.begin(), kTargetNames.end(), name);
        if (found == kTargetNames.end()) {
            return refuse("target has namespace, type and id, not '" + name.substr(0, 100) + "'");
        }
        part_ = static_cast<std::size_t>(found - kTargetNames.begin());
        if (parts_.target_parts[part_]) {
            return refuse("target has " + name + " twice");
        }
        return true;
    }

    bool open(bool is_object) {
        bool is_line = depth_ == 0;
        bool is_target = depth_ == 1 && name_ == Name::target && is_object;
        bool is_inside_json = depth_ >= 1 && name_ == Name::json;
        ++depth_;
        if ((is_line && is_object) || is_target || is_inside_json) {
            return true;
        }
        return is_line ? refuse("is not an object") : refuse(wrong_kind());
    }

    bool close() {
        --depth_;
        if (depth_ == 1 && name_ == Name::json) {
            cut_json(reached_);
        }
        return true;
    }

    // The value, without what stands before it: colon and blanks.
    void cut_json(const char* end) {
        std::string_view from(value_begin_, static_cast<std::size_t>(end - value_begin_));
        from.remove_prefix(std::min(from.find(':') + 1, from.size()));
        from.remove_prefix(std::min(from.find_first_not_of(" \t\r"), from.size()));
        parts_.json = from;
    }

    bool scalar(JsonScalar value);
    bool take(JsonScalar value);
    bool take_delay(const JsonScalar& value);

    [[nodiscard]] std::string wrong_kind() const {
        std::string name(kNames[static_cast<std::size_t>(name_)]);
        if (name_ == Name::target) {
            return R"(target is "namespace/type/id" or an object of namespace, type and id)";
        }
        return name + (name_ == Name::delay ? " is a duration, or a number of milliseconds"
                                            : " is a string");
    }

    const std::string_view line_;
    const char* reached_;
    LineParts parts_;
    std::size_t depth_ = 0;
    Name name_ = Name::kNames;  // Of the line's own names, the last one.
    std::size_t part_ = 0;      // Of the target's, the last one.
    const char* value_begin_ = nullptr;
    std::optional<Problem> problem_;
};

bool LineReader::scalar(JsonScalar value) {
    if (depth_ == 0) {
        return refuse("is not an object");
    }
    if (name_ == Name::json) {
        if (depth_ == 1) {
            // The end of a number shows in the character behind it.
            cut_json(reached_ - (value.kind == Kind::number ? 1 : 0));
            parts_.json_scalar = std::move(value);
        }
        return true;
    }
    if (depth_ == 2) {
        if (value.kind != Kind::text) {
            return refuse("the " + std::string(kTargetNames[part_]) + " of target is no string");
        }
        parts_.target_parts[part_] = std::move(value.text);
        return true;
    }
    return take(std::move(value));
}

bool LineReader::take(JsonScalar value) {
    if (name_ == Name::delay) {
        return take_delay(value);
    }
    if (value.kind != Kind::text) {
        return refuse(wrong_kind());
    }
    switch (name_) {
        case Name::target:
            parts_.target = std::move(value.text);
            break;
        case Name::type_name:
            parts_.type_name = std::move(value.text);
            break;
        case Name::idempotency_key:
            parts_.key = std::move(value.text);
            if (parts_.key.empty()) {
                return refuse("idempotency_key is empty; leave it out");
            }
            break;
        default:
            parts_.text = std::move(value.text);
            break;
    }
    return true;
}

bool LineReader::take_delay(const JsonScalar& value) {
    bool is_some = value.kind == Kind::text || value.kind == Kind::number;
    parts_.delay = is_some ? parse_duration(value.text) : std::nullopt;
    return parts_.delay || refuse("delay must be " + std::string(kDurationAccepted));
}

}  // namespace

Parsed<LineParts> read_line(std::string_view line) {
    return LineReader(line).read();
}

}  // namespace sfg::ingress
