#include "tests/bench/load_connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <utility>

namespace bench {

namespace asio = boost::asio;
using boost::system::error_code;

Connection::Connection(Run& run) : run_(run), socket_(run.io) {
    const std::string host =
        run.options.port > 0 ? "127.0.0.1:" + std::to_string(run.options.port) : "localhost";
    for (const std::string& target : run.options.targets) {
        templates_.emplace_back(run.options.mode, host, target, run.options.content);
    }
}

void Connection::start() {
    error_code error;
    socket_ = asio::generic::stream_protocol::socket(run_.io);
    socket_.connect(run_.endpoint, error);
    if (error) {
        return broken(error.message());
    }
    error_code not_tcp;
    socket_.set_option(asio::ip::tcp::no_delay(true), not_tcp);
    socket_.non_blocking(true, error);
    fill();
}

void Connection::fill() {
    if (is_writing_) {
        return;
    }
    batch_.clear();
    while (out_.size() < run_.options.pipeline) {
        const auto request = run_.next(*this);
        if (!request) {
            break;
        }
        out_.push_back(*request);
        if (run_.options.pipeline == 1) {
            return write(next_request());  // Stays as it is until it is answered: no copy.
        }
        batch_ += next_request();
    }
    if (!batch_.empty()) {
        write(batch_);
    }
}

const std::string& Connection::next_request() {
    auto& request = templates_[run_.next_target++ % templates_.size()];
    return request.next(run_.ids);
}

void Connection::write(std::string_view bytes) {
    // Nearly always the socket takes it at once; a wait for that would cost a turn of the loop.
    error_code error;
    const std::size_t written = socket_.write_some(asio::buffer(bytes), error);
    if (error && error != asio::error::would_block) {
        return broken(error.message());
    }
    if (written < bytes.size()) {
        write_rest(bytes.substr(written));
    }
    read();
}

void Connection::write_rest(std::string_view bytes) {
    is_writing_ = true;
    asio::async_write(
        socket_,
        asio::buffer(bytes),
        [this, generation = generation_](error_code error, std::size_t) {
            if (generation == generation_) {
                is_writing_ = false;
                error ? broken(error.message()) : fill();
            }
        }
    );
}

void Connection::read() {
    if (std::exchange(is_reading_, true)) {
        return;
    }
    socket_.async_read_some(
        asio::buffer(answers_.space(), answers_.space_bytes()),
        [this, generation = generation_](error_code error, std::size_t count) {
            if (generation == generation_) {
                is_reading_ = false;
                error ? broken(error.message()) : received(count);
            }
        }
    );
}

void Connection::received(std::size_t count) {
    auto progress = answers_.received(count);
    while (progress == AnswerReader::Progress::complete && !out_.empty()) {
        answered();
        progress = answers_.next();
    }
    if (progress != AnswerReader::Progress::partial) {
        return broken("an answer without Content-Length, too large, or to no request");
    }
    const std::uint64_t generation = generation_;
    fill();
    if (generation == generation_ && !out_.empty()) {
        read();
    }
}

void Connection::answered() {
    const bool success = is_success(run_.options.mode, answers_.status(), answers_.body());
    if (!success) {
        run_.note_error(
            std::to_string(answers_.status()) + " " + std::string(answers_.body().substr(0, 300))
        );
    }
    const Begun request = out_.front();
    out_.pop_front();
    run_.ended(request, success);
}

// Begins anew on a fresh connection, through the loop, so that failures don't recurse.
void Connection::broken(std::string why) {
    ++generation_;
    is_writing_ = is_reading_ = false;
    answers_.clear();
    run_.note_error(std::move(why));
    for (const Begun& request : std::exchange(out_, {})) {
        run_.ended(request, false);
    }
    ++run_.errors;
    if (++run_.broken > kBrokenMax) {
        return run_.io.stop();
    }
    asio::post(run_.io, [this] { start(); });
}

}  // namespace bench
