#include "gateway/config.h"

#include "gateway/cli/config_file.h"
#include "gateway/cli/files.h"
#include "gateway/cli/options.h"
#include "protocol/module_spec.h"

#include <algorithm>
#include <cctype>
#include <map>

namespace sfg {

namespace {

using cli::Option;
using cli::options;
using cli::Parsed;

// Values come from anywhere; what a terminal would act on, or a page of text, is not repeated.
std::string quoted(std::string_view value) {
    constexpr std::size_t kShownBytesMax = 80;
    std::string shown;
    for (char c : value.substr(0, kShownBytesMax)) {
        bool is_control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
        shown.push_back(is_control ? '?' : c);
    }
    return "'" + shown + (value.size() > kShownBytesMax ? "...'" : "'");
}

// memory-budget, memory_budget and MemoryBudget are what people write for memoryBudget.
std::string folded(std::string_view name) {
    std::string letters;
    for (char c : name) {
        if (c != '-' && c != '_') {
            letters.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
        }
    }
    return letters;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known) {
    std::string_view near;
    for (std::string_view candidate : known) {
        if (folded(candidate) == folded(word)) {
            near = candidate;
        }
    }
    near = near.empty() ? nearest(word, known) : near;
    return near.empty() ? "" : "; did you mean " + std::string(near) + "?";
}

const Option* find_option(std::string Option::* name, std::string_view text) {
    for (const Option& option : options()) {
        if (option.*name == text) {
            return &option;
        }
    }
    return nullptr;
}

std::vector<std::string_view> names_of(std::string Option::* name) {
    std::vector<std::string_view> names;
    for (const Option& option : options()) {
        names.push_back(option.*name);
    }
    return names;
}

// Applies sources from the weakest to the strongest, so that the last one stands. A bad value is
// reported also where a stronger source would hide it.
class Loader {
public:
    void apply_file(std::string_view file, std::string_view text) {
        cli::ConfigFile parsed = cli::parse_config_file(file, text);
        for (std::string& error : parsed.errors) {
            loaded_.errors.push_back(std::move(error));
        }
        for (const cli::FileSetting& setting : parsed.settings) {
            apply_setting(setting);
        }
    }

    void apply_environment(const NamedValues& environment) {
        std::vector<std::string_view> known = names_of(&Option::variable);
        known.push_back(cli::kConfigVariable);
        for (const auto& [name, value] : environment) {
            // An empty variable counts as not set: that is how compose files write "no value".
            if (!name.starts_with("SFG_") || name == cli::kConfigVariable || value.empty()) {
                continue;
            }
            const Option* option = find_option(&Option::variable, name);
            if (option == nullptr) {
                loaded_.config.warnings.push_back(
                    name + ": no option has this variable" + did_you_mean(name, known)
                );
                continue;
            }
            set(*option, name, option->list ? split_paths(value) : std::vector{value});
        }
    }

    void apply_flags(const NamedValues& flags) {
        std::map<std::string, std::vector<std::string>> by_flag;
        for (const auto& [flag, value] : flags) {
            by_flag[flag].push_back(value);
        }
        for (const Option& option : options()) {
            auto given = by_flag.find(option.flag);
            if (given == by_flag.end()) {
                continue;
            }
            if (given->second.size() > 1 && !option.list) {
                fail(option.flag + ": is given " + std::to_string(given->second.size()) + " times");
                continue;
            }
            set(option, option.flag, given->second);
        }
    }

    void fail(std::string error) { loaded_.errors.push_back(std::move(error)); }

    LoadedConfig finish() {
        const HostPort& api = loaded_.config.api;
        if (loaded_.ok() && api.port != 0 && api == loaded_.config.admin) {
            fail("api and admin are both " + api.text() + "; give them different ports");
        }
        return std::move(loaded_);
    }

private:
    static std::vector<std::string> split_paths(const std::string& value) {
        std::vector<std::string> paths;
        std::size_t from = 0;
        while (from <= value.size()) {
            std::size_t to = std::min(value.find(':', from), value.size());
            paths.push_back(value.substr(from, to - from));
            from = to + 1;
        }
        return paths;
    }

    void apply_setting(const cli::FileSetting& setting) {
        const Option* option = find_option(&Option::key, setting.key);
        if (option == nullptr) {
            fail(
                setting.key_where + ": there is no option " + quoted(setting.key) +
                did_you_mean(setting.key, names_of(&Option::key))
            );
            return;
        }
        if (setting.is_list && !option->list) {
            fail(setting.where + ": " + setting.key + " takes one value, not a list");
            return;
        }
        set(*option, setting.where + ": " + setting.key, setting.values);
    }

    void
    set(const Option& option, const std::string& place, const std::vector<std::string>& values) {
        if (option.list) {
            // The strongest source that names any replaces the list of the weaker ones.
            loaded_.config.modules.clear();
        }
        for (const std::string& value : values) {
            if (Parsed<void> done = option.set(loaded_.config, value); !done) {
                fail(place + ": " + quoted(value) + " " + done.error().reason);
            }
        }
    }

    LoadedConfig loaded_;
};

LoadedConfig
apply_over_file(Loader loader, const NamedValues& flags, const NamedValues& environment) {
    loader.apply_environment(environment);
    loader.apply_flags(flags);
    return loader.finish();
}

// The last use of a name; empty where it is not given.
std::string last_value(const NamedValues& values, std::string_view name) {
    std::string found;
    for (const auto& [candidate, value] : values) {
        if (candidate == name) {
            found = value;
        }
    }
    return found;
}

}  // namespace

std::string HostPort::text() const {
    bool is_ipv6 = host.find(':') != std::string::npos;
    return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

LoadedConfig load_config(const NamedValues& flags, const NamedValues& environment) {
    std::string file = last_value(flags, cli::kConfigFlag);
    file = file.empty() ? last_value(environment, cli::kConfigVariable) : file;
    if (file.empty()) {
        return load_config(flags, environment, "", "");
    }
    auto text = cli::read_text_file(file, kConfigFileBytesMax);
    if (text) {
        return load_config(flags, environment, file, *text);
    }
    Loader loader;
    loader.fail(text.error().reason);
    return apply_over_file(std::move(loader), flags, environment);
}

LoadedConfig load_config(
    const NamedValues& flags,
    const NamedValues& environment,
    std::string_view file,
    std::string_view text
) {
    Loader loader;
    loader.apply_file(file, text);
    return apply_over_file(std::move(loader), flags, environment);
}

}  // namespace sfg
