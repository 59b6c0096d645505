// SourcePort: a reading thread's way to the engine: records go in by batches, one at a time, and
// what is durable comes back (engine/source_events.h).
//
// Threads:    the reading thread calls everything but on_answer() and close().
// Lifetime:   the sender of events outlives it.
#pragma once

#include "gateway/engine/actions.h"
#include "gateway/engine/events.h"
#include "gateway/engine/source_events.h"
#include "gateway/runtime/question.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace sfg::ingress {

// What is given at once, and taken together or not at all.
struct SourceBatch {
    std::vector<engine::SourceMessage> messages;
    std::vector<engine::SourceRefusal> refused;
    std::vector<engine::SourcePosition> positions;
};

class SourcePort {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Positions = std::vector<engine::SourcePosition>;

    virtual ~SourcePort() = default;

    // Begins a session: what is durable, behind which the source goes on. Nothing: the gateway
    // ends.
    [[nodiscard]] virtual std::optional<Positions> open() = 0;

    // Requires: opened, and what was given before is taken.
    virtual void give(SourceBatch batch) = 0;

    enum class Given : std::uint8_t {
        waits,  // There is no room for it yet.
        taken,
        lost,  // It was not taken; open again.
        ends,  // The gateway ends, or this source. It may have been taken.
    };

    // Of what was given.
    [[nodiscard]] virtual Given wait(Time until) = 0;

    // `taken`: `positions` are those of all that was taken before, which is durable now. Works
    // while a batch waits, and when it was told that it ends.
    [[nodiscard]] virtual Given durable(Time until, Positions& positions) = 0;

    // Waits; false: it ends.
    [[nodiscard]] virtual bool sleep(std::chrono::milliseconds time) = 0;
};

class EngineSourcePort final : public SourcePort {
public:
    // `put`: any thread. `first`: this port's waiters are those after it.
    EngineSourcePort(TypeName source, WaiterId first, std::function<void(engine::Event)> put);

    std::optional<Positions> open() override;
    void give(SourceBatch batch) override;
    Given wait(Time until) override;
    Given durable(Time until, Positions& positions) override;
    bool sleep(std::chrono::milliseconds time) override;

    // The engine's loop.
    void on_answer(WaiterId waiter, engine::Answer answer);

    // Any thread. Whoever waits, and whoever asks from now on, is told that it ends.
    void close();

private:
    const TypeName source_;
    const WaiterId first_asked_;
    const std::function<void(engine::Event)> put_;
    std::uint64_t session_ = 0;
    runtime::Question<engine::Answer> given_;  // Of open(), too.
    runtime::Question<engine::Answer> asked_;
};

}  // namespace sfg::ingress
