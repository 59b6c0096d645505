// The load generator of the benchmark: N kept-alive connections, each sends its next request when
// it has the answer to the last one (a closed loop), or when the rate allows it. One thread;
// requests are built once and written with one system call.
//
// It prints `begin` and `end` on lines of their own when the measured window opens and closes, so
// that whoever started it can read other processes' CPU over the same seconds, then one line of
// JSON.
#include "tests/bench/answer_reader.h"
#include "tests/bench/histogram.h"
#include "tests/bench/request_template.h"

#include <CLI/CLI.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using bench::AnswerReader;

// A server that cannot be talked to is not worth measuring.
constexpr std::uint64_t kBrokenConnectionsMax = 1000;
// For a run with a count of requests.
constexpr double kCountSecondsMax = 3600;

struct Options {
    bench::Mode mode = bench::Mode::send;
    std::uint16_t port = 0;
    std::uint32_t connections = 1;
    std::uint32_t ids = 10'000;
    std::string target = "bench/counter";
    std::uint64_t count = 0;  // Requests, to ids in their order; 0: as many as fit, to any of them.
    std::uint32_t rate = 0;   // Requests per second of all connections; 0: no bound.
    double warm_up_s = 1;
    double measured_s = 5;
};

// What the connections share.
struct Run {
    explicit Run(const Options& with)
        : options(with),
          endpoint(asio::ip::address_v4::loopback(), with.port) {}

    const Options options;
    const tcp::endpoint endpoint;
    asio::io_context io{1};
    std::minstd_rand random{20'260'101};  // A fixed seed: every run asks for the same ids.
    bench::Histogram latencies;
    bool is_measuring = false;
    std::uint64_t errors = 0;
    std::uint64_t broken = 0;
    std::uint64_t started = 0;
    std::uint64_t ended = 0;
    Clock::time_point next_slot = Clock::now();
    std::string first_error;

    // The id of the next request.
    std::uint32_t next_id() {
        std::uint64_t number = options.count > 0 ? started : random();
        ++started;
        return static_cast<std::uint32_t>(number % options.ids);
    }

    // When the next request may be sent. Behind schedule, the rate is kept from now on.
    Clock::time_point take_slot() {
        Clock::time_point slot = std::max(next_slot, Clock::now() - std::chrono::milliseconds(100));
        next_slot = slot + std::chrono::nanoseconds(1'000'000'000 / options.rate);
        return slot;
    }

    // One more request is over. True: that was the last one.
    bool last_one() { return ++ended == options.count; }

    void record(std::uint64_t ns, bool success) {
        if (!is_measuring) {
            return;
        }
        success ? latencies.add(ns) : static_cast<void>(++errors);
    }

    void note_error(std::string what) {
        if (first_error.empty()) {
            first_error = std::move(what);
        }
    }
};

// One connection. Lives as long as the run.
class Connection {
public:
    explicit Connection(Run& run)
        : run_(run),
          socket_(run.io),
          slot_(run.io),
          request_(
              run.options.mode,
              "127.0.0.1:" + std::to_string(run.options.port),
              run.options.target
          ) {}

    void start() {
        error_code error;
        socket_ = tcp::socket(run_.io);
        socket_.connect(run_.endpoint, error);
        if (error) {
            return broken(error.message());
        }
        socket_.set_option(tcp::no_delay(true), error);
        socket_.non_blocking(true, error);
        next();
    }

private:
    void next() {
        if (run_.options.count > 0 && run_.started == run_.options.count) {
            return;
        }
        if (run_.options.rate == 0) {
            return send();
        }
        slot_.expires_at(run_.take_slot());
        slot_.async_wait([this](error_code) { send(); });
    }

    void send() {
        const std::string& bytes = request_.for_id(run_.next_id());
        sent_ = Clock::now();
        answer_.clear();
        // Nearly always the socket takes it at once; a wait for that would cost a turn of the loop.
        error_code error;
        const std::size_t written = socket_.write_some(asio::buffer(bytes), error);
        if (error && error != asio::error::would_block) {
            return broken(error.message());
        }
        if (written == bytes.size()) {
            return read();
        }
        asio::async_write(
            socket_,
            asio::buffer(bytes) + written,
            [this](error_code failed, std::size_t) { failed ? broken(failed.message()) : read(); }
        );
    }

