// CallerOptions: how functions are called, where module.yaml does not say it per endpoint.
#pragma once

#include "gateway/functions/resolver.h"
#include "protocol/limits.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace sfg::functions {

// The seam for randomness: 64 uniform random bits.
using Random = std::function<std::uint64_t()>;

struct CallerOptions {
    // A kept connection is idle no longer than this: servers close theirs after 2 to 5 seconds.
    std::chrono::milliseconds idle_max{4'000};
    // Connects in progress to one server.
    std::size_t dials_at_once_max = 32;
    // The next address of a name is tried beside one that has been silent for so long.
    std::chrono::milliseconds next_address_after{250};
    // How often the files of TLS are looked at for changes.
    std::chrono::milliseconds tls_look_every{1'000};
    // For the rest of a refused answer's body. Its status is known already.
    std::chrono::milliseconds refusal_body_max{1'000};
    // The memory of answers over kLargeBodyBytes until their commit is durable, at least one
    // largest answer.
    std::size_t large_answers_bytes = kGateBodies * kBodyBytesMax;
    Random random;                       // Absent: seeded by the system.
    std::shared_ptr<Resolver> resolver;  // Absent: the system's.
    // The wall clock, for a Retry-After that is a date.
    std::function<std::chrono::system_clock::time_point()> wall_now =
        std::chrono::system_clock::now;
};

}  // namespace sfg::functions
