#include "gateway/functions/call.h"

#include <algorithm>

namespace sfg::functions {
namespace {

using runtime::SteadyClock;
using std::chrono::microseconds;
using std::chrono::milliseconds;

}  // namespace

Call::Call(const Environment& environment, Endpoint& endpoint, engine::StartCall start)
    : environment_(environment),
      spec_(endpoint.shared_spec()),
      stats_(endpoint.stats()),
      route_(endpoint.route_for(start.target.type.name)),
      start_(std::move(start)),
      started_(SteadyClock::now()),
      head_end_(start_.body.size),
      deadline_(environment.loop, [this] { on_deadline(); }) {}

void Call::begin() {
    ++stats_.calls;
    ++stats_.calls_in_flight;
    if (!route_->problem) {
        ++stats_.attempts;
        deadline_.set_at(started_ + spec_->call_timeout);
        enter(State::waiting);
        route_->pool->acquire(*this);
        return;
    }
    environment_.loop.post([weak = weak_from_this()] {
        if (auto self = weak.lock(); self && self->state_ == State::idle) {
            self->fail(*self->route_->problem);
        }
    });
}

void Call::cancel() {
    if (state_ != State::ended) {
        close();
    }
}

milliseconds Call::remaining() const {
    auto passed = std::chrono::duration_cast<milliseconds>(SteadyClock::now() - started_);
    return std::max(spec_->call_timeout - passed, milliseconds{0});
}

void Call::resend() {
    ++stats_.stale_connections;
    is_resent_ = true;
    enter(State::waiting);
    route_->pool->acquire_fresh(*this);
}

void Call::on_connection(std::shared_ptr<Connection> connection, Origin origin) {
    enter(State::exchanging);
    connection_ = std::move(connection);
    origin_ = origin;
    sent_ = SteadyClock::now();
    stats_.bytes_sent += start_.body.size;
    connection_->exchange(
        {route_->head_start, head_end_.view(), start_.body.views(), spec_->payload_bytes_max}, *this
    );
}

// If the request was sent before, on a kept connection that ended, the server may have died of it:
// nobody may say that it was not seen.
void Call::on_no_connection(const TroubleReport& trouble) {
    Failure failure = failure_of(trouble);
    failure.point = is_resent_ ? FailurePoint::exchange : failure.point;
    fail(std::move(failure));
}

void Call::on_refusal_head() {
    deadline_.set(std::min(remaining(), environment_.options.refusal_body_max));
}

void Call::on_exchange(Exchange exchange) {
    // Moved out first: once it is given back, the connection serves whoever waits.
    std::shared_ptr<Connection> connection = std::move(connection_);
    HttpResponse response = std::move(connection->response());
    if (response.coding == ContentCoding::identity) {
        shrink_grant(response.body.size());
    }
    auto now = SteadyClock::now();
    if (exchange.is_reusable) {
        route_->pool->keep(std::move(connection), response.keep_alive_timeout, now);
    } else {
        route_->pool->drop(*connection);
    }
    latency_ = std::chrono::ceil<microseconds>(now - sent_);
    if (!exchange.is_answered) {
        bool is_stale = origin_ == Origin::reused && exchange.is_untaken && !is_resent_;
        return is_stale ? resend() : fail(exchange.trouble);
    }
    stats_.observe_latency(start_.target.type, latency_);
    ++stats_.answers_by_status[response.status];
    if (!is_accepted(response)) {
        return fail(*judge(response, environment_.options.wall_now()));
    }
    stats_.cut_off.observe(latency_, false);
    stats_.bytes_received += response.body.size();
    stats_.empty_replies += response.body.empty() ? 1 : 0;
    parse(std::move(response));
}

void Call::on_deadline() {
    std::string budget =
        "the call budget of " + std::to_string(spec_->call_timeout.count()) + " ms";
    if (state_ == State::waiting) {
        leave();
        return on_no_connection({Trouble::connect, "gave no connection within " + budget});
    }
    if (state_ == State::exchanging) {
        HttpResponse response = std::move(connection_->response());
        bool is_refusal = connection_->is_refusal();
        std::string progress = connection_->progress_text();
        leave();
        if (auto refused = judge(response, environment_.options.wall_now());
            is_refusal && refused) {
            ++stats_.answers_by_status[response.status];
            return fail(*std::move(refused));
        }
        return fail({Trouble::timed_out, "did not answer within " + budget + ": " + progress});
    }
    // An answer that is being parsed came in time.
}

void Call::parse(HttpResponse response) {
    enter(State::parsing);
    bool is_plain = response.coding == ContentCoding::identity;
    if (is_plain && !is_helpers_work(response.body.size())) {
        return parsed(parse_response(start_.target, start_.home, response.body));
    }
    AnswerDecoder::Task task{
        start_.target,
        start_.home,
        std::move(response.body),
        response.coding,
        spec_->payload_bytes_max,
        std::exchange(granted_, 0)
    };
    // Let go of with the state, and the answer of one that was let go of does not come.
    decoder_ = std::make_shared<AnswerDecoder>(
        environment_.helpers,
        *environment_.gate,
        std::move(task),
        [this](AnswerDecoder::Outcome outcome) {
            if (const auto* trouble = std::get_if<TroubleReport>(&outcome)) {
                fail(TroubleReport(*trouble));
            } else {
                granted_ = decoder_->take_grant();
                parsed(std::get<Response>(std::move(outcome)));
            }
        }
    );
    std::shared_ptr<AnswerDecoder>(decoder_)->start();
}

void Call::parsed(Response response) {
    if (const auto* error = std::get_if<ResponseError>(&response)) {
        return fail({Trouble::malformed, "answered what is no FromFunction: " + error->reason});
    }
    // The engine keeps it until the answer's commit is durable.
    engine::Hold hold = runtime::hold_grant(environment_.gate, std::exchange(granted_, 0));
    close();
    environment_.owner.call_ended(
        *this,
        engine::ResponseArrived{
            start_.epoch, start_.id, std::move(response), latency_, std::move(hold)
        }
    );
}

void Call::fail(const TroubleReport& trouble) {
    fail(failure_of(trouble));
}

void Call::fail(Failure failure) {
    failure.reason = route_->url.shown + " " + failure.reason;
    failure.reason +=
        stats_.cut_off.observe(std::exchange(latency_, {}), true) ? CutOff::kHint : "";
    stats_.count_failure(failure.kind, failure.reason);
    close();
    ++stats_.calls_failed;
    environment_.owner.call_ended(
        *this,
        engine::CallFailed{
            start_.epoch,
            start_.id,
            failure.kind,
            std::move(failure.reason),
            failure.retry_after,
            failure.overloaded,
            failure.point,
            failure.status,
            std::move(failure.response)
        }
    );
}

void Call::close() {
    leave();
    shrink_grant(0);
    --stats_.calls_in_flight;
    state_ = State::ended;
    release_body(environment_.helpers, std::move(start_.body));
}

void Call::enter(State state) {
    leave();
    state_ = state;
    stats_.calls_without_connection += state == State::waiting ? 1 : 0;
}

// Gives back what the state holds. Idempotent within the state `idle`.
void Call::leave() {
    switch (std::exchange(state_, State::idle)) {
        case State::waiting:
            --stats_.calls_without_connection;
            route_->pool->forget(*this);
            break;
        case State::exchanging:
            environment_.gate->leave(*this);
            if (auto connection = std::move(connection_)) {
                route_->pool->drop(*connection);
            }
            break;
        case State::ended:
            state_ = State::ended;
            break;
        case State::parsing:
        case State::idle:
            decoder_.reset();
            break;
    }
}

bool Call::on_large_answer(std::size_t bytes) {
    granted_ = environment_.gate->reserve(*this, bytes) ? bytes : 0;
    asked_ = bytes;
    return granted_ != 0;
}

void Call::on_granted() {
    granted_ = asked_;
    connection_->resume();
}

// Keeps the grant for what is left of a large answer.
void Call::shrink_grant(std::size_t bytes) {
    if (granted_ > bytes) {
        environment_.gate->give_back(std::exchange(granted_, bytes) - bytes);
    }
}

}  // namespace sfg::functions
