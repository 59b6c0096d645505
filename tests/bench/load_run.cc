#include "tests/bench/load_run.h"

#include "tests/bench/load_connection.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <utility>

namespace bench {

namespace {

namespace asio = boost::asio;

asio::generic::stream_protocol::endpoint endpoint_of(const LoadOptions& options) {
    if (!options.socket.empty()) {
        return asio::local::stream_protocol::endpoint(options.socket);
    }
    return asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), options.port);
}

}  // namespace

Run::Run(const LoadOptions& with)
    : options(with),
      endpoint(endpoint_of(with)),
      ids(with.ids, with.count > 0 ? IdSource::Order::ascending : IdSource::Order::random, with.zipf
      ),
      arrivals_(io, std::max(with.rate, 1U), [this](Clock::time_point at) { return arrived(at); }) {
}

void Run::start() {
    if (options.rate > 0) {
        arrivals_.start();
    }
}

std::optional<Begun> Run::next(Connection& free) {
    if (options.rate == 0) {
        if (!may_begin()) {
            return std::nullopt;
        }
        ++begun_;
        ++out_;
        return Begun{Clock::now()};
    }
    if (late_.empty()) {
        free_.push_back(&free);
        return std::nullopt;
    }
    const Begun request = late_.front();
    late_.pop_front();
    ++out_;
    return request;
}

bool Run::arrived(Clock::time_point at) {
    if (!may_begin()) {
        return false;
    }
    ++begun_;
    if (late_.size() >= kLateMax) {
        ++errors;
        note_error("more requests than the server takes, for too long");
        return true;
    }
    late_.push_back({at, is_open_});
    if (!free_.empty()) {
        Connection* connection = free_.back();
        free_.pop_back();
        connection->fill();
    }
    return true;
}

void Run::ended(const Begun& request, bool success) {
    --out_;
    success ? ++succeeded : ++errors;
    if (success && (options.rate > 0 ? request.is_measured : is_open_)) {
        const auto took =
            std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - request.at);
        latencies.add(static_cast<std::uint64_t>(took.count()));
    }
    stop_if_done();
}

void Run::note_error(std::string what) {
    if (first_error.empty()) {
        first_error = std::move(what);
    }
}

void Run::open_window() {
    opened_ = Clock::now();
    is_open_ = true;
}

void Run::close_window() {
    closed_ = Clock::now();
    is_open_ = false;
}

void Run::finish() {
    is_finished_ = true;
    stop_if_done();
}

void Run::stop_if_done() {
    if (unanswered() == 0 && !may_begin()) {
        io.stop();
    }
}

}  // namespace bench
