// Connection: one kept-alive HTTP/1.1 connection of serve(). Internal to the SDK's host.
//
// Reads a request, has it answered, writes the answer, reads the next. Pipelined requests are
// answered in their order.
//
// Threads:    the loop's.
// Lifetime:   owned by its ConnectionOwner, which it asks to be forgotten as its last act.
// Invariants: exactly one operation is pending at any time, so closing the socket ends it and,
//             through it, the connection.
// Limits:     request headers 64 KiB; bodies as the owner says.
#pragma once

#include "statefun/functions.h"
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace statefun::detail {

class Connection;

// What a connection may know of the server that it belongs to.
struct ConnectionOwner {
    explicit ConnectionOwner(const Functions& its_functions, std::size_t its_request_bytes_max)
        : functions(its_functions),
          request_bytes_max(its_request_bytes_max) {}

    ConnectionOwner(const ConnectionOwner&) = delete;
    ConnectionOwner& operator=(const ConnectionOwner&) = delete;

    // Destroys the connection.
    virtual void forget(Connection& connection) = 0;

    const Functions& functions;
    const std::size_t request_bytes_max;
    // A clock for time-outs that stands still while a function keeps the loop busy, so that nobody
    // is cut off for having waited behind it.
    std::int64_t sweeps = 0;
    bool is_stopping = false;

protected:
    ~ConnectionOwner() = default;
};

class Connection {
public:
    Connection(ConnectionOwner& owner, boost::asio::ip::tcp::socket socket);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    void read_request();

    // Nothing of a request has come yet: closing now loses nothing.
    [[nodiscard]] bool is_idle() const;

    // The owner's sweeps when the last answer was written.
    [[nodiscard]] std::int64_t since() const { return since_; }

    void close();

private:
    struct Incoming;  // Keeps Beast out of this header.

    void on_header(boost::system::error_code error);
    void read_body();
    void on_body(boost::system::error_code error);
    void answer();
    void refuse(unsigned status, std::string_view reason, std::string_view headers = {});
    void write(std::string head, std::string body);
    void on_written(boost::system::error_code error);
    void end();

    ConnectionOwner& owner_;
    boost::asio::ip::tcp::socket socket_;
    std::unique_ptr<Incoming> incoming_;
    std::string head_;
    std::string body_;
    std::int64_t since_;
    bool is_reading_ = false;
    bool keep_alive_ = true;
};

}  // namespace statefun::detail
