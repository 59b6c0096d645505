#include "gateway/cli/cli.h"

#include "gateway/cli/help.h"
#include "gateway/cli/migrate.h"
#include "gateway/cli/modules.h"
#include "gateway/cli/options.h"
#include "gateway/cli/probe.h"
#include "gateway/cli/validate.h"
#include "gateway/cli/version.h"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <sstream>
#include <utility>

namespace sfg::cli {

namespace {

// What the command line says, as text; values are understood by load_config(), so that the problems
// of all sources are reported together.
struct Arguments {
    std::vector<std::vector<std::string>> by_option;  // As options().
    std::vector<std::string> config_files;
    std::vector<std::string> modules;  // validate: without a flag.
    bool strict = false;
    bool probe = false;
    bool from_configmap = false;

    [[nodiscard]] NamedValues flags() const {
        NamedValues flags;
        for (std::size_t i = 0; i < by_option.size(); ++i) {
            for (const std::string& value : by_option[i]) {
                flags.emplace_back(options()[i].flag, value);
            }
        }
        for (const std::string& path : modules) {
            flags.emplace_back("--module", path);
        }
        for (const std::string& file : config_files) {
            flags.emplace_back(kConfigFlag, file);
        }
        return flags;
    }
};

constexpr std::size_t kNameColumns = 34;
constexpr std::size_t kHelpColumns = 66;

// CLI11 indents each line but breaks none.
std::string wrapped(const std::string& text) {
    std::string lines;
    std::size_t column = 0;
    std::istringstream in(text);
    for (std::string word; in >> word;) {
        bool is_full = column > 0 && column + 1 + word.size() > kHelpColumns;
        lines += column == 0 ? "" : is_full ? "\n" : " ";
        lines += word;
        column = is_full ? word.size() : column + word.size() + (column == 0 ? 0 : 1);
    }
    return lines;
}

std::string help_of(const Option& option) {
    std::string preset = option.preset.empty() ? "" : ", default " + option.preset;
    return wrapped(option.help) + "\n" + option.variable + preset;
}

// Every value is one argument; a repeated flag appends, so that the loader can say what it thinks.
void add_text(CLI::App& command, const std::string& flag, std::vector<std::string>& values) {
    command.add_option(flag, values)->expected(1)->take_all()->allow_extra_args(false);
}

void add_options(CLI::App& command, Arguments& arguments) {
    arguments.by_option.resize(options().size());
    for (std::size_t i = 0; i < options().size(); ++i) {
        const Option& option = options()[i];
        add_text(command, option.flag, arguments.by_option[i]);
        command.get_option(option.flag)
            ->description(help_of(option))
            ->type_name(option.value_name)
            ->group(option.group);
    }
    add_text(command, std::string(kConfigFlag), arguments.config_files);
    command.get_option(std::string(kConfigFlag))
        ->description("gateway.yaml: these options in a file\nSFG_CONFIG")
        ->type_name("FILE")
        ->group("Application");
}

// CLI11 as a table of what may stand where. It parses words only.
struct CommandLine {
    CLI::App app{std::string(kAbout), "statefun-gateway"};
    Arguments arguments;
    CLI::App* serve = nullptr;
    CLI::App* validate = nullptr;
    CLI::App* migrate = nullptr;
    CLI::App* version = nullptr;

