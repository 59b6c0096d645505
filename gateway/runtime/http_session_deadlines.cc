// How long each wait of a connection may take, and what happens then.
#include "gateway/runtime/http_session.h"

#include <algorithm>
#include <utility>

namespace sfg::runtime {

HttpSession::Wait HttpSession::current_wait() const {
    if (lingering_) {
        return Wait::linger;
    }
    if (peer_done_ && !exchanges_.empty()) {
        return Wait::half_closed;
    }
    switch (in_) {
        case In::head:
            if (blocked() || (!head_begun_ && (writing_ || !exchanges_.empty()))) {
                return Wait::nothing;
            }
            return head_begun_ ? Wait::head : Wait::request;
        case In::gate:
            return Wait::gate;
        case In::body:
        case In::chunks:
        case In::drain:
            return Wait::body;
        case In::stopped:
            return Wait::nothing;
    }
    return Wait::nothing;
}

void HttpSession::watch() {
    if (closed_) {
        return;
    }
    Wait wait = current_wait();
    bool fresh = std::exchange(fresh_wait_, false) || wait != wait_;
    if (fresh || (progress_ && wait == Wait::body)) {
        const HttpLimits& limits = shared_.limits;
        SteadyTime now = wait == Wait::nothing ? wait_began_ : SteadyClock::now();
        wait_ = wait;
        wait_began_ = fresh ? now : wait_began_;
        switch (wait) {
            case Wait::nothing:
                read_due_ = SteadyTime::max();
                break;
            case Wait::request:
                read_due_ = now + limits.idle;
                break;
            case Wait::head:
                read_due_ = now + limits.head;
                break;
            case Wait::body:
                read_due_ =
                    std::min(now + limits.transfer_idle, wait_began_ + limits.transfer_total);
                break;
            case Wait::gate:
                read_due_ = now + limits.gate;
                break;
            case Wait::half_closed:
                read_due_ = now + limits.half_closed;
                break;
            case Wait::linger:
                read_due_ = now + limits.linger;
                break;
        }
    }
    progress_ = false;
    SteadyTime due = std::min(read_due_, write_due_);
    // A timer that comes too early looks again; so it is seldom set.
    if (due < armed_for_) {
        armed_for_ = due;
        timer_.set_at(due);
    }
}

void HttpSession::on_deadline() {
    boost::intrusive_ptr<HttpSession> self(this);
    armed_for_ = SteadyTime::max();
    SteadyTime now = SteadyClock::now();
    if (write_due_ <= now) {
        close(true);
    } else if (read_due_ <= now) {
        on_overdue();
    }
    run();
}

void HttpSession::on_overdue() {
    switch (wait_) {
        case Wait::head:
            open_exchange();
            give_up({Errc::request_timeout, "the header did not come in time"});
            break;
        case Wait::half_closed:
            drop_unanswered();
            break;
        case Wait::gate:
            give_up({Errc::overloaded, "other large bodies take all the memory for them"});
            break;
        case Wait::body:
            if (in_ != In::drain) {
                give_up({Errc::request_timeout, "the body did not come in time"});
                break;
            }
            [[fallthrough]];
        case Wait::request:
        case Wait::linger:
        case Wait::nothing:
            close(true);
            break;
    }
}

}  // namespace sfg::runtime
