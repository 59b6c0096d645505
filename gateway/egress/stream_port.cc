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
      question_(first) {}

std::optional<engine::StreamAt> EngineStreamPort::open() {
    is_pull_ = false;
    do {
        put_(engine::StreamOpened{question_.ask(), egress_});
        auto answer = question_.wait();
        if (answer && std::holds_alternative<engine::StreamAt>(*answer)) {
            return std::get<engine::StreamAt>(*answer);
        }
    } while (question_.sleep(kAskAgain));
    return std::nullopt;
}

StreamPort::Pulled
EngineStreamPort::pull(std::size_t records_max, std::size_t bytes_max, Time until) {
    // It may be out already: nothing had come when it was last waited for.
    if (!is_pull_ || !question_.is_out()) {
        is_pull_ = true;
        put_(engine::StreamPulled{question_.ask(), egress_, records_max, bytes_max});
    }
    auto answer = question_.wait(until);
    if (answer && std::holds_alternative<engine::StreamRecords>(*answer)) {
        return {std::get<engine::StreamRecords>(std::move(*answer)).records, true};
    }
    return {{}, !answer && !question_.is_closed()};
}

void EngineStreamPort::delivered(std::uint64_t up_to) {
    put_(engine::StreamDelivered{egress_, up_to});
}

void EngineStreamPort::rewind() {
    // What has come for a pull that nobody waits for now lies behind what comes again.
    question_.drop();
    put_(engine::StreamRewound{egress_});
}

bool EngineStreamPort::refuse(std::uint64_t position, std::string reason) {
    is_pull_ = false;
    put_(engine::StreamRefused{question_.ask(), egress_, position, std::move(reason)});
    auto answer = question_.wait();
    return answer && std::holds_alternative<engine::EgressEmpty>(*answer);
}

bool EngineStreamPort::sleep(std::chrono::milliseconds time) {
    return question_.sleep(time);
}

void EngineStreamPort::on_answer(WaiterId waiter, engine::Answer answer) {
    question_.on_answer(waiter, std::move(answer));
}

void EngineStreamPort::close() {
    question_.close();
}

}  // namespace sfg::egress
