#include "gateway/egress/stream_port.h"

#include <utility>

namespace sfg::egress {

namespace {

// The engine is starting, or its store is being opened anew.
constexpr std::chrono::milliseconds kAskAgain{100};

}  // namespace

EngineStreamPort::EngineStreamPort(
    TypeName egress,
    WaiterId first,
    std::function<void(engine::Event)> put
)
    : egress_(std::move(egress)),
      put_(std::move(put)),
      last_(first) {}

WaiterId EngineStreamPort::ask(bool is_pull) {
    std::lock_guard lock(mutex_);
    last_ = WaiterId{static_cast<std::uint64_t>(last_) + 1};
    answer_.reset();
    is_asked_ = true;
    is_pull_ = is_pull;
    return last_;
}

std::optional<engine::Answer> EngineStreamPort::wait(std::optional<Time> until) {
    std::unique_lock lock(mutex_);
    auto is_over = [this] {
        return answer_.has_value() || is_closed_;
    };
    if (until) {
        changed_.wait_until(lock, *until, is_over);
    } else {
        changed_.wait(lock, is_over);
    }
    if (!answer_ || is_closed_) {
        return std::nullopt;
    }
    is_asked_ = false;
    return std::exchange(answer_, std::nullopt);
}

std::optional<engine::StreamAt> EngineStreamPort::open() {
    do {
        put_(engine::StreamOpened{ask(), egress_});
        auto answer = wait(std::nullopt);
        if (answer && std::holds_alternative<engine::StreamAt>(*answer)) {
            return std::get<engine::StreamAt>(*answer);
        }
    } while (sleep(kAskAgain));
    return std::nullopt;
}

StreamPort::Pulled
EngineStreamPort::pull(std::size_t records_max, std::size_t bytes_max, Time until) {
    bool is_out = false;
    {
        std::lock_guard lock(mutex_);
        is_out = is_asked_ && is_pull_;  // Nothing had come when it was last waited for.
    }
    if (!is_out) {
        put_(engine::StreamPulled{ask(true), egress_, records_max, bytes_max});
    }
    auto answer = wait(until);
    if (answer && std::holds_alternative<engine::StreamRecords>(*answer)) {
        return {std::get<engine::StreamRecords>(std::move(*answer)).records, true};
    }
    std::lock_guard lock(mutex_);
    return {{}, !answer && !is_closed_};
}

void EngineStreamPort::delivered(std::uint64_t up_to) {
    put_(engine::StreamDelivered{egress_, up_to});
}

void EngineStreamPort::rewind() {
    {
        // What has come for a pull that nobody waits for now lies behind what comes again.
        std::lock_guard lock(mutex_);
        is_asked_ = false;
        answer_.reset();
    }
    put_(engine::StreamRewound{egress_});
}

bool EngineStreamPort::refuse(std::uint64_t position, std::string reason) {
    put_(engine::StreamRefused{ask(), egress_, position, std::move(reason)});
    auto answer = wait(std::nullopt);
    return answer && std::holds_alternative<engine::EgressEmpty>(*answer);
}

bool EngineStreamPort::sleep(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return !changed_.wait_for(lock, time, [this] { return is_closed_; });
}

void EngineStreamPort::on_answer(WaiterId waiter, engine::Answer answer) {
    std::lock_guard lock(mutex_);
    if (waiter == last_ && is_asked_) {
        answer_ = std::move(answer);
        changed_.notify_all();
    }
}

void EngineStreamPort::close() {
    std::lock_guard lock(mutex_);
    is_closed_ = true;
    changed_.notify_all();
}

}  // namespace sfg::egress
