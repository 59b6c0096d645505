// The table of options: one row per option, from which come its flag, its variable, its key in
// gateway.yaml, its line of help and its parser. Nothing else knows the list.
//
// Threads:    constant after start.
// Invariants: names differ; each row's default text parses to Config's default (a test checks).
#pragma once

#include "gateway/cli/values.h"
#include "gateway/config.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sfg::cli {

struct Option {
    std::string key;         // gateway.yaml: "memoryBudget". Empty: not for the file.
    std::string flag;        // "--memory-budget".
    std::string variable;    // "SFG_MEMORY_BUDGET".
    std::string value_name;  // "SIZE".
    std::string group;       // Heading in the help.
    std::string help;        // What it is, with its range.
    std::string preset;      // The default as an operator would write it; empty: none.
    bool list = false;       // May be given more than once.
    // Sets it from text, or says what is wrong. A list is called once per value.
    std::function<Parsed<void>(Config&, std::string_view)> set;
};

// In the order of the help.
[[nodiscard]] const std::vector<Option>& options();

// The option that names the file itself; by flag or variable only.
inline constexpr std::string_view kConfigFlag = "--config";
inline constexpr std::string_view kConfigVariable = "SFG_CONFIG";

}  // namespace sfg::cli
