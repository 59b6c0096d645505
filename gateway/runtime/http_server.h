// HttpServer: HTTP/1.1 on one port, for handlers that answer when they can.
//
// It knows no domain. It reads requests, asks the handler after each head whether the body may
// come, hands over complete requests and writes the answers in the order of the requests. What is
// malformed, too large or too slow it answers by itself, as problem+json.
//
// Threads:    everything on the loop's thread. bind(), accept() and the construction may come
//             before the loop runs.
// Lifetime:   the handler, the loop and the gate outlive it. Destroy it on the loop's thread or
//             after the loop has stopped; not from within a callback of the handler.
// Limits:     HttpLimits: connections, header, target, body, outstanding requests of a connection,
//             and a time for every wait but the handler's own. A large body waits at the gate.
// A client that ends its side of the connection may have gone altogether; nothing tells. It gets
// the answers that come within HttpLimits::half_closed, and what was written to it counts as not
// written.
#pragma once

#include "gateway/runtime/http_session.h"
#include "gateway/runtime/http_types.h"
#include "gateway/runtime/loop.h"
#include "protocol/result.h"

#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sfg::runtime {

struct HttpOptions {
    std::string name;                   // For messages: "API".
    std::string address = "127.0.0.1";  // An IP address, or "localhost".
    std::uint16_t port = 0;             // 0: any free one.
    unsigned space = 1;                 // Of the ExchangeIds; 1 to 15.
    HttpLimits limits;
    LargeBodyGate* gate = nullptr;  // As wide as one largest body at least.

    // Servers on several loops that serve one port share its space and its limit of connections:
    // server `share` of `shares` has the slots that leave `share` when divided by `shares`.
    unsigned share = 0;
    unsigned shares = 1;
    std::shared_ptr<std::atomic<std::size_t>> connections = {};  // Absent: its own.
    // Takes the connections that come, instead of the server; then adopt() them elsewhere.
    std::function<void(boost::asio::ip::tcp::socket)> take = {};
};

class HttpServer final : private HttpSession::Owner {
public:
    HttpServer(Loop& loop, HttpOptions options, HttpHandler& handler);
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    ~HttpServer();

    // Takes the port. The port, or a sentence that names the address and the cause.
    [[nodiscard]] Result<std::uint16_t, std::string> bind();

    // Begins to serve. Requires: bind() succeeded.
    void accept();

    // Takes another port beside the one it has, or had. Then it moves there, or stays.
    [[nodiscard]] Result<std::uint16_t, std::string> take(std::uint16_t port);
    // New connections come to the port that was taken, also after stop_accepting(); those that are
    // open go on.
    void move();
    void stay();

    // Serves a connection of this loop that another server has taken.
    void adopt(boost::asio::ip::tcp::socket socket);

    // No new connections and requests; idle connections close. Bodies on their way still come in,
    // and what is asked is answered, with `Connection: close`.
    void stop_accepting();

    // Calls `quiet` once nothing is asked that is not answered and written, at once if so already.
    // Requires: stop_accepting().
    void when_quiet(std::function<void()> quiet);

    // Closes all connections at once. The handler hears nothing of it.
    void close();

    // Answers an exchange. False, and nothing happens, if it is gone.
    // Requires: on_request was called for it, and it is not answered yet.
    bool respond(ExchangeId id, HttpResponse response);

    // Appends to an answer that goes on (HttpResponse::streams), unless the client has left so much
    // unread already.
    Streamed stream(ExchangeId id, std::string_view piece, std::size_t pending_max) {
        auto session = session_of(id);
        return session ? session->stream(id, piece, pending_max) : Streamed::gone;
    }

    // Ends such an answer and closes its connection at once. The handler hears nothing of it.
    void cut(ExchangeId id) {
        auto session = session_of(id);
        if (session && session->has(id)) {
            session->kill();
        }
    }

    // The next request of the connection may come (after Next::hold).
    void resume(ExchangeId id);

    // The handler no longer holds the request's body: what it took of the gate is free. (It is,
    // too, when the exchange is answered.)
    void release_body(ExchangeId id);

    // Whether the exchange still waits for its answer.
    [[nodiscard]] bool waits(ExchangeId id);

    // Reads no sockets, until resume_reading(): the handler has no room.
    void pause_reading();
    void resume_reading();

    [[nodiscard]] const HttpCounters& counters() const { return shared_.counters; }

    // Where it is bound, for messages: "127.0.0.1:8070".
    [[nodiscard]] const std::string& bound_to() const { return bound_to_; }

private:
    struct Slot {
        boost::intrusive_ptr<HttpSession> session;
        std::uint64_t next_number = 1;
    };

    void session_ready(HttpSession& session) override;
    void session_closed(HttpSession& session) override;
    void all_answered() override;

    [[nodiscard]] Result<std::uint16_t, std::string>
    listen(boost::asio::ip::tcp::acceptor& acceptor, std::uint16_t port);
    void accept_next();
    std::optional<std::size_t> free_slot();
    [[nodiscard]] std::size_t place_of(ExchangeId id) const;
    [[nodiscard]] Problem refusal() const;
    void post_run();
    void run_ready();
    void check_quiet();
    [[nodiscard]] boost::intrusive_ptr<HttpSession> session_of(ExchangeId id);
    [[nodiscard]] std::vector<boost::intrusive_ptr<HttpSession>> sessions() const;

    // Constant after construction.
    Loop& loop_;
    const HttpOptions options_;
    const std::shared_ptr<std::atomic<std::size_t>> connections_;
    std::string bound_to_;

    // The loop's.
    HttpShared shared_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::ip::tcp::acceptor taken_;
    Loop::DeadlineTimer accept_again_;
    std::vector<Slot> slots_;
    std::vector<std::size_t> free_slots_;
    std::vector<boost::intrusive_ptr<HttpSession>> ready_;
    std::vector<boost::intrusive_ptr<HttpSession>> running_;
    bool run_posted_ = false;
    bool stopping_ = false;
    std::function<void()> quiet_;
    // Handlers that are still queued when the server goes find this gone.
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace sfg::runtime
