// Call: one call of a function: one attempt. The engine repeats what fails.
//
// waiting (for a connection) -> exchanging -> parsing -> ended
//    |                             |             |         ^
//    +-----------------------------+-------------+---------+   it failed
//
// A kept connection that the server closed just as we wrote is no failure: the same bytes are
// resent at once, once, on a new connection.
//
// Threads:    the loop's.
// Lifetime:   held by its owner; shared only so that what is posted can see that it is gone.
// Invariants: the owner is told once, and last.
// Limits:     the call_timeout of its endpoint, over all of it.
#pragma once

#include "gateway/engine/actions.h"
#include "gateway/engine/events.h"
#include "gateway/functions/answer_decoder.h"
#include "gateway/functions/connection.h"
#include "gateway/functions/endpoint.h"
#include "gateway/functions/failure.h"
#include "gateway/functions/options.h"
#include "gateway/functions/pool.h"
#include "gateway/functions/request.h"
#include "gateway/runtime/body_gate.h"
#include "gateway/runtime/helpers.h"
#include "gateway/runtime/loop.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>

namespace sfg::functions {

using CallOutcome = std::variant<engine::ResponseArrived, engine::CallFailed>;

class Call final : public std::enable_shared_from_this<Call>,
                   private PoolWaiter,
                   private Connection::User,
                   private runtime::LargeBodyGate::Waiter {
public:
    class Owner {
    public:
        virtual ~Owner() = default;
        // Takes the call away.
        virtual void call_ended(Call& call, CallOutcome outcome) = 0;
    };

    struct Environment {
        runtime::Loop& loop;
        runtime::Helpers& helpers;
        const std::shared_ptr<runtime::LargeBodyGate>& gate;
        const CallerOptions& options;
        Owner& owner;
    };

    Call(const Environment& environment, Endpoint& endpoint, engine::StartCall start);
    ~Call() override = default;

    // The owner is called later, never from here.
    void begin();

    // Ends it; the owner is not told.
    void cancel();

    [[nodiscard]] RequestId id() const { return start_.id; }

private:
    enum class State : std::uint8_t { idle, waiting, exchanging, parsing, ended };

    void on_connection(std::shared_ptr<Connection> connection, Origin origin) override;
    void on_no_connection(const TroubleReport& trouble) override;
    void on_refusal_head() override;
    bool on_large_answer(std::size_t bytes) override;
    void on_granted() override;
    void on_exchange(Exchange exchange) override;

    void resend();
    void on_deadline();
    void parse(HttpResponse response);
    void parsed(Response response);
    void fail(const TroubleReport& trouble);
    void fail(Failure failure);
    void close();
    void enter(State state);
    void leave();
    void shrink_grant(std::size_t bytes);

    // Of its budget.
    [[nodiscard]] std::chrono::milliseconds remaining() const;

    const Environment environment_;
    const std::shared_ptr<const EndpointSpec> spec_;
    CallerStats& stats_;
    const std::shared_ptr<Route> route_;
    engine::StartCall start_;
    const runtime::SteadyTime started_;
    const RequestHeadEnd head_end_;
    runtime::Loop::DeadlineTimer deadline_;

    State state_ = State::idle;
    std::shared_ptr<Connection> connection_;  // While exchanging.
    std::shared_ptr<AnswerDecoder> decoder_;  // While parsing, of an answer that takes its time.
    runtime::SteadyTime sent_;
    std::chrono::microseconds latency_{0};
    Origin origin_ = Origin::fresh;
    bool is_resent_ = false;
    std::size_t asked_ = 0;    // Of the gate, for a large answer.
    std::size_t granted_ = 0;  // What it gave and did not get back.
};

}  // namespace sfg::functions
