// TypedView: the parts of an encoded TypedValue, in place.
//
// Replies and egress records may be 32 MiB: they leave from the bytes that hold them.
//
// Threads:  pure functions; views into the given bytes.
#pragma once

#include <optional>
#include <string_view>

namespace sfg::ingress {

struct TypedView {
    std::string_view type_name;
    std::string_view value;
};

// Nothing if the bytes are not a TypedValue. Unknown fields are skipped.
[[nodiscard]] std::optional<TypedView> view_typed_value(std::string_view bytes);

}  // namespace sfg::ingress
