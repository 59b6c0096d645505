#include "protocol/yaml_hints.h"

#include <array>
#include <utility>

namespace sfg {
namespace {

constexpr std::string_view kTemplate =
    "this looks like a Helm or Jinja template that was not rendered; render it first";
constexpr std::string_view kPlaceholders =
    "this looks like a template whose placeholders were not filled in";

std::string_view line_of(std::string_view text, int number) {
    for (int i = 1; i < number; ++i) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos) {
            return {};
        }
        text.remove_prefix(end + 1);
    }
    return text.substr(0, text.find('\n'));
}

bool is_indented_with_tab(std::string_view line) {
    const std::size_t first = line.find_first_not_of(" \t");
    return first != std::string_view::npos &&
           line.substr(0, first).find('\t') != std::string_view::npos;
}

bool is_name(std::string_view text) {
    if (text.empty()) {
        return false;
    }
    for (char c : text) {
        const bool ok = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                        (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
        if (!ok) {
            return false;
        }
    }
    return true;
}

// Whether the text holds NAME between two marks, as in %%NAME%% or @NAME@.
bool has_marked_name(std::string_view text, std::string_view mark) {
    std::size_t from = text.find(mark);
    while (from != std::string_view::npos) {
        const std::size_t name = from + mark.size();
        const std::size_t to = text.find(mark, name);
        if (to == std::string_view::npos) {
            return false;
        }
        if (is_name(text.substr(name, to - name))) {
            return true;
        }
        from = to;
    }
    return false;
}

std::string_view plain_words(std::string_view complaint) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kWords{{
        {"illegal map value", "a ':' where no key can stand; quote a value that contains \": \""},
        {"end of map not found", "the indentation of this line fits no line above it"},
        {"end of sequence not found", "the indentation of this line fits no line above it"},
        {"end of sequence flow not found", "a '[' is not closed"},
        {"end of map flow not found", "a '{' is not closed"},
        {"illegal EOF in scalar", "a quote is not closed"},
        {"illegal block entry", "a '-' that begins no list here"},
        {"illegal map key", "a '?' where no key can stand"},
        {"bad file", "nested too deeply"},
        {"the referenced anchor is not defined",
         "an alias (*name) without its anchor; a value that begins with '*' needs quotes"},
    }};
    for (const auto& [theirs, ours] : kWords) {
        if (complaint == theirs) {
            return ours;
        }
    }
    return complaint;
}

// What is wrong, apart from templates.
std::string words_for(std::string_view complaint, std::string_view text, YamlMark place) {
    const std::string_view line = line_of(text, place.line);
    const bool tab = complaint.find("tab") != std::string_view::npos;
    if (tab || is_indented_with_tab(line)) {
        return "a tab in the indentation; YAML accepts blanks only";
    }
    const auto column = static_cast<std::size_t>(place.column > 0 ? place.column - 1 : 0);
    if (complaint == "unknown token" && column < line.size()) {
        return "a value can't begin with '" + std::string(1, line[column]) + "'; quote it";
    }
    return std::string(plain_words(complaint));
}

}  // namespace

std::string_view template_hint(std::string_view text) {
    if (text.find("{{") != std::string_view::npos || text.find("{%") != std::string_view::npos) {
        return kTemplate;
    }
    const bool marked =
        has_marked_name(text, "%%") || has_marked_name(text, "@") || has_marked_name(text, "__");
    return marked || text.find("${") != std::string_view::npos ? kPlaceholders : std::string_view{};
}

std::string syntax_message(std::string_view complaint, std::string_view text, YamlMark place) {
    std::string message = "not YAML: " + words_for(complaint, text, place);
    // Only the line itself: elsewhere in the document braces may stand in a comment.
    const std::string_view hint = template_hint(line_of(text, place.line));
    if (!hint.empty()) {
        message += " (" + std::string(hint) + ")";
    }
    return message;
}

bool is_placeholder(const YamlNode& node) {
    if (node.kind != YamlNode::Kind::map || !node.flow || node.keys.size() != 1 ||
        node.values[0].kind != YamlNode::Kind::null) {
        return false;
    }
    const YamlNode& key = node.keys[0];
    if (key.kind != YamlNode::Kind::scalar) {
        return is_placeholder(key);
    }
    return key.plain && node.values[0].bare;
}

std::string placeholder_text(const YamlNode& node) {
    const YamlNode& key = node.keys[0];
    if (key.kind == YamlNode::Kind::scalar) {
        return "{" + key.text + "}";
    }
    return "{" + placeholder_text(key) + "}";
}

}  // namespace sfg
