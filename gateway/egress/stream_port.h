// StreamPort: a delivering thread's way to the engine's outbox, one question at a time.
//
// Threads:    the delivering thread calls everything but on_answer() and close().
// Lifetime:   the sender of events outlives it.
#pragma once

#include "gateway/engine/actions.h"
#include "gateway/engine/events.h"
#include "gateway/runtime/question.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sfg::egress {

class StreamPort {
public:
    using Records = std::vector<engine::StreamRecords::Record>;
    using Time = std::chrono::steady_clock::time_point;

    virtual ~StreamPort() = default;

    // Begins, in each epoch anew. Nothing: the gateway ends.
    [[nodiscard]] virtual std::optional<engine::StreamAt> open() = 0;

    // What pull() brought: `is_open` is false when it has to be opened again, or the gateway ends.
    struct Pulled {
        Records records;
        bool is_open = true;
    };

    // The next records; none, if none comes until then.
    [[nodiscard]] virtual Pulled
    pull(std::size_t records_max, std::size_t bytes_max, Time until) = 0;

    virtual void delivered(std::uint64_t up_to) = 0;
    virtual void rewind() = 0;

    // Sets the first record that is not delivered aside, and rewinds. False as pull()'s is_open.
    [[nodiscard]] virtual bool refuse(std::uint64_t position, std::string reason) = 0;

    // Waits; false: the gateway ends.
    [[nodiscard]] virtual bool sleep(std::chrono::milliseconds time) = 0;
};

class EngineStreamPort final : public StreamPort {
public:
    // `put`: any thread. `first`: this port's waiters are it and those after it.
    EngineStreamPort(TypeName egress, WaiterId first, std::function<void(engine::Event)> put);

    std::optional<engine::StreamAt> open() override;
    Pulled pull(std::size_t records_max, std::size_t bytes_max, Time until) override;
    void delivered(std::uint64_t up_to) override;
    void rewind() override;
    bool refuse(std::uint64_t position, std::string reason) override;
    bool sleep(std::chrono::milliseconds time) override;

    // The engine's loop. An answer to an older question is dropped.
    void on_answer(WaiterId waiter, engine::Answer answer);

    // Any thread. Whoever waits, and whoever asks from now on, is told that it ends.
    void close();

private:
    const TypeName egress_;
    const std::function<void(engine::Event)> put_;
    runtime::Question<engine::Answer> question_;
    bool is_pull_ = false;  // The last question was one for records.
};

}  // namespace sfg::egress
