#include "statefun/context.h"

#include "statefun/batch.h"

#include <stdexcept>
#include <string>

namespace statefun {

namespace {

namespace wire = io::statefun::sdk::reqreply;

void put_value(Argument& argument, wire::TypedValue& to) {
    to.set_typename_(std::move(argument.value().type_name));
    to.set_has_value(argument.value().has_value);
    to.set_value(std::move(argument.value().value));
}

// The gateway would have to refuse the whole answer, without knowing which line sent it.
void check_target(const Address& target) {
    if (target.type.ns.empty() || target.type.name.empty()) {
        throw std::invalid_argument("a target needs a namespace and a type: " + target.text());
    }
    if (!sfg::is_utf8(target.type.ns) || !sfg::is_utf8(target.type.name) ||
        !sfg::is_utf8(target.id)) {
        throw std::invalid_argument("an address must be UTF-8: " + target.text());
    }
}

}  // namespace

const Address& Context::self() const {
    return batch_.self;
}

detail::Cell& Context::cell(std::string_view name, std::string_view type_name) {
    // A function declares a handful of states: a scan beats a hash table.
    for (detail::Cell& cell : batch_.cells) {
        if (cell.spec->name == name && cell.spec->type_name == type_name) {
            return cell;
        }
    }
    throw std::logic_error(
        "state '" + std::string(name) + "' of type " + std::string(type_name) +
        " is not declared where " + batch_.self.type.text() + " is bound"
    );
}

void Context::send(const Address& target, Argument argument) {
    check_target(target);
    auto& message = *batch_.response->add_outgoing_messages();
    auto& to = *message.mutable_target();
    to.set_namespace_(target.type.ns);
    to.set_type(target.type.name);
    to.set_id(target.id);
    put_value(argument, *message.mutable_argument());
}

bool Context::reply(Argument argument) {
    if (!caller_) {
        return false;
    }
    send(*caller_, std::move(argument));
    return true;
}

void Context::send_egress(std::string_view egress, Argument argument) {
    auto name = TypeName::parse(egress);
    if (!name || !sfg::is_utf8(egress)) {
        throw std::invalid_argument(
            "an egress is written namespace/name, not '" + std::string(egress) + "'"
        );
    }
    auto& record = *batch_.response->add_outgoing_egresses();
    record.set_egress_namespace(std::move(name->ns));
    record.set_egress_type(std::move(name->name));
    put_value(argument, *record.mutable_argument());
}

}  // namespace statefun
