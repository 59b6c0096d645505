#include "gateway/ingress/typed_view.h"

#include "gateway/ingress/wire_view.h"

namespace sfg::ingress {

std::optional<TypedView> view_typed_value(std::string_view bytes) {
    TypedView view;
    WireView fields(bytes);
    while (fields.next()) {
        if (fields.number() == 1 && fields.is_bytes()) {
            view.type_name = fields.bytes();
        } else if (fields.number() == 3 && fields.is_bytes()) {
            view.value = fields.bytes();
        }
    }
    return fields.is_whole() ? std::optional(view) : std::nullopt;
}

}  // namespace sfg::ingress
