// The keys of one YAML map, each asked for by its name; what nobody asked for is reported.
//
// Threads:  one reader, one thread.
// Lifetime: borrows the context and the map; both outlive it.
// Source:   Jackson's rules. Where StateFun binds a spec to an object (endpoints.v2, playground)
//           text and quoted digits are converted; where it picks values by hand (endpoints.v1 and
//           the layout 3.0) a wrong type is an error. Of a duplicate key the last value counts.
#pragma once

#include "protocol/module_report.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sfg::module_reader {

// What every reader of a part needs.
struct Context {
    Report& report;
    const LoadOptions& options;
};

// A value that may be absent, or present and wrong (which has been reported then).
template <typename T>
struct Setting {
    bool present = false;
    std::optional<T> value;

    [[nodiscard]] bool bad() const { return present && !value; }

    [[nodiscard]] T value_or(T otherwise) const { return value.value_or(otherwise); }
};

enum class Conversion : std::uint8_t { jackson, none };

// A key that belongs to another place, and the sentence that says where.
struct Misplaced {
    std::string_view key;
    std::string advice;
};

struct UnknownKeys {
    std::vector<Misplaced> misplaced = {};
    // A key near one of these is an error: what is meant for security is not dropped with a
    // warning.
    std::vector<std::string_view> never_guessed = {};
};

class Fields {
public:
    // Requires: `map` is a map.
    Fields(Context context, const YamlNode& map, Place place, Conversion conversion);

    [[nodiscard]] const Place& place() const { return place_; }

    [[nodiscard]] Context context() const { return context_; }

    [[nodiscard]] Conversion conversion() const { return conversion_; }

    // The value of a key, as it is, or null; the key counts as known from here on.
    const YamlNode* take(std::string_view key);

    // Where the key stands if it is there, else where the map does.
    [[nodiscard]] Place place_of(std::string_view key) const;

    Setting<std::string> text(std::string_view key);
    // An int of Java.
    Setting<std::int32_t> integer(std::string_view key);
    Setting<std::chrono::milliseconds> duration(std::string_view key);
    Setting<bool> boolean(std::string_view key);

    // A map or list below the key. Null is reported as a warning and counts as absent.
    const YamlNode* map(std::string_view key);
    const YamlNode* list(std::string_view key);

    // As above; absence is an error that ends with `accepted`.
    Setting<std::string> required_text(std::string_view key, std::string_view accepted);
    const YamlNode* required_map(std::string_view key, std::string_view accepted);

    // Reports the keys that were not asked for.
    void finish(const UnknownKeys& unknown = {});

private:
    const YamlNode* find(std::string_view key) const;
    const YamlNode* collection(std::string_view key, YamlNode::Kind kind);
    void missing(std::string_view key, std::string_view accepted);
    // Reports and returns false unless the value is a scalar.
    bool is_scalar(std::string_view key, const YamlNode& value, std::string_view accepted);
    void unknown_key(const YamlNode& key, const UnknownKeys& unknown);

    Context context_;
    const YamlNode& map_;
    Place place_;
    Conversion conversion_;
    std::vector<std::string_view> known_;
};

// Whether check_tree() has refused the node already: an alias, or a placeholder without quotes.
[[nodiscard]] bool is_reported(const YamlNode& node);

// Whether YAML reads the node as a whole number, or as any number or truth value.
[[nodiscard]] bool is_integer(const YamlNode& node);
[[nodiscard]] bool is_number_or_bool(const YamlNode& node);

// "a, b, c".
[[nodiscard]] std::string joined(const std::vector<std::string_view>& words);

}  // namespace sfg::module_reader
