// HttpSession: one connection of an HttpServer; a state machine of callbacks.
//
// Input and output are independent: requests are parsed ahead while earlier ones wait for their
// answers, up to a limit, and answers leave in order, many in one write.
//
//     input:   head -> (gate) -> body | chunks -> head ...        refused: drain -> head
//              any -> stopped, when no further request is wanted: what comes is thrown away
//     output:  answered exchanges at the front -> one write -> ... -> linger -> closed
//
// Threads:    the loop's.
// Lifetime:   counted, because each pending read or write holds it (one thread, so the count is a
//             plain number); the server drops it when it says session_closed.
// Invariants: exchanges_ are in the order of their requests, and only the last may be receiving;
//             at most one read and one write are under way.
#pragma once

#include "gateway/runtime/body_gate.h"
#include "gateway/runtime/http_input.h"
#include "gateway/runtime/http_parser.h"
#include "gateway/runtime/http_types.h"
#include "gateway/runtime/loop.h"
#include "protocol/limits.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sfg::runtime {

struct HttpLimits {
    std::size_t connections_max = 4096;
    std::size_t head_bytes_max = kHeaderBytesMax;
    std::size_t target_bytes_max = kRequestTargetBytesMax;
    std::size_t body_bytes_max = kBodyBytesMax;
    // Requests of one connection that wait for their answers.
    std::size_t pipeline_max = 64;
    // A refused body up to this size is read and thrown away to keep the connection.
    std::size_t drain_bytes_max = 256 * kKiB;
    // What is thrown away of a connection that is about to close, so that the client, which may
    // still be sending, gets to read the answer.
    std::size_t linger_bytes_max = 64 * kMiB;

