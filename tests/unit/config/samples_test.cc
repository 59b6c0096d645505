// The files of conf/: each is read as its user's would be.
#include "gateway/cli/cli.h"
#include "gateway/cli/config_file.h"
#include "gateway/cli/files.h"
#include "gateway/cli/module_files.h"
#include "gateway/cli/options.h"
#include "gateway/config.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

namespace {

const std::string kConf = SFG_CONF_DIR;

std::string read(const std::string& name) {
    auto text = sfg::cli::read_text_file(kConf + "/" + name, sfg::kMiB);
    REQUIRE(text.has_value());
    return *text;
}

// The lines that begin with `prefix`, without it.
std::vector<std::string> lines_with(const std::string& text, const std::string& prefix) {
    std::vector<std::string> found;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(prefix)) {
            found.push_back(line.substr(prefix.size()));
        }
    }
    return found;
}

std::vector<std::string> words(const std::string& line) {
    std::istringstream in(line);
    std::vector<std::string> found;
    for (std::string word; in >> word;) {
        found.push_back(word);
    }
    return found;
}

}  // namespace

TEST_CASE("conf/gateway.yaml has every option, in the order of the help", "[samples]") {
    sfg::cli::ConfigFile file = sfg::cli::parse_config_file("gateway.yaml", read("gateway.yaml"));
    CHECK(file.errors.empty());
    std::vector<std::string> in_file;
    for (const sfg::cli::FileSetting& setting : file.settings) {
        in_file.push_back(setting.key);
    }
    std::vector<std::string> in_table;
    for (const sfg::cli::Option& option : sfg::cli::options()) {
        in_table.push_back(option.key);
    }
    CHECK(in_file == in_table);
}

TEST_CASE("conf/gateway.yaml says the defaults", "[samples]") {
    sfg::LoadedConfig loaded = sfg::load_config({}, {}, "gateway.yaml", read("gateway.yaml"));
    CHECK(loaded.errors.empty());
    CHECK(loaded.config.modules == std::vector<std::string>{"module.yaml"});
    CHECK(loaded.config.data == "./data");
    loaded.config.modules.clear();
    loaded.config.data.clear();
    CHECK((loaded.config == sfg::Config{}));
}

TEST_CASE("conf/module.yaml is free of errors and warnings", "[samples]") {
    std::ostringstream out;
    std::ostringstream err;
    int code = sfg::cli::run_cli(
        {"validate", "--strict", kConf + "/module.yaml"}, {}, {out, err}, nullptr
    );
    INFO(err.str());
    CHECK(code == 0);
    CHECK(out.str().find("shop/invoice") != std::string::npos);
    CHECK(out.str().find("playground egress on port 8091") != std::string::npos);
}

TEST_CASE("the systemd unit starts what serve understands", "[samples]") {
    std::string unit = read("statefun-gateway.service");
    std::vector<std::string> starts = lines_with(unit, "ExecStart=");
    REQUIRE(starts.size() == 1);
    std::vector<std::string> arguments = words(starts.front());
    REQUIRE(arguments.size() > 2);
    arguments.erase(arguments.begin());
    for (std::string& argument : arguments) {
        if (argument.starts_with("/etc/statefun-gateway/")) {
            bool is_config = argument.ends_with("gateway.yaml");
            argument = kConf + (is_config ? "/gateway.yaml" : "/module.yaml");
        }
    }
    std::ostringstream out;
    std::ostringstream err;
    bool is_served = false;
    int code = sfg::cli::run_cli(
        arguments,
        {},
        {out, err},
        [&](const sfg::Config& config, const sfg::LoadedModules&, const sfg::cli::ModuleSource&) {
            is_served = true;
            CHECK(config.data == "/var/lib/statefun-gateway");
            CHECK(config.log_format == sfg::LogFormat::json);
            return 0;
        }
    );
    INFO(err.str());
    CHECK(code == 0);
    CHECK(is_served);
}

TEST_CASE("the systemd unit gives a stop more time than the gateway takes", "[samples]") {
    std::string unit = read("statefun-gateway.service");
    std::vector<std::string> stops = lines_with(unit, "TimeoutStopSec=");
    REQUIRE(stops.size() == 1);
    CHECK(std::chrono::seconds(std::stoi(stops.front())) > sfg::Config{}.drain_timeout);
    std::vector<std::string> codes = lines_with(unit, "RestartPreventExitStatus=");
    REQUIRE(codes.size() == 1);
    CHECK(
        words(codes.front()) ==
        std::vector<std::string>{
            std::to_string(sfg::cli::value_of(sfg::cli::ExitCode::bad_input)),
            std::to_string(sfg::cli::value_of(sfg::cli::ExitCode::data_refused))
        }
    );
}

TEST_CASE("R63 the container file sets options that exist, and prepares its volume", "[samples]") {
    std::string file = read("Containerfile");
    sfg::NamedValues environment;
    for (const std::string& line : lines_with(file, "ENV ")) {
        std::size_t equals = line.find('=');
        REQUIRE(equals != std::string::npos);
        environment.emplace_back(line.substr(0, equals), line.substr(equals + 1));
    }
    sfg::LoadedConfig loaded = sfg::load_config({}, environment);
    CHECK(loaded.errors.empty());
    CHECK(loaded.config.warnings.empty());
    CHECK(loaded.config.api.host == "0.0.0.0");
    CHECK(lines_with(file, "VOLUME ") == std::vector<std::string>{loaded.config.data});
    CHECK(lines_with(file, "EXPOSE ") == std::vector<std::string>{"8070 8071"});
    bool has_owner =
        file.find("-o statefun -g statefun " + loaded.config.data) != std::string::npos;
    CHECK(has_owner);
}
