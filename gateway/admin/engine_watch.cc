#include "gateway/admin/engine_watch.h"

#include <mutex>
#include <utility>

namespace sfg::admin {

// Outlives the watch where an answer is still on its way.
struct EngineWatch::Door {
    std::mutex guard;
    EngineWatch* watch = nullptr;  // Guarded. nullptr: shut.
};

EngineWatch::EngineWatch(
    runtime::Loop& loop,
    EngineProbe& probe,
    std::chrono::milliseconds patience
)
    : loop_(loop),
      probe_(probe),
      patience_(patience),
      door_(std::make_shared<Door>()),
      deadline_(loop, [this] { on_overdue(); }) {
    door_->watch = this;
}

EngineWatch::~EngineWatch() {
    std::lock_guard lock(door_->guard);
    door_->watch = nullptr;
}

void EngineWatch::ask(Listener listener) {
    listeners_.push_back(std::move(listener));
    if (is_overdue_) {
        tell(nullptr);
    } else if (!is_out_) {
        put_question();
    }
}

void EngineWatch::put_question() {
    is_out_ = true;
    asked_at_ = runtime::SteadyClock::now();
    deadline_.set(patience_);
    probe_.ask([door = door_](EngineReport report) {
        std::lock_guard lock(door->guard);
        if (door->watch == nullptr) {
            return;
        }
        auto arrived = std::make_shared<const EngineReport>(std::move(report));
        // The watch lives on the loop's thread: if it is gone by then, its door is shut.
        door->watch->loop_.post([door, arrived] {
            EngineWatch* watch = door->watch;
            if (watch != nullptr) {
                watch->on_answer(*arrived);
            }
        });
    });
}

void EngineWatch::on_answer(const EngineReport& report) {
    is_out_ = false;
    is_overdue_ = false;
    deadline_.cancel();
    tell(&report);
}

void EngineWatch::on_overdue() {
    is_overdue_ = true;
    tell(nullptr);
}

void EngineWatch::tell(const EngineReport* report) {
    auto silence = std::chrono::duration_cast<std::chrono::milliseconds>(
        runtime::SteadyClock::now() - asked_at_
    );
    std::vector<Listener> told = std::exchange(listeners_, {});
    for (Listener& listener : told) {
        listener(report, silence);
    }
}

}  // namespace sfg::admin
