#include "tests/support/scripted_server.h"

#include "tests/support/server_tls.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>

namespace sfg::test {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Socket = asio::generic::stream_protocol::socket;
using TlsStream = asio::ssl::stream<Socket>;

std::size_t content_length(const std::string& head) {
    std::string lower = head;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    std::size_t at = lower.find("\r\ncontent-length:");
    return at == std::string::npos ? 0 : std::stoul(lower.substr(at + 17));
}

}  // namespace

struct ScriptedServer::State {
    State(Answer with, Options how) : answer(std::move(with)), options(std::move(how)) {
        if (options.tls) {
            configure(tls.emplace(asio::ssl::context::tls_server), *options.tls);
        }
    }

    const Answer answer;
    const Options options;
    asio::io_context io{1};
    std::optional<asio::ssl::context> tls;
    std::optional<asio::ip::tcp::acceptor> tcp;
    std::optional<asio::local::stream_protocol::acceptor> local;
    std::uint16_t port = 0;
    std::thread thread;

    mutable std::mutex mutex;  // Guards what follows.
    std::vector<SeenRequest> requests;
    std::size_t request_count = 0;
    std::size_t connections = 0;
    std::size_t resumed = 0;
    std::size_t closed = 0;

    template <typename Acceptor>
    void accept(Acceptor& acceptor);
};

template <typename Stream>
class ScriptedServer::Session : public std::enable_shared_from_this<Session<Stream>> {
public:
    Session(State& state, Stream socket, std::size_t number)
        : state_(state),
          socket_(std::move(socket)),
          timer_(state.io),
          number_(number) {}

    ~Session() { keep_session(socket_.native_handle()); }

    void start() {
        if constexpr (kIsTls) {
            auto done = [self = this->shared_from_this()](const error_code& error) {
                if (!error) {
                    self->note_handshake();
                    self->run(self->state_.options.greeting);
                }
            };
            socket_.async_handshake(asio::ssl::stream_base::server, std::move(done));
        } else {
            run(state_.options.greeting);
        }
    }

private:
    static constexpr bool kIsTls = std::is_same_v<Stream, TlsStream>;

    void note_handshake() {
        if constexpr (kIsTls) {
            std::lock_guard lock(state_.mutex);
            state_.resumed += SSL_session_reused(socket_.native_handle()) == 1 ? 1 : 0;
        }
    }

    void run(Script script) {
        script_ = std::move(script);
        next_ = 0;
        step();
    }

    void step() {
        if (next_ == script_.size()) {
            return take_request();
        }
        const Step& step_now = script_[next_++];
        error_code ignored;
        switch (step_now.kind) {
            case Step::Kind::send:
                asio::async_write(
                    socket_,
                    asio::buffer(step_now.bytes),
                    [self = this->shared_from_this()](const error_code& error, std::size_t) {
                        if (!error) {
                            self->step();
                        }
                    }
                );
                break;
            case Step::Kind::wait:
                timer_.expires_after(step_now.time);
                timer_.async_wait([self = this->shared_from_this()](const error_code&) {
                    self->step();
                });
                break;
            case Step::Kind::reset:
                socket_.lowest_layer().set_option(asio::socket_base::linger(true, 0), ignored);
                socket_.lowest_layer().close(ignored);
                break;
            case Step::Kind::shut:
                if constexpr (kIsTls) {
                    flush_and_close();
                    break;
                }
                [[fallthrough]];
            case Step::Kind::close:
                socket_.lowest_layer().close(ignored);
                break;
            case Step::Kind::silence:
                is_silent_ = true;
                read();
                break;
        }
    }

    void take_request() {
        std::size_t head_end = is_silent_ ? std::string::npos : input_.find("\r\n\r\n");
        if (head_end == std::string::npos) {
            return read();
        }
        SeenRequest request;
        request.head = input_.substr(0, head_end + 4);
        std::size_t length = content_length(request.head);
        if (state_.options.is_answering_heads) {
            input_.clear();
        } else if (input_.size() - request.head.size() < length) {
            return read();
        } else {
            request.body = input_.substr(request.head.size(), length);
            input_.erase(0, request.head.size() + length);
        }
        request.connection = number_;
        {
            std::lock_guard lock(state_.mutex);
            request.index = state_.request_count++;
            if (!state_.options.is_forgetful) {
                state_.requests.push_back(request);
            }
        }
        run(state_.answer(request));
    }

