// CallRow: what the store keeps of a synchronous call.
//
// Part of the on-disk format.
// Threads: pure functions.
#pragma once

#include "protocol/errors.h"
#include "protocol/shared_bytes.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sfg::engine {

struct CallRow {
    bool replied = false;
    bool keyed = false;  // Kept longer: the client may repeat.
    std::int64_t created_ms = 0;
    SharedBytes reply;            // Encoded TypedValue.
    std::optional<Problem> held;  // Why there is no reply, if something is known.

    // The time for which it is kept is over: it is as good as gone, whether the sweeper has been
    // there or not, and whether the store knows.
    [[nodiscard]] bool is_over(std::int64_t wall_ms) const;
};

[[nodiscard]] SharedBytes encode(const CallRow& row);
[[nodiscard]] std::optional<CallRow> decode_call_row(std::string_view bytes);

}  // namespace sfg::engine
