// Run: what the connections of the load generator share. It decides when the next request begins,
// and takes down how long each took.
//
// Threads:    the loop's.
// Invariants: the loop ends when no request is out and none will begin.
// Limits:     in an open loop kLateMax requests wait for a free connection; what is more is an
// error.
#pragma once

#include "tests/bench/arrivals.h"
#include "tests/bench/histogram.h"
#include "tests/bench/id_source.h"
#include "tests/bench/load_options.h"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace bench {

class Connection;

// A request from its beginning on. In an open loop it begins when it arrives, not when it is sent.
struct Begun {
    Clock::time_point at;
    bool is_measured = false;  // It arrived in the window. In a closed loop its end counts instead.
};

class Run {
public:
    static constexpr std::size_t kLateMax = 1'000'000;

    explicit Run(const LoadOptions& with);

    // Begins to let requests arrive, if they come by a rate.
    void start();

    // The next request; nothing: there is none now, and `free` will be told when there is.
    [[nodiscard]] std::optional<Begun> next(Connection& free);

    // One of the requests is answered, rightly or not, or its connection broke.
    void ended(const Begun& request, bool success);

    void note_error(std::string what);

    // The measured window.
    void open_window();
    void close_window();

    // No request begins any more; the loop ends with the last answer.
    void finish();

    [[nodiscard]] double window_s() const {
        return std::chrono::duration<double>(closed_ - opened_).count();
    }

    [[nodiscard]] std::uint64_t unanswered() const { return out_ + late_.size(); }

    const LoadOptions options;
    const boost::asio::generic::stream_protocol::endpoint endpoint;
    boost::asio::io_context io{1};
    IdSource ids;
    std::uint32_t next_target = 0;
    Histogram latencies;          // Of what succeeded in the window.
    std::uint64_t succeeded = 0;  // Of the whole run.
    std::uint64_t errors = 0;
    std::uint64_t broken = 0;  // Connections.
    std::string first_error;

private:
    [[nodiscard]] bool may_begin() const {
        return !is_finished_ && (options.count == 0 || begun_ < options.count);
    }

    bool arrived(Clock::time_point at);
    void stop_if_done();

    Arrivals arrivals_;
    std::deque<Begun> late_;         // Arrived, and every connection has a request out.
    std::vector<Connection*> free_;  // Of an open loop.
    bool is_open_ = false;           // The window.
    bool is_finished_ = false;
    std::uint64_t begun_ = 0;
    std::uint64_t out_ = 0;
    Clock::time_point opened_{};
    Clock::time_point closed_{};
};

}  // namespace bench
