#include "gateway/engine/breaker.h"

#include <algorithm>

namespace sfg::engine {

bool Breaker::started() {
    if (open_) {
        probing_ = true;
    }
    return open_;
}

void Breaker::succeeded(bool probe, SteadyMs now) {
    ended(probe);
    failures_ = 0;
    if (open_) {
        open_ = false;
        probing_ = false;
        calls_ = options_.calls_when_back;
        stepped_ = now;
    } else if (calls_ != kAny && now - stepped_ >= options_.step) {
        stepped_ = now;
        calls_ = calls_ >= options_.ramp_ends / 2 ? kAny : calls_ * 2;
        if (calls_ == kAny) {
            pause_ = SteadyMs{0};
        }
    }
}

void Breaker::failed(bool probe, SteadyMs now, std::uint64_t spread) {
    ended(probe);
    if (open_) {
        if (probe) {
            open(now, spread);
        }
        return;  // Others were started before: they say what is known.
    }
    if (++failures_ >= options_.failures_to_open) {
        open(now, spread);
    }
}

void Breaker::open(SteadyMs now, std::uint64_t spread) {
    open_ = true;
    failures_ = 0;
    pause_ = std::min(std::max(pause_ * 2, options_.pause_first), options_.pause_max);
    auto tenth = static_cast<std::uint64_t>(pause_.count() / 10 + 1);
    next_probe_ = now + pause_ + SteadyMs(static_cast<std::int64_t>(spread % tenth));
}

void Breaker::ended(bool probe) {
    if (probe) {
        probing_ = false;
    }
}

}  // namespace sfg::engine
