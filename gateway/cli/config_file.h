// gateway.yaml as a flat list of settings, with the place of each.
//
// Threads:  pure functions.
// It knows YAML, not the options: which keys exist and what values mean is config.cc's business.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sfg::cli {

struct FileSetting {
    std::string key;
    std::vector<std::string> values;  // One for a scalar.
    bool is_list = false;
    std::string where;  // "gateway.yaml:3:5", of the value.
    std::string key_where;
};

struct ConfigFile {
    std::vector<FileSetting> settings;
    std::vector<std::string> errors;  // Each with its place.
};

// One document, a map of names to scalars or lists of scalars. An empty file is an empty map.
[[nodiscard]] ConfigFile parse_config_file(std::string_view file, std::string_view text);

}  // namespace sfg::cli
