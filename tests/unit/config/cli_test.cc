// The command line as a user meets it.
#include "gateway/cli/options.h"
#include "tests/unit/config/cli_run.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>
#include <string>

using sfg::test::contains;
using sfg::test::kModule;
using sfg::test::Run;
using sfg::test::TempDirectory;
using sfg::test::write_file;

TEST_CASE("serve runs with the options and modules it was given", "[cli]") {
    TempDirectory directory;
    std::string module = write_file(directory, "module.yaml", kModule);
    Run run({"serve", "--module", module, "--data", "d", "--api", "[::1]:0", "--drain-timeout=3s"});
    INFO(run.err);
    CHECK(run.code == 42);
    REQUIRE(run.is_served);
    CHECK(run.config.api.host == "::1");
    CHECK(run.config.data == "d");
    CHECK(run.config.drain_timeout == std::chrono::seconds(3));
    REQUIRE(run.modules.spec.endpoints.size() == 1);
    CHECK(run.modules.spec.endpoints.front().batch_messages_max == 7);
    CHECK(run.err.empty());
}

TEST_CASE("serve takes everything from the environment and a file, too", "[cli]") {
    TempDirectory directory;
    write_file(directory, "module.yaml", kModule);
    std::string file = write_file(directory, "gateway.yaml", "data: from-file\n");
    Run run({"serve"}, {{"SFG_MODULE", directory.path() + "/module.yaml"}, {"SFG_CONFIG", file}});
    INFO(run.err);
    REQUIRE(run.is_served);
    CHECK(run.config.data == "from-file");
}

TEST_CASE("serve reports every problem of every source, one a line, and does not start", "[cli]") {
    TempDirectory directory;
    std::string module = write_file(
        directory, "module.yaml", "kind: io.statefun.endpoints.v2/http\nspec:\n  functions: x\n"
    );
    Run run({"serve", "--module", module, "--module", "/nonexistent.yaml", "--api", "8070"});
    CHECK(run.code == 1);
    CHECK_FALSE(run.is_served);
    INFO(run.err);
    CHECK(contains(run.err, "--api: '8070' is not an address"));
    CHECK(contains(run.err, "/nonexistent.yaml: cannot be read: No such file"));
    CHECK(contains(run.err, module + ":"));
    CHECK(contains(run.err, "no data directory: name one with --data"));
}

TEST_CASE("serve without a module says how to name one", "[cli]") {
    Run run({"serve", "--data", "d"});
    CHECK(run.code == 1);
    CHECK(contains(run.err, "no module: name a module.yaml with --module, SFG_MODULE or"));
}

TEST_CASE("F08 a directory loads its yaml files by name and nothing else", "[cli]") {
    TempDirectory directory;
    std::string second(kModule);
    second.replace(second.find("shop/*"), 6, "bank/*");
    write_file(directory, "b.yml", kModule);
    write_file(directory, "a.yaml", second);
    write_file(directory, ".hidden.yaml", "not: a module");
    write_file(directory, "readme.txt", "not yaml");
    Run run({"serve", "--module", directory.path(), "--data", "d"});
    INFO(run.err);
    REQUIRE(run.is_served);
    REQUIRE(run.modules.spec.endpoints.size() == 2);
    CHECK(run.modules.spec.endpoints[0].functions.ns == "bank");
    CHECK(run.modules.spec.endpoints[1].functions.ns == "shop");
}

TEST_CASE("a file that is named twice is read once", "[cli]") {
    TempDirectory directory;
    std::string module = write_file(directory, "module.yaml", kModule);
    Run run({"serve", "--module", module, "--module", directory.path(), "--data", "d"});
    INFO(run.err);
    REQUIRE(run.is_served);
    CHECK(run.modules.spec.endpoints.size() == 1);
}

TEST_CASE("an empty directory of modules is an error", "[cli]") {
    TempDirectory directory;
    Run run({"validate", directory.path()});
    CHECK(run.code == 1);
    CHECK(contains(run.err, "has no *.yaml or *.yml file"));
}

TEST_CASE("validate --probe exits with its own code when nobody answers", "[cli]") {
    TempDirectory directory;
    std::string text(kModule);
    text.replace(text.find("8000"), 4, "1");  // Nobody listens on port 1.
    std::string module = write_file(directory, "module.yaml", text);
    Run run({"validate", "--probe", module});
    CHECK(run.code == 5);
    CHECK(contains(run.out, "unreachable  shop/* -> http://127.0.0.1:1/statefun: "));
}

TEST_CASE("the help of serve mentions every option, its variable and its default", "[cli]") {
    for (const char* command : {"serve", "validate"}) {
        Run run({command, "--help"});
        CHECK(run.code == 0);
        for (const sfg::cli::Option& option : sfg::cli::options()) {
            INFO(option.flag);
            CHECK(contains(run.out, option.flag + " "));
            CHECK(contains(run.out, option.variable + (option.preset.empty() ? "\n" : ", default "))
            );
        }
        CHECK(contains(run.out, "--config"));
        CHECK(contains(run.out, "Examples:"));
        std::istringstream lines(run.out);
        for (std::string line; std::getline(lines, line);) {
            INFO(line);
            CHECK(line.size() <= 100);
        }
    }
}

TEST_CASE("the help teaches: commands, a first message and the exit codes", "[cli]") {
    Run run({"--help"});
    CHECK(run.code == 0);
    for (const char* part : {"serve", "validate", "migrate", "version", "curl", "Exit codes:"}) {
        CHECK(contains(run.out, part));
    }
}

TEST_CASE("words that mean nothing are refused with code 1", "[cli]") {
    CHECK(Run({}).code == 1);
    CHECK(Run({"sevre"}).code == 1);
    Run unknown({"serve", "--modul", "x"});
    CHECK(unknown.code == 1);
    CHECK(contains(unknown.err, "--modul: did you mean --module?"));
    CHECK(contains(Run({"sevre"}).err, "sevre: did you mean serve?"));
    CHECK(Run({"serve", "--module"}).code == 1);
    CHECK(Run({"serve", "stray"}).code == 1);
    CHECK_FALSE(unknown.is_served);
}

TEST_CASE("version names the store format, the compiler and the libraries", "[cli]") {
    for (const char* way : {"version", "--version"}) {
        Run run({way});
        CHECK(run.code == 0);
        CHECK(contains(run.out, "statefun-gateway " SFG_VERSION "\n"));
        CHECK(contains(run.out, "store format 2, 128 partitions"));
        CHECK(contains(run.out, "Boost 1."));
    }
    // A library without a version would leave a gap before the comma.
    CHECK_FALSE(contains(Run({"version"}).out, " ,"));
}
