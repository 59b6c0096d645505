// What a server speaks that answers with something else than HTTP/1.x.
//
// Threads:  pure functions.
#pragma once

#include <string_view>

namespace sfg::functions {

// The first bytes may still turn out to be a known protocol: more of them are needed.
[[nodiscard]] bool may_be_other_protocol(std::string_view first_bytes);

// "speaks HTTP/2 ..."; empty if it is none of the protocols that are known.
[[nodiscard]] std::string_view other_protocol(std::string_view first_bytes);

}  // namespace sfg::functions