    void read() {
        socket_.async_read_some(
            asio::buffer(answer_.space(), answer_.space_bytes()),
            [this](error_code error, std::size_t count) {
                error ? broken(error.message()) : received(count);
            }
        );
    }

    void received(std::size_t count) {
        switch (answer_.received(count)) {
            case AnswerReader::Progress::partial:
                return read();
            case AnswerReader::Progress::unreadable:
                return broken("an answer without Content-Length, or too large");
            case AnswerReader::Progress::complete:
                break;
        }
        const bool success = bench::is_success(run_.options.mode, answer_.status(), answer_.body());
        if (!success) {
            run_.note_error(
                std::to_string(answer_.status()) + " " + std::string(answer_.body().substr(0, 300))
            );
        }
        const auto took =
            std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - sent_);
        run_.record(static_cast<std::uint64_t>(took.count()), success);
        run_.last_one() ? run_.io.stop() : next();
    }

    // Begins anew on a fresh connection, through the loop, so that failures don't recurse.
    void broken(std::string why) {
        run_.record(0, false);
        run_.note_error(std::move(why));
        if (++run_.broken > kBrokenConnectionsMax) {
            return run_.io.stop();
        }
        asio::post(run_.io, [this] { start(); });
    }

    Run& run_;
    tcp::socket socket_;
    asio::steady_timer slot_;
    bench::RequestTemplate request_;
    AnswerReader answer_;
    Clock::time_point sent_;
};

void announce(const char* line) {
    std::puts(line);
    std::fflush(stdout);
}

int measure(const Options& options) {
    Run run(options);
    std::vector<std::unique_ptr<Connection>> connections;
    for (std::uint32_t i = 0; i < options.connections; ++i) {
        connections.push_back(std::make_unique<Connection>(run));
        connections.back()->start();
    }
    using Seconds = std::chrono::duration<double>;
    auto after = [](double seconds) {
        return std::chrono::duration_cast<Clock::duration>(Seconds(seconds));
    };
    Clock::time_point began;
    Clock::time_point ended;
    asio::steady_timer warm(run.io, after(options.warm_up_s));
    const double seconds_max = options.count > 0 ? kCountSecondsMax : options.measured_s;
    asio::steady_timer done(run.io, after(options.warm_up_s + seconds_max));
    warm.async_wait([&](error_code) {
        announce("begin");
        began = Clock::now();
        run.is_measuring = true;
    });
    done.async_wait([&](error_code) { run.io.stop(); });
    run.io.run();
    ended = Clock::now();
    announce("end");
    if (run.broken > kBrokenConnectionsMax) {
        std::fprintf(stderr, "gave up: %s\n", run.first_error.c_str());
        return 1;
    }
    const double seconds = Seconds(ended - began).count();
    auto us = [&](double share) {
        return static_cast<double>(run.latencies.quantile(share)) / 1e3;
    };
    const nlohmann::ordered_json result = {
        {"requests", run.latencies.count()},
        {"seconds", seconds},
        {"requests_per_s", static_cast<double>(run.latencies.count()) / seconds},
        {"p50_us", us(0.5)},
        {"p99_us", us(0.99)},
        {"p999_us", us(0.999)},
        {"errors", run.errors},
        {"first_error", run.first_error},
    };
    announce(result.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Closed-loop load for the benchmark: bench/counter over kept-alive connections.");
    Options options;
    std::string mode;
    app.add_option("--mode", mode, "send, call (the gateway's API) or direct (a function server)")
        ->required()
        ->check(CLI::IsMember({"send", "call", "direct"}));
    app.add_option("--port", options.port, "Where to, on the loopback interface")->required();
    app.add_option("--connections", options.connections)->check(CLI::Range(1, 10'000));
    app.add_option("--ids", options.ids, "Uniform over this many ids")
        ->check(CLI::Range(1, 100'000'000));
    app.add_option("--target", options.target, "namespace/type");
    app.add_option("--count", options.count, "So many requests, to ids in their order");
    app.add_option("--rate", options.rate, "Requests per second, at most")
        ->check(CLI::Range(0, 1'000'000));
    app.add_option("--warm-up", options.warm_up_s, "Seconds before the measured window")
        ->check(CLI::Range(0.0, 3600.0));
    app.add_option("--seconds", options.measured_s, "The measured window")
        ->check(CLI::Range(0.01, 3600.0));
    CLI11_PARSE(app, argc, argv);
    options.mode = *bench::mode_of(mode);
    return measure(options);
}
