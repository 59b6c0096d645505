// Where options come from, and what is said about bad ones.
#include "gateway/config.h"

#include "gateway/cli/options.h"
#include "storage/ballast.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

namespace {

using sfg::Config;
using sfg::load_config;
using sfg::LoadedConfig;
using sfg::NamedValues;

LoadedConfig from_file(std::string_view text) {
    return load_config({}, {}, "gateway.yaml", text);
}

std::string only_error(const LoadedConfig& loaded) {
    REQUIRE(loaded.errors.size() == 1);
    return loaded.errors.front();
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("without any source every option has its default", "[config]") {
    LoadedConfig loaded = load_config({}, {});
    CHECK(loaded.ok());
    CHECK(loaded.config.api.text() == "127.0.0.1:8070");
    CHECK(loaded.config.admin.text() == "127.0.0.1:8071");
    CHECK(loaded.config.memory_budget_bytes == sfg::kMemoryBudgetBytes);
    CHECK(loaded.config.modules.empty());
}

TEST_CASE("each option's printed default is the default in force", "[config]") {
    Config config;
    for (const sfg::cli::Option& option : sfg::cli::options()) {
        INFO(option.key);
        CHECK((option.preset.empty() || option.set(config, option.preset).has_value()));
    }
    CHECK((config == Config{}));
}

TEST_CASE("the command line beats the environment, which beats the file", "[config]") {
    std::string_view file = "memoryBudget: 30MiB\nlogLevel: warn\nhelperThreads: 3\n";
    NamedValues environment = {{"SFG_MEMORY_BUDGET", "40MiB"}, {"SFG_LOG_LEVEL", "debug"}};
    NamedValues flags = {{"--memory-budget", "50MiB"}};
    LoadedConfig loaded = load_config(flags, environment, "gateway.yaml", file);
    CHECK(loaded.ok());
    CHECK(loaded.config.memory_budget_bytes == 50 * sfg::kMiB);
    CHECK(loaded.config.log_level == sfg::LogLevel::debug);
    CHECK(loaded.config.helper_threads == 3);
}

TEST_CASE("a list from a stronger source replaces the weaker one", "[config]") {
    std::string_view file = "module: [a.yaml, b.yaml]\n";
    CHECK(from_file(file).config.modules == std::vector<std::string>{"a.yaml", "b.yaml"});
    NamedValues environment = {{"SFG_MODULE", "c.yaml:d.yaml"}};
    CHECK(
        load_config({}, environment, "gateway.yaml", file).config.modules ==
        std::vector<std::string>{"c.yaml", "d.yaml"}
    );
    NamedValues flags = {{"--module", "e.yaml"}, {"--module", "f.yaml"}};
    CHECK(
        load_config(flags, environment, "gateway.yaml", file).config.modules ==
        std::vector<std::string>{"e.yaml", "f.yaml"}
    );
}

TEST_CASE("an unknown key of the file is refused with its place and the near one", "[config]") {
    CHECK(
        only_error(from_file("api: 127.0.0.1:1\nmemoryBudgte: 1MiB\n")) ==
        "gateway.yaml:2:1: there is no option 'memoryBudgte'; did you mean memoryBudget?"
    );
    CHECK(contains(only_error(from_file("mailbox_messages_max: 1\n")), "mean mailboxMessagesMax?"));
    CHECK(contains(only_error(from_file("log-level: info\n")), "did you mean logLevel?"));
}

TEST_CASE("a bad value names its source, itself and what is accepted", "[config]") {
    CHECK(
        only_error(load_config({{"--api", "8070"}}, {})) ==
        "--api: '8070' is not an address; write host:port, for example 127.0.0.1:8070 or "
        "[::1]:8070"
    );
    CHECK(
        only_error(load_config({}, {{"SFG_BODY_BYTES_MAX", "many"}})) ==
        "SFG_BODY_BYTES_MAX: 'many' is not a size; write bytes, or a number with KiB, MiB, GiB or "
        "TiB"
    );
    CHECK(
        only_error(from_file("\n  logLevel: inof\n")) ==
        "gateway.yaml:2:13: logLevel: 'inof' is not one of debug|info|warn|error; did you mean "
        "'info'?"
    );
    CHECK(contains(only_error(from_file("drainTimeout: soon\n")), "is not a duration"));
    CHECK(contains(only_error(from_file("helperThreads: 0\n")), "is out of range: 1 to 64"));
    CHECK(contains(only_error(from_file("drainTimeout: 2h\n")), "is out of range"));
}

TEST_CASE("all problems of all sources are reported at once", "[config]") {
    LoadedConfig loaded = load_config(
        {{"--sync-interval", "x"}, {"--data", "a"}, {"--data", "b"}},
        {{"SFG_ADMIN", "nowhere"}},
        "gateway.yaml",
        "api: 1\nnothing: 2\nhelperThreads: [1, 2]\napi: 2\nlogFormat:\nidleTimeout: {a: 1}\n"
    );
    std::string all;
    for (const std::string& error : loaded.errors) {
        all += error + "\n";
    }
    INFO(all);
    CHECK(loaded.errors.size() == 9);
    for (std::string_view part :
         {"gateway.yaml:1:6: api: '1' is not an address",
          "gateway.yaml:2:1: there is no option 'nothing'",
          "gateway.yaml:3:16: helperThreads takes one value, not a list",
          "gateway.yaml:4:1: api stands here a second time; the first is gateway.yaml:1:1",
          "gateway.yaml:5:1: logFormat has no value",
          "gateway.yaml:6:14: idleTimeout is a map",
          "SFG_ADMIN: 'nowhere' is not an address",
          "--data: is given 2 times",
          "--sync-interval: 'x' is not a duration"}) {
        INFO(part);
        CHECK(contains(all, part));
    }
}

TEST_CASE("a bad value is reported also where a stronger source hides it", "[config]") {
    LoadedConfig loaded =
        load_config({{"--api", "127.0.0.1:1"}}, {{"SFG_API", "oops"}}, "gateway.yaml", "");
    CHECK(contains(only_error(loaded), "SFG_API: 'oops'"));
    CHECK(loaded.config.api.port == 1);
}

TEST_CASE("a file that is not a map of scalars is refused with its place", "[config]") {
    CHECK(contains(only_error(from_file("- a\n- b\n")), "gateway.yaml:1:1: not a map"));
    CHECK(contains(only_error(from_file("a: [1\n")), "not valid YAML"));
    CHECK(contains(only_error(from_file("api: 127.0.0.1:1\n---\nadmin: x\n")), "second document"));
    CHECK(contains(only_error(from_file("module: [{a: b}]\n")), "not plain text"));
    CHECK(from_file("").ok());
    CHECK(from_file("# nothing\n").ok());
    CHECK_FALSE(from_file(std::string(5000, '[')).ok());
}

TEST_CASE("a file that cannot be read is an error that names it", "[config]") {
    LoadedConfig loaded = load_config({{"--config", "/nonexistent/gateway.yaml"}}, {});
    CHECK(contains(only_error(loaded), "/nonexistent/gateway.yaml: cannot be read: No such file"));
    CHECK(contains(only_error(load_config({}, {{"SFG_CONFIG", "/"}})), "/: cannot be read"));
}

TEST_CASE("an unknown SFG_ variable is a warning, a foreign or empty one is nothing", "[config]") {
    NamedValues environment = {{"PATH", "/bin"}, {"SFG_APPI", "x"}, {"SFG_API", ""}};
    LoadedConfig loaded = load_config({}, environment);
    CHECK(loaded.ok());
    REQUIRE(loaded.config.warnings.size() == 1);
    CHECK(
        loaded.config.warnings.front() ==
        "SFG_APPI: no option has this variable; did you mean SFG_API?"
    );
}

TEST_CASE(
    "api and admin on one address are refused, unless the port is free to choose",
    "[config]"
) {
    NamedValues same = {{"--api", "127.0.0.1:8071"}};
    CHECK(contains(only_error(load_config(same, {})), "both 127.0.0.1:8071"));
    CHECK(load_config({{"--api", "127.0.0.1:0"}, {"--admin", "127.0.0.1:0"}}, {}).ok());
}

TEST_CASE("control characters of a value do not reach the terminal", "[config]") {
    std::string error = only_error(load_config({{"--api", "a\x1b[31m\nb"}}, {}));
    CHECK(std::none_of(error.begin(), error.end(), [](char c) { return c == '\n' || c == '\x1b'; })
    );
    CHECK(only_error(load_config({{"--api", std::string(10'000, 'x')}}, {})).size() < 300);
}

TEST_CASE("every option has three spellings of one name, and none twice", "[config]") {
    std::set<std::string> names;
    for (const sfg::cli::Option& option : sfg::cli::options()) {
        CHECK(names.insert(option.key).second);
        CHECK(names.insert(option.flag).second);
        CHECK(names.insert(option.variable).second);
        CHECK_FALSE(option.help.empty());
    }
    CHECK(names.contains("mailboxMessagesMax"));
    CHECK(names.contains("--mailbox-messages-max"));
    CHECK(names.contains("SFG_MAILBOX_MESSAGES_MAX"));
}

TEST_CASE("the concurrency of endpoints is adaptive or a number of calls", "[config]") {
    CHECK(from_file("concurrency: adaptive\n").config.concurrency.is_adaptive());
    CHECK(from_file("concurrency: 12\n").config.concurrency.fixed == 12);
    for (const char* text : {"0", "193", "-1", "many", "1.5"}) {
        std::string error = only_error(from_file("concurrency: " + std::string(text) + "\n"));
        CHECK(contains(error, "adaptive, or 1 to 192"));
    }
}

TEST_CASE("HTTP is on the engine's thread, on some of its own, or as the cores are", "[config]") {
    CHECK(from_file("logLevel: warn\n").config.io_threads == 0U);
    CHECK(from_file("ioThreads: 3\n").config.io_threads == 3U);
    CHECK_FALSE(from_file("ioThreads: auto\n").config.io_threads.has_value());
    CHECK(contains(only_error(from_file("ioThreads: 16\n")), "is out of range: 0 to 15"));
    CHECK(contains(only_error(from_file("ioThreads: many\n")), "or auto"));
}

TEST_CASE("the disk reserve is a size or the store's own default", "[config]") {
    CHECK(from_file("diskReserve: 3MiB\n").config.disk_reserve_bytes == 3 * sfg::kMiB);
    CHECK_FALSE(from_file("diskReserve: auto\n").config.disk_reserve_bytes.has_value());
    CHECK(contains(only_error(from_file("diskReserve: car\n")), "or auto"));
    // What the help promises is what the store does.
    CHECK(sfg::storage::kDiskReserveBytes == 256 * sfg::kMiB);
    for (const sfg::cli::Option& option : sfg::cli::options()) {
        CHECK((option.key != "diskReserve" || contains(option.help, "auto: 256 MiB.")));
    }
}