    CommandLine() {
        app.footer(std::string(kFooter));
        app.set_version_flag("--version", version_text());
        app.require_subcommand(1);
        app.get_formatter()->column_width(kNameColumns);
        serve = app.add_subcommand("serve", "Run the gateway until it is told to stop");
        serve->footer(std::string(kServeFooter));
        add_options(*serve, arguments);
        validate = app.add_subcommand("validate", "Check modules and options; start nothing");
        validate->footer(std::string(kValidateFooter));
        validate->add_option("modules", arguments.modules, "As --module")->type_name("PATH");
        validate->add_flag("--strict", arguments.strict, "Warnings are errors");
        validate->add_flag("--probe", arguments.probe, "Also call each endpoint");
        validate->add_flag(
            "--from-configmap", arguments.from_configmap, "Files are Kubernetes ConfigMaps"
        );
        add_options(*validate, arguments);
        migrate = app.add_subcommand("migrate", "Write a module of StateFun 1.0 to 3.0 anew");
        migrate->footer(std::string(kMigrateFooter));
        migrate->add_option("file", arguments.modules, "module.yaml")
            ->type_name("FILE")
            ->required();
        migrate->add_flag(
            "--from-configmap", arguments.from_configmap, "Files are Kubernetes ConfigMaps"
        );
        version = app.add_subcommand("version", "Say what this binary is made of");
    }
};

// For words that are no command and no option, but nearly.
void print_hints(std::ostream& err, const std::vector<std::string>& arguments) {
    const std::vector<std::string_view> commands = {"serve", "validate", "migrate", "version"};
    std::vector<std::string_view> flags = {
        kConfigFlag, "--strict", "--probe", "--from-configmap", "--help"
    };
    for (const Option& option : options()) {
        flags.push_back(option.flag);
    }
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        bool is_flag = arguments[i].starts_with("--");
        if (i > 0 && !is_flag) {
            continue;
        }
        std::string_view word(arguments[i]);
        word = word.substr(0, word.find('='));
        std::string_view near = nearest(word, is_flag ? flags : commands);
        if (!near.empty() && near != word) {
            err << word << ": did you mean " << near << "?\n";
        }
    }
}

// Everything that serve and validate need, or all that is wrong with it.
struct Loaded {
    Config config;
    LoadedModules modules;
    std::vector<std::string> errors;
    std::vector<std::string> warnings;
};

FileForm form_of(const Arguments& arguments) {
    return arguments.from_configmap ? FileForm::config_maps : FileForm::modules;
}

Loaded load(const Arguments& arguments, const NamedValues& environment, TlsLook look) {
    Loaded loaded;
    LoadedConfig config = load_config(arguments.flags(), environment);
    loaded.config = std::move(config.config);
    loaded.errors = std::move(config.errors);
    loaded.warnings = loaded.config.warnings;
    if (loaded.config.modules.empty()) {
        loaded.errors.emplace_back(
            "no module: name a module.yaml with --module, SFG_MODULE or module: in gateway.yaml"
        );
    }
    ReadModules read = read_modules(loaded.config, form_of(arguments), environment, look);
    std::ranges::move(read.errors, std::back_inserter(loaded.errors));
    std::ranges::move(read.warnings, std::back_inserter(loaded.warnings));
    loaded.modules = std::move(read.modules);
    return loaded;
}

void print_lines(std::ostream& err, const std::vector<std::string>& lines) {
    for (const std::string& line : lines) {
        err << line << '\n';
    }
}

int serve_now(
    const Arguments& arguments,
    const NamedValues& environment,
    Streams streams,
    const ServeFunction& serve
) {
    // What TLS files hold may be mended while the gateway runs: it logs what is wrong.
    Loaded loaded = load(arguments, environment, TlsLook::names);
    if (loaded.config.data.empty()) {
        loaded.errors.emplace_back(
            "no data directory: name one with --data, SFG_DATA or data: in gateway.yaml"
        );
    }
    if (!loaded.errors.empty()) {
        print_lines(streams.err, loaded.errors);
        return value_of(ExitCode::bad_input);
    }
    auto again = [config = loaded.config, environment] {
        return read_modules(config, FileForm::modules, environment);
    };
    return serve(loaded.config, std::move(loaded.modules), std::move(again));
}

int validate_now(const Arguments& arguments, const NamedValues& environment, Streams streams) {
    Loaded loaded = load(arguments, environment, TlsLook::contents);
    print_lines(streams.err, loaded.errors);
    print_lines(streams.err, loaded.warnings);
    if (!loaded.errors.empty() || (arguments.strict && !loaded.warnings.empty())) {
        streams.err << loaded.errors.size() << " errors, " << loaded.warnings.size()
                    << " warnings\n";
        return value_of(ExitCode::bad_input);
    }
    print_bindings(streams.out, loaded.modules.spec);
    if (!arguments.probe) {
        return value_of(ExitCode::ok);
    }
    std::vector<ProbeResult> results = probe_endpoints(loaded.modules.spec);
    print_probes(streams.out, results);
    bool is_any_down = std::any_of(results.begin(), results.end(), [](const ProbeResult& result) {
        return result.outcome == Probed::unreachable;
    });
    return value_of(is_any_down ? ExitCode::endpoint_unreachable : ExitCode::ok);
}

}  // namespace

int run_cli(
    const std::vector<std::string>& arguments,
    const NamedValues& environment,
    Streams streams,
    const ServeFunction& serve
) {
    CommandLine line;
    if (arguments.empty()) {
        streams.err << line.app.help();
        return value_of(ExitCode::bad_input);
    }
    try {
        // CLI11 takes them last first.
        line.app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    } catch (const CLI::ParseError& error) {
        if (line.app.exit(error, streams.out, streams.err) == 0) {
            return value_of(ExitCode::ok);
        }
        print_hints(streams.err, arguments);
        return value_of(ExitCode::bad_input);
    }
    if (line.version->parsed()) {
        streams.out << version_text();
        return value_of(ExitCode::ok);
    }
    if (line.validate->parsed()) {
        return validate_now(line.arguments, environment, streams);
    }
    if (line.migrate->parsed()) {
        const Arguments& given = line.arguments;
        return migrate_files(
            read_module_texts(given.modules, form_of(given)), streams.out, streams.err
        );
    }
    return serve_now(line.arguments, environment, streams, serve);
}

int run_cli(int argc, char** argv, const ServeFunction& serve) {
    std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    NamedValues environment;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        std::string_view variable(*entry);
        std::size_t equals = std::min(variable.find('='), variable.size());
        std::string_view value = variable.substr(std::min(equals + 1, variable.size()));
        environment.emplace_back(variable.substr(0, equals), value);
    }
    return run_cli(arguments, environment, {std::cout, std::cerr}, serve);
}

}  // namespace sfg::cli
