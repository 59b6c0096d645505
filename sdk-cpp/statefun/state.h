// State: what a function declares, and its handle while a message is processed.
//
//     constexpr statefun::ValueSpec<std::int64_t> kLastSeen{"last_seen"};
//     ...
//     auto last_seen = context.state(kLastSeen);
//     std::int64_t before = last_seen.get().value_or(0);
//     last_seen.set(now);
//
// The gateway keeps the state; a function sees it as it was after the messages before this one,
// also those of the same batch. What is set or removed is durable together with everything else
// that the batch does, or not at all.
//
// Threads:    the one that runs the function.
// Lifetime:   a ValueState is valid during the call of the function.
// Invariants: a cell that was touched yields exactly one mutation.
// Limits:     states never expire yet; StateSpec has room for it.
#pragma once

#include "protocol/codec.h"

#include "statefun/type.h"

#include <optional>
#include <string>
#include <string_view>

namespace statefun {

// A declared state, whatever its type: name, typename, expiration.
using sfg::StateSpec;

// A declared state that holds at most one T. The name is a letter or `_`, then letters, digits,
// `_`.
template <typename T>
struct ValueSpec {
    std::string_view name;
    Type<T> type;

    constexpr ValueSpec(std::string_view state_name, const Type<T>& state_type)
        : name(state_name),
          type(state_type) {}

    constexpr explicit ValueSpec(std::string_view state_name)
        requires BuiltIn<T>
        : ValueSpec(state_name, built_in<T>()) {}

    // Implicit, so that specs of several types can stand in one list.
    operator StateSpec() const {  // NOLINT(google-explicit-constructor)
        return StateSpec{.name = std::string(name), .type_name = std::string(type.name)};
    }
};

namespace detail {

// One state of one entity, for the length of a batch.
struct Cell {
    const StateSpec* spec = nullptr;
    std::string_view type_name;  // Of the value: as the gateway sent it, then as declared.
    std::string value;
    bool has_value = false;
    bool is_sent = false;  // The gateway knows this state, with or without a value.
    bool is_touched = false;

    void write(std::string bytes);
    void remove();
};

[[noreturn]] void throw_state_mismatch(const Cell& cell);

}  // namespace detail

template <typename T>
class ValueState {
public:
    ValueState(detail::Cell& cell, const Type<T>& type) : cell_(&cell), type_(type) {}

    // Decodes each time: keep the value of a large message at hand rather than asking twice.
    // Throws TypeError if what is stored is not a T.
    [[nodiscard]] std::optional<T> get() const {
        if (!cell_->has_value) {
            return std::nullopt;
        }
        if (cell_->type_name != type_.name) {
            detail::throw_state_mismatch(*cell_);
        }
        auto value = type_.decode(cell_->value);
        if (!value) {
            detail::throw_state_mismatch(*cell_);
        }
        return value;
    }

    void set(const T& value) { cell_->write(type_.encode(value)); }

    void remove() { cell_->remove(); }

private:
    detail::Cell* cell_;
    Type<T> type_;
};

}  // namespace statefun