    void read() {
        socket_.async_read_some(
            asio::buffer(chunk_),
            [self = this->shared_from_this()](const error_code& error, std::size_t bytes) {
                if (error) {
                    std::lock_guard lock(self->state_.mutex);
                    ++self->state_.closed;
                    return;
                }
                self->input_.append(self->chunk_.data(), bytes);
                self->take_request();
            }
        );
    }

    void flush_and_close() {
        auto done = [self = this->shared_from_this()](const error_code&) {
            error_code ignored;
            self->socket_.lowest_layer().close(ignored);
        };
        if constexpr (kIsTls) {
            socket_.async_shutdown(std::move(done));
        }
    }

    State& state_;
    Stream socket_;
    asio::steady_timer timer_;
    const std::size_t number_;
    Script script_;
    std::size_t next_ = 0;
    bool is_silent_ = false;
    std::string input_;
    std::vector<char> chunk_ = std::vector<char>(65536);
};

template <typename Acceptor>
void ScriptedServer::State::accept(Acceptor& acceptor) {
    acceptor.async_accept([this, &acceptor](const error_code& error, auto socket) {
        if (error) {
            return;
        }
        std::size_t number = 0;
        {
            std::lock_guard lock(mutex);
            number = connections++;
        }
        if (tls) {
            TlsStream stream(Socket(std::move(socket)), *tls);
            std::make_shared<Session<TlsStream>>(*this, std::move(stream), number)->start();
        } else {
            std::make_shared<Session<Socket>>(*this, Socket(std::move(socket)), number)->start();
        }
        accept(acceptor);
    });
}

ScriptedServer::ScriptedServer(Answer answer) : ScriptedServer(std::move(answer), Options{}) {}

ScriptedServer::ScriptedServer(Answer answer, Options options)
    : state_(std::make_unique<State>(std::move(answer), std::move(options))) {
    if (const Options& with = state_->options; !with.unix_path.empty()) {
        ::unlink(with.unix_path.c_str());
        asio::local::stream_protocol::endpoint endpoint(with.unix_path);
        state_->accept(state_->local.emplace(state_->io, endpoint));
    } else {
        asio::ip::tcp::endpoint endpoint(asio::ip::make_address(with.address), with.port);
        state_->tcp.emplace(state_->io, endpoint);
        state_->port = state_->tcp->local_endpoint().port();
        state_->accept(*state_->tcp);
    }
    state_->thread = std::thread([this] { state_->io.run(); });
}

ScriptedServer::~ScriptedServer() {
    state_->io.stop();
    state_->thread.join();
    if (!state_->options.unix_path.empty()) {
        ::unlink(state_->options.unix_path.c_str());
    }
}

std::uint16_t ScriptedServer::port() const {
    return state_->port;
}

std::string ScriptedServer::url(std::string_view path) const {
    bool is_v6 = state_->options.address.find(':') != std::string::npos;
    std::string host = is_v6 ? "[" + state_->options.address + "]" : state_->options.address;
    return (state_->tls ? "https://" : "http://") + host + ":" + std::to_string(port()) +
           std::string(path);
}

std::vector<SeenRequest> ScriptedServer::requests() const {
    std::lock_guard lock(state_->mutex);
    return state_->requests;
}

std::size_t ScriptedServer::request_count() const {
    std::lock_guard lock(state_->mutex);
    return state_->request_count;
}

std::size_t ScriptedServer::connection_count() const {
    std::lock_guard lock(state_->mutex);
    return state_->connections;
}

std::size_t ScriptedServer::resumed_count() const {
    std::lock_guard lock(state_->mutex);
    return state_->resumed;
}

std::size_t ScriptedServer::closed_count() const {
    std::lock_guard lock(state_->mutex);
    return state_->closed;
}

}  // namespace sfg::test
