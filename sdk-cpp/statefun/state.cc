#include "statefun/state.h"

namespace statefun::detail {

void Cell::write(std::string bytes) {
    value = std::move(bytes);
    type_name = spec->type_name;
    has_value = true;
    is_touched = true;
}

void Cell::remove() {
    value.clear();
    has_value = false;
    is_touched = true;
}

void throw_state_mismatch(const Cell& cell) {
    const std::string name = "state '" + cell.spec->name + "'";
    if (cell.type_name == cell.spec->type_name) {
        throw TypeError("the stored bytes of " + name + " are not a " + cell.spec->type_name);
    }
    throw TypeError(
        name + " is declared as " + cell.spec->type_name + ", but what is stored is a " +
        std::string(cell.type_name)
    );
}

}  // namespace statefun::detail
