// The load generator of the benchmark: N kept-alive connections. In a closed loop each sends its
// next request when it has the answer to the last one: how much a server can do. In an open loop
// (--rate) requests arrive by the clock: how long they take at that load, queueing included. One
// thread; requests are built once and written with one system call.
//
// It prints `begin` and `end` on lines of their own when the measured window opens and closes, so
// that whoever started it can read other processes' CPU over the same seconds. Then it waits for
// the answers that are still out, so that what was asked for is known exactly, and prints one line
// of JSON.
#include "tests/bench/load_connection.h"
#include "tests/bench/load_options.h"
#include "tests/bench/load_run.h"

#include <boost/asio/steady_timer.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// For a run with a count of requests.
constexpr double kCountSecondsMax = 3600;
// How long the answers that are out when the window closes may take.
constexpr std::chrono::seconds kDrainMax{30};

bench::Clock::duration after(double seconds) {
    return std::chrono::duration_cast<bench::Clock::duration>(std::chrono::duration<double>(seconds)
    );
}

void announce(const char* line) {
    std::puts(line);
    std::fflush(stdout);
}

std::string result_of(const bench::Run& run) {
    auto us = [&](double share) {
        return static_cast<double>(run.latencies.quantile(share)) / 1e3;
    };
    const nlohmann::ordered_json result = {
        {"requests", run.latencies.count()},
        {"seconds", run.window_s()},
        {"requests_per_s", static_cast<double>(run.latencies.count()) / run.window_s()},
        {"p50_us", us(0.5)},
        {"p99_us", us(0.99)},
        {"p999_us", us(0.999)},
        {"max_us", us(1)},
        {"succeeded", run.succeeded},
        {"errors", run.errors + run.unanswered()},
        {"first_error", run.unanswered() > 0 ? "no answer came in time" : run.first_error},
    };
    return result.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

int measure(const bench::LoadOptions& options) {
    bench::Run run(options);
    std::vector<std::unique_ptr<bench::Connection>> connections;
    for (std::uint32_t i = 0; i < options.connections; ++i) {
        connections.push_back(std::make_unique<bench::Connection>(run));
        connections.back()->start();
    }
    run.start();
    asio::steady_timer warm(run.io, after(options.warm_up_s));
    const double seconds_max = options.count > 0 ? kCountSecondsMax : options.measured_s;
    asio::steady_timer window(run.io, after(options.warm_up_s + seconds_max));
    asio::steady_timer drain(run.io);
    bool is_open = false;
    auto close_window = [&] {
        if (std::exchange(is_open, false)) {
            run.close_window();
            announce("end");
        }
    };
    warm.async_wait([&](error_code) {
        announce("begin");
        run.open_window();
        is_open = true;
    });
    window.async_wait([&](error_code) {
        close_window();
        drain.expires_after(kDrainMax);
        drain.async_wait([&](error_code) { run.io.stop(); });
        run.finish();
    });
    run.io.run();
    close_window();
    if (run.broken > bench::Connection::kBrokenMax) {
        std::fprintf(stderr, "gave up: %s\n", run.first_error.c_str());
        return 1;
    }
    announce(result_of(run).c_str());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    bench::LoadOptions options;
    const int problem = bench::read_options(argc, argv, options);
    return problem < 0 ? measure(options) : problem;
}
