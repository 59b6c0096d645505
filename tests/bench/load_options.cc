#include "tests/bench/load_options.h"

#include <CLI/CLI.hpp>

namespace bench {

namespace {

void add_requests(CLI::App& app, LoadOptions& options) {
    app.add_option("--target", options.targets, "namespace/type; several are taken in turn")
        ->delimiter(',');
    app.add_option("--ids", options.ids, "So many ids")->check(CLI::Range(1, 100'000'000));
    app.add_option("--zipf", options.zipf, "Some ids are more frequent: the exponent")
        ->check(CLI::Range(0.0, 3.0));
    app.add_option("--count", options.count, "So many requests, to ids in their order");
    app.add_option("--argument", options.content.argument, "The text of the messages");
    app.add_option("--argument-bytes", options.content.argument_bytes, "Or how long it is")
        ->check(CLI::Range(1, 64 * 1024 * 1024));
    app.add_option("--bulk", options.content.bulk_messages, "Messages in one body")
        ->check(CLI::Range(1, 1000));
    app.add_option("--state-bytes", options.content.state_bytes, "In direct requests")
        ->check(CLI::Range(0, 64 * 1024 * 1024));
}

void add_pace(CLI::App& app, LoadOptions& options) {
    app.add_option("--connections", options.connections)->check(CLI::Range(1, 10'000));
    CLI::Option* pipeline =
        app.add_option("--pipeline", options.pipeline, "Requests that each has out at a time")
            ->check(CLI::Range(1, 1000));
    app.add_option("--rate", options.rate, "An open loop: so many requests arrive per second")
        ->check(CLI::Range(0, 1'000'000))
        ->excludes(pipeline);
    app.add_option("--warm-up", options.warm_up_s, "Seconds before the measured window")
        ->check(CLI::Range(0.0, 3600.0));
    app.add_option("--seconds", options.measured_s, "The measured window")
        ->check(CLI::Range(0.01, 3600.0));
}

}  // namespace

int read_options(int argc, char** argv, LoadOptions& options) {
    CLI::App app("Load for the benchmark, over kept-alive connections on this machine.");
    std::string mode;
    app.add_option("--mode", mode, "What is requested; direct is of a function server")
        ->required()
        ->check(CLI::IsMember(mode_names()));
    CLI::Option_group* where = app.add_option_group("where");
    where->add_option("--port", options.port, "On the loopback interface");
    where->add_option("--socket", options.socket, "A Unix socket's path");
    where->require_option(1);
    add_requests(app, options);
    add_pace(app, options);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    }
    options.mode = *mode_of(mode);
    return -1;
}

}  // namespace bench
