// EngineWatch: asks the engine how it is, and knows when it does not answer.
//
// One question is out at a time, whoever wants to know: a stuck engine's queue does not grow by the
// health checks. Those who ask while a question is out share its answer; once it is overdue they
// hear so at once.
//
// Threads:    everything on the loop's thread; the probe may answer from any.
// Lifetime:   destroyed before the loop; an answer that comes later is dropped.
// Invariants: each Listener is called exactly once, unless the watch is destroyed before.
// Limits:     listeners are bounded by the connections of the server that asks.
#pragma once

#include "gateway/admin/report.h"
#include "gateway/runtime/loop.h"

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

namespace sfg::admin {

class EngineWatch {
public:
    // `report` is nullptr if the engine does not answer; `silence` is how long it has been asked.
    using Listener =
        std::function<void(const EngineReport* report, std::chrono::milliseconds silence)>;

    EngineWatch(runtime::Loop& loop, EngineProbe& probe, std::chrono::milliseconds patience);
    EngineWatch(const EngineWatch&) = delete;
    EngineWatch& operator=(const EngineWatch&) = delete;
    ~EngineWatch();

    void ask(Listener listener);

private:
    struct Door;

    void put_question();
    void on_answer(const EngineReport& report);
    void on_overdue();
    void tell(const EngineReport* report);

    runtime::Loop& loop_;
    EngineProbe& probe_;
    const std::chrono::milliseconds patience_;

    std::shared_ptr<Door> door_;  // How an answer finds its way back; shut by the destructor.
    runtime::Loop::DeadlineTimer deadline_;
    std::vector<Listener> listeners_;
    bool is_out_ = false;
    bool is_overdue_ = false;
    runtime::SteadyTime asked_at_{};
};

}  // namespace sfg::admin
