// One run of the command line in a test, and what it left.
//
// Threads:  one test.
#pragma once

#include "gateway/cli/cli.h"
#include "tests/support/temp_directory.h"

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sfg::test {

inline constexpr std::string_view kModule = R"(kind: io.statefun.endpoints.v2/http
spec:
  functions: shop/*
  urlPathTemplate: http://127.0.0.1:8000/statefun
  maxNumBatchRequests: 7
)";

// One run of the program, and what it left.
struct Run {
    explicit Run(const std::vector<std::string>& arguments, const NamedValues& environment = {}) {
        auto serve = [this](const Config& given, LoadedModules loaded, cli::ModuleSource source) {
            config = given;
            modules = std::move(loaded);
            again = std::move(source);
            is_served = true;
            return 42;
        };
        std::ostringstream out_stream;
        std::ostringstream err_stream;
        code = sfg::cli::run_cli(arguments, environment, {out_stream, err_stream}, serve);
        out = out_stream.str();
        err = err_stream.str();
    }

    int code = -1;
    std::string out;
    std::string err;
    bool is_served = false;
    Config config;
    LoadedModules modules;
    cli::ModuleSource again;
};

inline std::string
write_file(const TempDirectory& directory, const std::string& name, std::string_view text) {
    std::string path = directory.path() + "/" + name;
    std::ofstream(path) << text;
    return path;
}

inline bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

}  // namespace sfg::test
