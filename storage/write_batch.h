// WriteBatch: ordered puts and deletes that become durable together.
//
// Threads:    one at a time; built by the engine's thread, then handed whole to the committer.
// Invariants: operations apply in the order of their slots; a cancelled slot does nothing.
// Keys and small values stand in one text; a SharedBytes value is only held.
#pragma once

#include "protocol/shared_bytes.h"
#include "storage/bytes.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace sfg::storage {

class WriteBatch {
public:
    using Slot = std::uint32_t;

    // Takes in text of which the keys and values of operations to come are parts.
    Part add_text(std::string_view text) { return text_.append(text); }

    [[nodiscard]] std::string_view text(Part part) const { return text_.view(part); }

    Slot put(Part key, SharedBytes value);
    Slot put(Part key, Part value);
    Slot remove(Part key);

    Slot put(std::string_view key, SharedBytes value) {
        return put(add_text(key), std::move(value));
    }

    Slot put_copy(std::string_view key, std::string_view value) {
        Part part = add_text(key);
        return put(part, add_text(value));
    }

    Slot remove(std::string_view key) { return remove(add_text(key)); }

    // What another batch does in this slot. Requires: a live one.
    void add(const WriteBatch& other, Slot slot);

    // The operation of this slot vanishes, as if it had never been added.
    void cancel(Slot slot);

    // Gives a put another value; its place among the operations stays. Requires: slot is a live
    // put.
    void replace(Slot slot, Part value);

    void replace(Slot slot, std::string_view value) { replace(slot, add_text(value)); }

    void clear();

    [[nodiscard]] bool empty() const { return live_ == 0; }

    // Live operations.
    [[nodiscard]] std::size_t count() const { return live_; }

    // Keys and values of the live operations, in bytes.
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

    // visit(key, value): value is nullptr for a delete. In slot order, live ones only.
    template <typename Visitor>
    void for_each(Visitor&& visit) const {
        for_each_slot([&visit](Slot, std::string_view key, const std::string_view* value) {
            visit(key, value);
        });
    }

    // visit(slot, key, value), as for_each.
    template <typename Visitor>
    void for_each_slot(Visitor&& visit) const {
        for (Slot slot = 0; slot < operations_.size(); ++slot) {
            const Operation& operation = operations_[slot];
            if (operation.kind == Kind::none) {
                continue;
            }
            std::string_view key = text_.view(operation.key);
            if (operation.kind == Kind::remove) {
                visit(slot, key, static_cast<const std::string_view*>(nullptr));
                continue;
            }
            std::string_view value = operation.kind == Kind::put_shared
                                         ? operation.shared.view()
                                         : text_.view(operation.value);
            visit(slot, key, &value);
        }
    }

private:
    enum class Kind : std::uint8_t { none, remove, put_shared, put_text };

    struct Operation {
        Part key;
        Part value;  // Its size alone, where the value is shared.
        SharedBytes shared;
        Kind kind = Kind::none;
    };

    Slot add(Operation operation);

    Bytes text_;
    std::vector<Operation> operations_;
    std::size_t live_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace sfg::storage
