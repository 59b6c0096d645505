// What was found in a module file, and where.
//
// Threads:  values.
#pragma once

#include <cstdint>
#include <string>

namespace sfg {

// A place in a file; line and column count from 1, 0: unknown.
struct SourceLocation {
    std::string file;
    int document = 0;
    int line = 0;
    int column = 0;

    bool operator==(const SourceLocation&) const = default;
};

enum class Severity : std::uint8_t { warning, error };

struct Diagnostic {
    Severity severity = Severity::error;
    SourceLocation where;
    std::string key_path;    // "spec.transport.call"; empty for the document itself.
    std::string seen;        // The value that was found, as written, shortened.
    std::string message;     // What is wrong and what is accepted.
    std::string suggestion;  // A near known key or value for "did you mean"; may be empty.

    // One line: "module.yaml:12:5: error: spec.transport.call (document 2): ...; did you mean ...?"
    [[nodiscard]] std::string text() const;
};

}  // namespace sfg
