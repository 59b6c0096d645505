// Where problems of module files are collected.
//
// Threads:    one reader, one thread.
// Invariants: at most kDiagnosticsMax reports; one of them says how many were left out, and is an
//             error if one of those was.
#pragma once

#include "protocol/module_spec.h"
#include "protocol/yaml_node.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sfg::module_reader {

// A place within the file that is being read.
struct Place {
    int document = 0;
    YamlMark mark;
    std::string key_path;

    // The same document, one key or one list item further in.
    [[nodiscard]] Place key(std::string_view name, YamlMark at) const;
    [[nodiscard]] Place item(std::size_t index, YamlMark at) const;
};

// What was found, and what was probably meant. Both may be empty.
struct Seen {
    std::string value;
    std::string suggestion;
};

class Report {
public:
    // A file that has been begun.
    struct File {
        std::string name;
        std::size_t index = 0;
    };

    // The file that places belong to from now on.
    void begin_file(std::string name);

    [[nodiscard]] const File& file() const { return file_; }

    // Back to a file that was begun earlier.
    void resume(File file) { file_ = std::move(file); }

    void error(const Place& place, std::string message, Seen seen = {});
    void warning(const Place& place, std::string message, Seen seen = {});

    [[nodiscard]] SourceLocation location(const Place& place) const;

    [[nodiscard]] bool has_errors() const { return errors_ > 0; }

    // Sorted by file, line and column.
    [[nodiscard]] std::vector<Diagnostic> finish();

private:
    struct Entry {
        std::size_t file_index;
        std::size_t order;  // In which it was reported.
        Diagnostic diagnostic;
    };

    void add(Severity severity, const Place& place, std::string message, Seen seen);

    File file_;
    std::size_t files_ = 0;
    std::size_t errors_ = 0;
    std::size_t left_out_ = 0;
    std::size_t errors_left_out_ = 0;
    std::vector<Entry> entries_;
};

// "module.yaml:3", for messages that name a second place.
[[nodiscard]] std::string place_text(const SourceLocation& where);

// The text, at most some 60 bytes of it, without control characters.
[[nodiscard]] std::string shortened(std::string_view text);

// The node as it was written, shortened; "a map", "a list" or "nothing" if it is no scalar.
[[nodiscard]] std::string seen_text(const YamlNode& node);

}  // namespace sfg::module_reader
