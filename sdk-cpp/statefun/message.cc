#include "statefun/message.h"

namespace statefun {

void Message::require(std::string_view type_name) const {
    if (type_name_ != type_name) {
        throw TypeError(
            "the message is a " + std::string(type_name_) + ", not a " + std::string(type_name)
        );
    }
    if (!has_value_) {
        throw TypeError("the message is a " + std::string(type_name) + " without a value");
    }
}

}  // namespace statefun
