#include "protocol/address.h"
#include "protocol/yaml_node.h"

#include <utility>

namespace sfg {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Whether the line is a "---" or "..." marker, which ends a document wherever it stands.
bool is_marker(std::string_view line, std::string_view marker) {
    return line.starts_with(marker) &&
           (line.size() == marker.size() || line[3] == ' ' || line[3] == '\t');
}

bool is_blank(std::string_view line) {
    return line.find_first_not_of(" \t") == std::string_view::npos;
}

// Cuts the first line off `text`; "\n", "\r\n" and "\r" end one.
std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find_first_of("\r\n");
    const std::string_view line = text.substr(0, end);
    if (end == std::string_view::npos) {
        text = {};
        return line;
    }
    const bool both = text[end] == '\r' && end + 1 < text.size() && text[end + 1] == '\n';
    text.remove_prefix(end + (both ? 2 : 1));
    return line;
}

// Collects lines into chunks. Comments and directives before the first "---" are no document.
class Splitter {
public:
    void line(std::string_view text, int number) {
        const bool start = is_marker(text, "---");
        if (start && has_content_) {
            flush();
        }
        if (chunk_.text.empty()) {
            chunk_.first_line = number;
        }
        chunk_.text += is_blank(text) ? std::string_view{} : text;
        chunk_.text += '\n';
        const std::size_t first = text.find_first_not_of(" \t");
        const bool comment = first == std::string_view::npos || text[first] == '#';
        const bool directive = text.starts_with('%') && !has_content_;
        const bool end = is_marker(text, "...");
        has_content_ = has_content_ || start || !(comment || directive || end);
        if (end) {
            flush();
        }
    }

    std::vector<YamlChunk> finish() {
        flush();
        return std::move(chunks_);
    }

private:
    void flush() {
        if (has_content_) {
            chunks_.push_back(std::move(chunk_));
        }
        chunk_ = {};
        has_content_ = false;
    }

    YamlChunk chunk_;
    bool has_content_ = false;
    std::vector<YamlChunk> chunks_;
};

std::optional<YamlProblem> text_problem(std::string_view text) {
    if (text.size() > kYamlBytesMax) {
        return YamlProblem{
            {}, "the file has " + std::to_string(text.size()) + " bytes; accepted: up to 1 MiB"
        };
    }
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
        return YamlProblem{{1, 1}, "the file is UTF-16; save it as UTF-8"};
    }
    int number = 1;
    for (std::string_view rest = text; !rest.empty(); ++number) {
        const std::string_view line = take_line(rest);
        if (line.find('\0') != std::string_view::npos) {
            return YamlProblem{{number, 0}, "a NUL byte: this is not a text file"};
        }
        if (!is_utf8(line)) {
            return YamlProblem{{number, 0}, "bytes that are not UTF-8; save the file as UTF-8"};
        }
    }
    return std::nullopt;
}

}  // namespace

const YamlNode* find_value(const YamlNode& map, std::string_view key) {
    for (std::size_t i = 0; i < map.keys.size(); ++i) {
        if (map.keys[i].kind == YamlNode::Kind::scalar && map.keys[i].text == key) {
            return &map.values[i];
        }
    }
    return nullptr;
}

std::vector<YamlChunk> split_yaml(std::string_view text) {
    if (text.starts_with(kByteOrderMark)) {
        text.remove_prefix(kByteOrderMark.size());
    }
    Splitter splitter;
    for (int number = 1; !text.empty(); ++number) {
        splitter.line(take_line(text), number);
    }
    return splitter.finish();
}

YamlFile read_yaml(std::string_view text) {
    YamlFile file;
    file.problem = text_problem(text);
    if (file.problem) {
        return file;
    }
    for (const YamlChunk& chunk : split_yaml(text)) {
        YamlDocument document = parse_yaml(chunk);
        document.number = static_cast<int>(file.documents.size()) + 1;
        file.documents.push_back(std::move(document));
    }
    return file;
}

}  // namespace sfg