    std::chrono::milliseconds idle{75'000};             // Between two requests.
    std::chrono::milliseconds head{10'000};             // From a head's first byte to its last.
    std::chrono::milliseconds transfer_idle{30'000};    // Without any byte of a body or an answer.
    std::chrono::milliseconds transfer_total{300'000};  // For one body, and for one write.
    std::chrono::milliseconds gate{30'000};             // In the line of the gate.
    std::chrono::milliseconds linger{5'000};
    // For the answers to a client that has ended its side. Past it the client counts as gone.
    std::chrono::milliseconds half_closed{1'000};
};

struct HttpCounters {
    std::uint64_t connections_open = 0;
    std::uint64_t connections_total = 0;
    std::uint64_t connections_refused = 0;
    std::uint64_t exchanges_open = 0;  // Asked, and not yet written or gone.
    std::uint64_t requests_total = 0;
    std::uint64_t client_errors_total = 0;  // Answers 4xx.
    std::uint64_t server_errors_total = 0;  // Answers 5xx.
    std::uint64_t received_bytes_total = 0;
    std::uint64_t sent_bytes_total = 0;
};

// What the sessions of a server have in common.
struct HttpShared {
    Loop& loop;
    HttpHandler& handler;
    const HttpLimits& limits;
    LargeBodyGate* gate;
    bool paused;
    HttpCounters counters;
};

class HttpSession final
    : public boost::intrusive_ref_counter<HttpSession, boost::thread_unsafe_counter>,
      private LargeBodyGate::Waiter {
public:
    class Owner {
    public:
        // Call run() soon, on a fresh stack.
        virtual void session_ready(HttpSession& session) = 0;
        virtual void session_closed(HttpSession& session) = 0;
        // No exchange of any connection is open any more.
        virtual void all_answered() = 0;

    protected:
        ~Owner() = default;
    };

    using Socket = boost::asio::ip::tcp::socket;

    HttpSession(HttpShared& shared, Owner& owner, Socket socket, ExchangeId first);

    void start();
    // One connection too many: says so and closes.
    void start_refused(const Problem& problem);
    // Does whatever can be done now: parses, writes, reads.
    void run();

    // Whether it was not yet marked as ready since its last run.
    [[nodiscard]] bool mark_ready() { return !std::exchange(ready_, true); }

    bool respond(ExchangeId id, HttpResponse response);
    Streamed stream(ExchangeId id, std::string_view piece, std::size_t pending_max);
    void resume(ExchangeId id);
    void release_body(ExchangeId id);
    [[nodiscard]] bool waits(ExchangeId id);

    [[nodiscard]] bool has(ExchangeId id) { return find(id) != nullptr; }

    void wind_down();
    void kill();

    // The id that the next request gets.
    [[nodiscard]] ExchangeId next_id() const {
        return ExchangeId{front_id_ + exchanges_.size() + dropped_};
    }

private:
    enum class In : std::uint8_t { head, gate, body, chunks, drain, stopped };
    enum class State : std::uint8_t { receiving, waiting, answered, streaming };
    enum class Wait : std::uint8_t { nothing, request, head, body, gate, half_closed, linger };

    struct Exchange {
        State state = State::receiving;
        bool close = false;
        bool http10 = false;
        bool head_only = false;
        std::size_t granted = 0;  // Of the gate.
        HttpResponse response;
    };

    // The body that is on its way; of exchanges_.back().
    struct Incoming {
        std::unique_ptr<HttpContext> context;
        bool in_place = false;
        bool chunked = false;
        bool expects = false;  // Expect: 100-continue.
        BodyPlace place;
        std::size_t size = 0;  // Known; or the limit of the chunks.
        std::size_t got = 0;
        std::string text;
    };

    // Input: http_session.cc.
    bool step();
    bool step_head();
    void begin_request(const HttpHead& head);
    void next_request();
    void refuse(HttpResponse response);
    void give_up(const Problem& problem);
    [[nodiscard]] bool blocked() const;
    void read_more();
    void on_read(const boost::system::error_code& error, std::size_t bytes);
    void end_input();
    void drop_unanswered();

    // Bodies: http_session_body.cc.
    void begin_body(const HttpHead& head, BodyPlan plan);
    void start_body();
    bool step_body();
    bool step_chunks();
    bool step_drain();
    void finish_body();
    void on_granted() override;

    // Output and the end: http_session_output.cc.
    // Whether something was written, and all of it.
    bool flush();
    bool take_answer();
    bool write();
    void wait_for_write();
    void on_written(const boost::system::error_code& error, std::size_t bytes);
    [[nodiscard]] bool is_written(std::size_t bytes);
    [[nodiscard]] std::array<boost::asio::const_buffer, 2> out_buffers() const;
    void finish_write();
    void settle();
    void linger();
    void close(bool tell);
    void drop_from(std::size_t first, bool tell);

    // Answers that go on: http_session_stream.cc.
    void begin_stream();
    void take_stream();

    // Deadlines: http_session_deadlines.cc.
    void watch();
    [[nodiscard]] Wait current_wait() const;
    void on_deadline();
    void on_overdue();

    [[nodiscard]] ExchangeId back_id() const {
        return ExchangeId{front_id_ + exchanges_.size() - 1};
    }

    Exchange& open_exchange();
    Exchange* find(ExchangeId id);
    void answer(Exchange& exchange, HttpResponse response);
    void release(Exchange& exchange);
    void count_done(std::size_t exchanges);

    HttpShared& shared_;
    Owner& owner_;
    Socket socket_;
    Loop::DeadlineTimer timer_;

    std::deque<Exchange> exchanges_;
    std::uint64_t front_id_;
    std::uint64_t dropped_ = 0;  // Exchanges at the end that nobody waits for; none comes after.
    std::uint64_t held_id_ = 0;

    In in_ = In::head;
    HttpInput input_;
    HttpParser parser_;
    Incoming incoming_;
    std::size_t drain_left_ = 0;
    std::size_t discarded_ = 0;
    bool head_begun_ = false;
    bool last_request_ = false;  // The client asked for the end, or we did.
    bool continue_due_ = false;
    bool reading_ = false;
    bool reading_body_ = false;  // The read goes to incoming_, not to input_.

    std::string out_text_;
    HttpResponse out_large_;
    std::string_view out_rest_[2];
    std::vector<ExchangeId> out_told_;
    std::size_t out_exchanges_ = 0;
    bool writing_ = false;
    bool closing_ = false;  // The last answer is taken.
    bool lingering_ = false;
    bool peer_done_ = false;  // The client has ended its side.
    bool winding_down_ = false;
    bool closed_ = false;
    bool ready_ = false;  // The owner will call run().

    Wait wait_ = Wait::nothing;
    bool fresh_wait_ = true;
    bool progress_ = false;
    SteadyTime wait_began_{};
    SteadyTime write_began_{};
    SteadyTime read_due_ = SteadyTime::max();
    SteadyTime write_due_ = SteadyTime::max();
    SteadyTime armed_for_ = SteadyTime::max();
};

}  // namespace sfg::runtime
