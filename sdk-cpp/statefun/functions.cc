#include "statefun/functions.h"

#include "statefun/batch.h"

#include <algorithm>
#include <array>
#include <exception>
#include <limits>
#include <optional>
#include <stdexcept>

namespace statefun {

namespace {

namespace wire = io::statefun::sdk::reqreply;
using Request = wire::ToFunction::InvocationBatchRequest;
using detail::Batch;
using detail::Cell;

HandlerError error(HandlerErrorKind kind, std::string reason) {
    return HandlerError{.kind = kind, .reason = std::move(reason)};
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_state_name(std::string_view name) {
    return !name.empty() && is_letter(name.front()) &&
           std::ranges::all_of(name, [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

void check_states(std::string_view function, const std::vector<StateSpec>& states) {
    auto refuse = [&](const StateSpec& spec, const char* why) {
        throw std::invalid_argument(
            std::string(function) + ": state '" + spec.name + "' of type '" + spec.type_name +
            "': " + why
        );
    };
    for (const StateSpec& spec : states) {
        if (!is_state_name(spec.name)) {
            refuse(spec, "a name is a letter or _, then letters, digits and _");
        }
        if (!TypeName::parse(spec.type_name) || !sfg::is_utf8(spec.type_name)) {
            refuse(spec, "a type is written namespace/name");
        }
        if (std::ranges::count(states, spec.name, &StateSpec::name) != 1) {
            refuse(spec, "declared twice");
        }
    }
}

Address address_of(const wire::Address& from) {
    return Address{.type = TypeName{.ns = from.namespace_(), .name = from.type()}, .id = from.id()};
}

// StateFun writes "nobody" as an absent address or as three empty parts.
std::optional<Address> caller_of(const wire::ToFunction::Invocation& invocation) {
    if (!invocation.has_caller()) {
        return std::nullopt;
    }
    Address caller = address_of(invocation.caller());
    return caller.empty() ? std::nullopt : std::optional(std::move(caller));
}

// One cell per declared state, in order.
std::vector<Cell> make_cells(const std::vector<StateSpec>& states, Request& request) {
    std::vector<Cell> cells(states.size());
    for (std::size_t i = 0; i < states.size(); ++i) {
        cells[i].spec = &states[i];
        // Of two entries with one name the last counts.
        for (auto& entry : *request.mutable_state()) {
            if (entry.state_name() != states[i].name) {
                continue;
            }
            cells[i].is_sent = true;
            cells[i].has_value = entry.has_state_value() && entry.state_value().has_value();
            if (cells[i].has_value) {
                cells[i].type_name = entry.state_value().typename_();
                cells[i].value = std::move(*entry.mutable_state_value()->mutable_value());
            }
        }
    }
    return cells;
}

// Names the declared states that the request lacks. Returns whether there are any.
bool ask_for_missing(const std::vector<Cell>& cells, wire::FromFunction& answer) {
    for (const Cell& cell : cells) {
        if (!cell.is_sent) {
            auto& spec = *answer.mutable_incomplete_invocation_context()->add_missing_values();
            spec.set_state_name(cell.spec->name);
            spec.set_type_typename(cell.spec->type_name);
            spec.mutable_expiration_spec()->set_mode(wire::FromFunction::ExpirationSpec::NONE);
        }
    }
    return answer.has_incomplete_invocation_context();
}

// Runs the function for each message. Returns why it failed, if it did.
std::optional<std::string> run(const Function& function, const Request& request, Batch& batch) {
    int at = 0;
    auto place = [&] {
        return batch.self.type.text() + ", message " + std::to_string(at) + " of " +
               std::to_string(request.invocations_size()) + ": ";
    };
    for (const auto& invocation : request.invocations()) {
        ++at;
        const wire::TypedValue& argument = invocation.argument();
        const Message message(argument.typename_(), argument.value(), argument.has_value());
        Context context(batch, caller_of(invocation));
        try {
            function(context, message);
        } catch (const std::exception& thrown) {
            return place() + thrown.what();
        } catch (...) {
            return place() + "an exception of an unknown type";
        }
    }
    return std::nullopt;
}

void put_mutations(Batch& batch) {
    for (Cell& cell : batch.cells) {
        if (!cell.is_touched) {
            continue;
        }
        auto& mutation = *batch.response->add_state_mutations();
        mutation.set_state_name(cell.spec->name);
        if (!cell.has_value) {
            mutation.set_mutation_type(wire::FromFunction::PersistedValueMutation::DELETE);
            continue;
        }
        mutation.set_mutation_type(wire::FromFunction::PersistedValueMutation::MODIFY);
        auto& value = *mutation.mutable_state_value();
        value.set_typename_(cell.spec->type_name);
        value.set_has_value(true);
        value.set_value(std::move(cell.value));
    }
}

bool parse(std::string_view bytes, wire::ToFunction& request) {
    return bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()) &&
           request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) &&
           request.has_invocation() && request.invocation().has_target() &&
           request.invocation().invocations_size() > 0;
}

}  // namespace

void Functions::bind(std::string_view type_name, std::vector<StateSpec> states, Function function) {
    auto type = TypeName::parse(type_name);
    if (!type || !sfg::is_utf8(type_name)) {
        throw std::invalid_argument(
            "a function type is written namespace/name, not '" + std::string(type_name) + "'"
        );
    }
    if (!function) {
        throw std::invalid_argument("no function for " + std::string(type_name));
    }
    check_states(type_name, states);
    Binding binding{.states = std::move(states), .function = std::move(function)};
    if (!bindings_.try_emplace(*type, std::move(binding)).second) {
        throw std::invalid_argument(std::string(type_name) + " is bound twice");
    }
}

sfg::Result<std::string, HandlerError> Functions::handle(std::string_view to_function) const {
    // A small batch, request and answer, fits here without touching the heap.
    alignas(std::max_align_t) std::array<char, 4096> first_block;  // NOLINT: the arena fills it.
    google::protobuf::ArenaOptions options;
    options.initial_block = first_block.data();
    options.initial_block_size = first_block.size();
    google::protobuf::Arena arena(options);

    auto* message = google::protobuf::Arena::CreateMessage<wire::ToFunction>(&arena);
    if (!parse(to_function, *message)) {
        return error(
            HandlerErrorKind::bad_request, "the body is not a ToFunction with a target and messages"
        );
    }
    Request& request = *message->mutable_invocation();
    Batch batch;
    batch.self = address_of(request.target());
    auto found = bindings_.find(batch.self.type);
    if (found == bindings_.end()) {
        return error(
            HandlerErrorKind::unknown_function, "no function is bound to " + batch.self.type.text()
        );
    }
    const Binding& binding = found->second;

    auto* answer = google::protobuf::Arena::CreateMessage<wire::FromFunction>(&arena);
    batch.cells = make_cells(binding.states, request);
    if (!ask_for_missing(batch.cells, *answer)) {
        batch.response = answer->mutable_invocation_result();
        if (auto reason = run(binding.function, request, batch)) {
            return error(HandlerErrorKind::function_failed, *std::move(reason));
        }
        put_mutations(batch);
    }
    std::string bytes;
    if (!answer->SerializeToString(&bytes)) {
        return error(HandlerErrorKind::function_failed, "the answer is over 2 GiB");
    }
    return bytes;
}

}  // namespace statefun
