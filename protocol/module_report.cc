#include "protocol/module_report.h"

#include "protocol/yaml_hints.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace sfg::module_reader {

Place Place::key(std::string_view name, YamlMark at) const {
    std::string path = key_path.empty() ? shortened(name) : key_path + "." + shortened(name);
    return {document, at, std::move(path)};
}

Place Place::item(std::size_t index, YamlMark at) const {
    return {document, at, key_path + "[" + std::to_string(index) + "]"};
}

void Report::begin_file(std::string name) {
    file_ = {std::move(name), ++files_};
}

void Report::error(const Place& place, std::string message, Seen seen) {
    ++errors_;
    add(Severity::error, place, std::move(message), std::move(seen));
}

void Report::warning(const Place& place, std::string message, Seen seen) {
    add(Severity::warning, place, std::move(message), std::move(seen));
}

void Report::add(Severity severity, const Place& place, std::string message, Seen seen) {
    if (entries_.size() >= kDiagnosticsMax - 1) {
        ++left_out_;
        errors_left_out_ += severity == Severity::error ? 1 : 0;
        return;
    }
    Diagnostic diagnostic;
    diagnostic.severity = severity;
    diagnostic.where = location(place);
    diagnostic.key_path = place.key_path;
    diagnostic.seen = std::move(seen.value);
    diagnostic.message = std::move(message);
    diagnostic.suggestion = std::move(seen.suggestion);
    entries_.push_back({file_.index, entries_.size(), std::move(diagnostic)});
}

SourceLocation Report::location(const Place& place) const {
    return {file_.name, place.document, place.mark.line, place.mark.column};
}

std::vector<Diagnostic> Report::finish() {
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
        auto order = [](const Entry& each) {
            const SourceLocation& where = each.diagnostic.where;
            return std::tuple(each.file_index, where.line, where.column, each.order);
        };
        return order(a) < order(b);
    });
    std::vector<Diagnostic> diagnostics;
    diagnostics.reserve(entries_.size() + 1);
    for (Entry& entry : entries_) {
        diagnostics.push_back(std::move(entry.diagnostic));
    }
    if (left_out_ > 0) {
        Diagnostic rest;
        rest.severity = errors_left_out_ > 0 ? Severity::error : Severity::warning;
        rest.message = std::to_string(left_out_) + " more problems (" +
                       std::to_string(errors_left_out_) + " errors) are not shown";
        diagnostics.push_back(std::move(rest));
    }
    return diagnostics;
}

std::string place_text(const SourceLocation& where) {
    return where.file + ":" + std::to_string(where.line);
}

std::string shortened(std::string_view text) {
    constexpr std::size_t kShownBytes = 60;
    std::string out;
    for (char c : text) {
        // A continuation byte belongs to the character that has begun.
        const bool continues = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
        if (out.size() >= kShownBytes && !continues) {
            return out + "...";
        }
        const bool control = static_cast<unsigned char>(c) < ' ' || c == 0x7F;
        out += control ? (c == '\n' ? std::string("\\n") : std::string("?")) : std::string(1, c);
    }
    return out;
}

std::string seen_text(const YamlNode& node) {
    switch (node.kind) {
        case YamlNode::Kind::null:
            return "nothing";
        case YamlNode::Kind::alias:
            return "an alias";
        case YamlNode::Kind::sequence:
            return "a list";
        case YamlNode::Kind::map:
            return is_placeholder(node) ? "a map " + placeholder_text(node) : "a map";
        case YamlNode::Kind::scalar:
            break;
    }
    return node.plain ? shortened(node.text) : "\"" + shortened(node.text) + "\"";
}

}  // namespace sfg::module_reader
