// YAML as a tree that knows where each part stood.
//
// read_yaml() splits a file into its documents and parses each for itself, so that a slip in one
// does not hide the problems of the others. Nothing is resolved: an alias is a node of its own, a
// duplicate key is there twice. Whoever reads the tree decides what these mean.
//
// Threads:  pure functions and values.
// Limits:   kYamlBytesMax per file, kYamlNodesMax and kYamlDepthMax per document. Past one of them
//           the document has a problem and no tree. Aliases are not expanded, so they cost nothing.
// Source:   yaml-cpp parses; its exceptions end here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sfg {

inline constexpr std::size_t kYamlBytesMax = 1024 * 1024;
inline constexpr std::size_t kYamlNodesMax = 100'000;
inline constexpr std::size_t kYamlDepthMax = 32;

// Line and column (in bytes) of a file, from 1; 0: unknown.
struct YamlMark {
    int line = 0;
    int column = 0;
};

struct YamlNode {
    enum class Kind : std::uint8_t { null, scalar, sequence, map, alias };

    Kind kind = Kind::null;
    bool plain = false;  // A scalar without quotes, so that it may be a number or a truth value.
    bool bare = false;   // A null without even the colon of its key, as in {NAME}.
    bool flow = false;   // A map or sequence written with braces or brackets.
    YamlMark mark;
    std::string text;              // Of a scalar.
    std::string tag;               // A tag that is not one of YAML's own, such as "!vault".
    std::vector<YamlNode> keys;    // Of a map; keys[i] belongs to values[i].
    std::vector<YamlNode> values;  // Of a map or a sequence.
};

// The value of the key, the first if it is there twice; null if it is not, or the node is no map.
[[nodiscard]] const YamlNode* find_value(const YamlNode& map, std::string_view key);

struct YamlProblem {
    YamlMark mark;
    std::string message;
};

struct YamlDocument {
    int number = 0;                      // From 1.
    YamlMark mark;                       // Where it begins.
    std::optional<YamlNode> root;        // Nothing: the document is empty or has a problem.
    std::optional<YamlProblem> problem;  // Why it can't be read.
};

struct YamlFile {
    std::vector<YamlDocument> documents;
    std::optional<YamlProblem> problem;  // Why no document was looked at.
};

[[nodiscard]] YamlFile read_yaml(std::string_view text);

// The text of one document, with the number of the file's line on which it begins.
struct YamlChunk {
    std::string text;
    int first_line = 1;
};

// Cuts a file at its document markers. Line breaks become '\n'; a line of blanks becomes empty.
[[nodiscard]] std::vector<YamlChunk> split_yaml(std::string_view text);

// Parses one chunk. `document.number` is left to the caller.
[[nodiscard]] YamlDocument parse_yaml(const YamlChunk& chunk);

}  // namespace sfg
