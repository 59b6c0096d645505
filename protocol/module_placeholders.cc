#include "protocol/module_placeholders.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace sfg::module_reader {
namespace {

constexpr std::string_view kOpen = "${";
constexpr std::string_view kDefault = ":-";

bool is_variable(std::string_view name) {
    auto letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    auto legal = [&](char c) {
        return letter(c) || (c >= '0' && c <= '9');
    };
    return !name.empty() && letter(name.front()) && std::ranges::all_of(name, legal);
}

class Filler {
public:
    Filler(Report& report, const LoadOptions& options) : report_(report), options_(options) {}

    void node(YamlNode& node, const Place& place) {
        if (node.kind == YamlNode::Kind::scalar) {
            node.text = filled(node.text, place);
        }
        for (std::size_t i = 0; i < node.values.size(); ++i) {
            const YamlMark mark = node.values[i].mark;
            const bool is_map = node.kind == YamlNode::Kind::map;
            this->node(
                node.values[i], is_map ? place.key(node.keys[i].text, mark) : place.item(i, mark)
            );
        }
    }

private:
    std::string filled(const std::string& text, const Place& place) {
        std::string out;
        std::size_t from = 0;
        for (;;) {
            const std::size_t at = text.find(kOpen, from);
            if (at == std::string::npos) {
                return out + text.substr(from);
            }
            const bool escaped = at > from && text[at - 1] == '$';
            const std::size_t end = text.find('}', at);
            if (escaped) {
                out += text.substr(from, at - 1 - from) + std::string(kOpen);
                from = at + kOpen.size();
                continue;
            }
            out += text.substr(from, at - from);
            if (end == std::string::npos) {
                refuse(text.substr(at), "is not closed with }", place);
                return text;
            }
            const std::string inside = text.substr(at + kOpen.size(), end - at - kOpen.size());
            out += value_of(inside, place);
            from = end + 1;
        }
    }

    std::string value_of(const std::string& inside, const Place& place) {
        const std::size_t colon = inside.find(kDefault);
        const std::string name = inside.substr(0, colon);
        std::string whole = std::string(kOpen) + inside + "}";
        if (!is_variable(name)) {
            refuse(
                whole,
                "is no placeholder for a variable of the environment; accepted: ${NAME}, "
                "${NAME:-default}, and $${ for the text ${",
                place
            );
            return whole;
        }
        std::optional<std::string> value = options_.environment(name);
        if (colon != std::string::npos) {
            // As in a shell: the default also stands for an empty variable.
            return value && !value->empty() ? std::move(*value)
                                            : inside.substr(colon + kDefault.size());
        }
        if (!value) {
            refuse(
                whole,
                "the environment has no " + shortened(name) + "; set it, or write ${" +
                    shortened(name) + ":-default}",
                place
            );
            return whole;
        }
        return std::move(*value);
    }

    void refuse(const std::string& seen, std::string message, const Place& place) {
        report_.error(place, std::move(message), {shortened(seen), {}});
    }

    Report& report_;
    const LoadOptions& options_;
};

}  // namespace

void fill_placeholders(
    Report& report,
    YamlNode& root,
    const Place& place,
    const LoadOptions& options
) {
    if (options.environment) {
        Filler(report, options).node(root, place);
    }
}

}  // namespace sfg::module_reader
