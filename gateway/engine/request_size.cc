#include "gateway/engine/request_size.h"

#include <algorithm>

namespace sfg::engine {

std::size_t RequestSize::most(SteadyMs now) {
    if (refused_ == kAny) {
        return kAny;
    }
    if (now - refused_at_ >= kRemembered) {
        refused_ = kAny;
        return kAny;
    }
    return std::max(accepted_, refused_ / 2);
}

void RequestSize::accepted(std::size_t bytes) {
    accepted_ = std::max(accepted_, bytes);
    if (bytes >= refused_) {
        refused_ = kAny;
    }
}

void RequestSize::refused(std::size_t bytes, SteadyMs now) {
    refused_ = std::min(refused_, bytes);
    refused_at_ = now;
    if (accepted_ >= bytes) {
        accepted_ = 0;  // The limit was lowered.
    }
}

}  // namespace sfg::engine
