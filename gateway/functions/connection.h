// Connection: one open connection to a function server, and one exchange on it at a time.
//
// The answer is read while the request is still being written: a server that refuses a large body
// answers before it has read it, and closes. A connection that rests is read, too: so it is seen at
// once that the server closes it, or says what nobody asked for, and no look at it is needed before
// the next request.
//
// Threads:    the loop's.
// Lifetime:   shared with its handlers; after close() nobody is called and the request's bytes are
//             no longer looked at.
// Invariants: at most one read and one write are under way.
#pragma once

#include "gateway/functions/failure.h"
#include "gateway/functions/response_reader.h"
#include "gateway/functions/socket.h"
#include "gateway/functions/tls_wire.h"
#include "gateway/runtime/loop.h"
#include "protocol/codec.h"

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sfg::functions {

// How an exchange ended. The answer itself is Connection::response().
struct Exchange {
    bool is_answered = false;
    TroubleReport trouble;  // Of one that is not.
    // Whether it may be that the server never took the request: it sent nothing, or sent something
    // before it had the request.
    bool is_untaken = false;
    bool is_reusable = false;  // The connection can carry another one.
};

class Connection : public std::enable_shared_from_this<Connection> {
public:
    class User {
    public:
        virtual ~User() = default;
        // The header says that the answer will be refused; its body is still being read past.
        virtual void on_refusal_head() = 0;
        // The answer's body may take this much memory, over kLargeBodyBytes; said once. False: it
        // is not read on before resume().
        virtual bool on_large_answer(std::size_t bytes) = 0;
        virtual void on_exchange(Exchange exchange) = 0;
    };

    // The bytes stay where they are until the exchange has ended or the connection is closed.
    struct Request {
        std::string_view head_start;
        std::string_view head_end;
        std::span<const std::string_view> body;
        std::size_t answer_bytes_max;
    };

    // `tls`: absent for a plain connection.
    [[nodiscard]] static std::shared_ptr<Connection>
    make(Socket socket, std::unique_ptr<TlsSession> tls, runtime::SteadyTime expires);

    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() = default;

    // From the end of an exchange until the next one.
    void rest();

    // Whether the peer still holds it open, as far as was seen, and sent nothing unasked.
    [[nodiscard]] bool is_usable() const { return !is_broken_; }

    // `user` is called later, never from here.
    void exchange(const Request& request, User& user);

    // Reads on, after on_large_answer() said no.
    void resume();

    void close();

    [[nodiscard]] bool is_refusal() const { return reader_.is_refusal(); }

    [[nodiscard]] HttpResponse& response() { return reader_.response(); }

    // For messages: how far the exchange in progress is.
    [[nodiscard]] std::string progress_text() const;

    // When it is too old to be kept, whatever it is doing.
    [[nodiscard]] runtime::SteadyTime expires() const { return expires_; }

private:
    Connection(Socket socket, runtime::SteadyTime expires);

    void write();
    void read();
    void on_written(const boost::system::error_code& error);
    void on_read(const boost::system::error_code& error, std::size_t bytes);
    [[nodiscard]] ResponseReader::End end_of(const boost::system::error_code& error) const;
    void end_exchange(ResponseReader::State state);

    Socket socket_;
    std::unique_ptr<TlsWire> tls_;
    const runtime::SteadyTime expires_;
    ResponseReader reader_;
    std::vector<boost::asio::const_buffer> out_;
    User* user_ = nullptr;  // Of the exchange in progress.
    bool is_reading_ = false;
    bool is_written_ = false;
    bool is_broken_ = false;
    bool is_refusal_told_ = false;
    bool is_claim_told_ = false;
};

}  // namespace sfg::functions
