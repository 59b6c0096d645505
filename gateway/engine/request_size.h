// RequestSize: how large a request an endpoint's server accepts, learnt from its refusals.
//
// aiohttp refuses bodies over 1 MiB, Undertow over 2 MiB, Spring WebFlux over 256 KiB, each in its
// own way: with 413, or with another 4xx or 5xx that only large requests get. After a refusal no
// request is larger than what was accepted since, or half of what was refused. After kRemembered
// without another refusal the server's limit may have been raised: it is tried again.
//
// Threads:    the engine's. Pure: time comes in.
// Invariants: most() is below every size that was refused within kRemembered.
#pragma once

#include "gateway/engine/actions.h"

#include <cstddef>

namespace sfg::engine {

class RequestSize {
public:
    static constexpr std::size_t kAny = ~std::size_t{0};
    static constexpr std::chrono::minutes kRemembered{10};
    // A server's limit is hardly ever smaller: such an error on less is not about size.
    static constexpr std::size_t kSuspectBytes = 128 * 1024;

    // The largest request to make.
    [[nodiscard]] std::size_t most(SteadyMs now);

    // Whether a refusal that does not say so may be about this size.
    [[nodiscard]] bool suspects(std::size_t bytes) const {
        return bytes > kSuspectBytes && bytes > accepted_;
    }

    void accepted(std::size_t bytes);
    void refused(std::size_t bytes, SteadyMs now);

private:
    std::size_t accepted_ = 0;    // The largest.
    std::size_t refused_ = kAny;  // The smallest.
    SteadyMs refused_at_{0};
};

}  // namespace sfg::engine
