// Names of two parts, "namespace/name", as module.yaml declares them.
//
// Threads:  one reader, one thread.
// Source:   Java's split("/"): exactly two parts, slashes at the end do not count, nothing is
//           trimmed. An empty namespace, which StateFun lets pass, is refused.
#pragma once

#include "protocol/address.h"
#include "protocol/module_fields.h"

#include <optional>
#include <string_view>

namespace sfg::module_reader {

// Both parts; nothing if there are not two.
[[nodiscard]] std::optional<TypeName> split_name(std::string_view text);

// The name that stands there, or nothing, which has been reported: no name, a pattern, the
// gateway's own namespace, too long. `what` says of what: "a function".
[[nodiscard]] std::optional<TypeName>
read_name(Report& report, const Place& place, std::string_view text, std::string_view what);

// Warns of what is part of a name and hardly meant so: blanks at its edges, a slash at its end.
void doubt_name(Report& report, const Place& place, std::string_view text);

}  // namespace sfg::module_reader
