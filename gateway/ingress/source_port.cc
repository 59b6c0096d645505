#include "gateway/ingress/source_port.h"

#include <utility>
#include <variant>

namespace sfg::ingress {

namespace {

// The engine is starting, or its store is being opened anew.
constexpr std::chrono::milliseconds kAskAgain{100};

// Of a lane's waiters the upper half asks what is durable.
constexpr std::uint64_t kAskedBit = std::uint64_t{1} << 43U;

}  // namespace

EngineSourcePort::EngineSourcePort(
    TypeName source,
    WaiterId first,
    std::function<void(engine::Event)> put
)
    : source_(std::move(source)),
      first_asked_(WaiterId{static_cast<std::uint64_t>(first) | kAskedBit}),
      put_(std::move(put)),
      given_(first),
      asked_(first_asked_) {}

std::optional<SourcePort::Positions> EngineSourcePort::open() {
    do {
        put_(engine::SourceOpened{given_.ask(), source_});
        auto answer = given_.wait();
        if (auto* at = answer ? std::get_if<engine::SourceAt>(&*answer) : nullptr) {
            session_ = at->session;
            return std::move(at->positions);
        }
    } while (given_.sleep(kAskAgain));
    return std::nullopt;
}

void EngineSourcePort::give(SourceBatch batch) {
    put_(engine::SourceRecords{
        given_.ask(),
        source_,
        session_,
        std::move(batch.messages),
        std::move(batch.refused),
        std::move(batch.positions)
    });
}

SourcePort::Given EngineSourcePort::wait(Time until) {
    auto answer = given_.wait(until);
    if (!answer) {
        return given_.is_closed() ? Given::ends : Given::waits;
    }
    if (std::holds_alternative<engine::SourceTaken>(*answer)) {
        return Given::taken;
    }
    // Refused: the gateway stops, and takes nothing more.
    return std::holds_alternative<engine::Refused>(*answer) ? Given::ends : Given::lost;
}

SourcePort::Given EngineSourcePort::durable(Time until, Positions& positions) {
    put_(engine::SourceAsked{asked_.ask(), source_, session_});
    auto answer = asked_.wait(until);
    asked_.drop();
    if (!answer) {
        return Given::waits;
    }
    auto* at = std::get_if<engine::SourceAt>(&*answer);
    if (at == nullptr) {
        return Given::lost;
    }
    positions = std::move(at->positions);
    return Given::taken;
}

bool EngineSourcePort::sleep(std::chrono::milliseconds time) {
    return given_.sleep(time);
}

void EngineSourcePort::on_answer(WaiterId waiter, engine::Answer answer) {
    bool is_asked = (static_cast<std::uint64_t>(waiter) & kAskedBit) != 0;
    (is_asked ? asked_ : given_).on_answer(waiter, std::move(answer));
}

void EngineSourcePort::close() {
    given_.close();
}

}  // namespace sfg::ingress
