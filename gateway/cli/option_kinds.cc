#include "gateway/cli/option_kinds.h"

#include "protocol/duration.h"

#include <cctype>
#include <optional>

namespace sfg::cli {

namespace {

// memoryBudget -> --memory-budget.
std::string flag_of(std::string_view key) {
    std::string flag = "--";
    for (char c : key) {
        if (c >= 'A' && c <= 'Z') {
            flag.push_back('-');
        }
        flag.push_back(static_cast<char>(std::tolower(c)));
    }
    return flag;
}

// memoryBudget -> SFG_MEMORY_BUDGET.
std::string variable_of(std::string_view key) {
    std::string variable = "SFG_";
    for (char c : key) {
        if (c >= 'A' && c <= 'Z') {
            variable.push_back('_');
        }
        variable.push_back(static_cast<char>(std::toupper(c)));
    }
    return variable;
}

}  // namespace

Option row(const Names& names, std::string_view value_name, std::string preset) {
    Option option;
    option.key = names.key;
    option.flag = flag_of(names.key);
    option.variable = variable_of(names.key);
    option.value_name = value_name;
    option.group = names.group;
    option.help = names.help;
    option.preset = std::move(preset);
    return option;
}

Option address(const Names& names, HostPort Config::* member) {
    Option option = row(names, "HOST:PORT", (Config{}.*member).text());
    option.set = [member](Config& config, std::string_view text) -> Parsed<void> {
        Parsed<HostPort> parsed = parse_host_port(text);
        if (!parsed) {
            return parsed.error();
        }
        config.*member = std::move(*parsed);
        return {};
    };
    return option;
}

Option duration(const Names& names, Milliseconds Config::* member, Bounds<Milliseconds> bounds) {
    std::string range = duration_text(bounds.least) + " to " + duration_text(bounds.most);
    Option option = row(names, "DURATION", duration_text(Config{}.*member));
    option.help += " (" + range + ")";
    option.set = [member, bounds, range](Config& config, std::string_view text) -> Parsed<void> {
        std::optional<Milliseconds> parsed = parse_duration(text);
        if (!parsed) {
            return BadValue{"is not a duration; write " + std::string(kDurationAccepted)};
        }
        if (*parsed < bounds.least || *parsed > bounds.most) {
            return BadValue{"is out of range: " + range};
        }
        config.*member = *parsed;
        return {};
    };
    return option;
}

}  // namespace sfg::cli
