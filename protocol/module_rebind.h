// One module in the place of another, while the process runs.
//
// Threads:  pure functions.
// Limits:   kEndpointsMax patterns in the life of a process: one that is taken away keeps its
// index.
#pragma once

#include "protocol/module_spec.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sfg {

inline constexpr std::size_t kEndpointsMax = 10'000;

struct Rebinding {
    // The next module, each endpoint at the index that its pattern has had before, new ones behind.
    // Patterns that are bound no more are there too, with is_bound false.
    ModuleSpec module;
    // Endpoints that are new, are bound again, or whose settings changed.
    std::vector<std::uint32_t> renewed;
    // What is different, a line each: "added shop/*", "changed Kafka ingress shop/in".
    std::vector<std::string> changes;
};

// Nothing: there were too many patterns, and only a restart forgets them.
[[nodiscard]] std::optional<Rebinding> rebind(const ModuleSpec& bound, const ModuleSpec& next);

}  // namespace sfg
