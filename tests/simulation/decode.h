// Decode: the rows of a commit, read as what they mean. Only the on-disk format is shared with the
// gateway (storage/key_codec.h, protocol/codec.h); what writes the rows is not.
//
// Threads: pure functions.
#pragma once

#include "gateway/engine/commit.h"
#include "tests/simulation/store_model.h"

namespace sfg::sim {

[[nodiscard]] Effects decode(const engine::Commit& commit);

// The part of a text that names it: up to the first '|'.
[[nodiscard]] std::string uid_of(std::string_view text);

// Keys in hexadecimal, for reports.
[[nodiscard]] std::string readable(std::string_view bytes);

}  // namespace sfg::sim
