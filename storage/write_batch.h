// WriteBatch: ordered puts and deletes that become durable together.
//
// Threads:    one at a time; built by the engine's thread, then handed whole to the committer.
// Invariants: operations apply in the order of their slots; a cancelled slot does nothing.
// Keys and small values are copied into one arena; a SharedBytes value is only held.
#pragma once

#include "protocol/shared_bytes.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sfg::storage {

class WriteBatch {
public:
    using Slot = std::uint32_t;

    Slot put(std::string_view key, SharedBytes value);
    Slot put_copy(std::string_view key, std::string_view value);
    Slot remove(std::string_view key);

    // The operation of this slot vanishes, as if it had never been added.
    void cancel(Slot slot);

    // Gives a put another value; its place among the operations stays. Requires: slot is a live
    // put.
    void replace(Slot slot, std::string_view value);

    void clear();

    [[nodiscard]] bool empty() const { return live_ == 0; }

    // Live operations.
    [[nodiscard]] std::size_t count() const { return live_; }

    // Keys and values of the live operations, in bytes.
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

    // visit(key, value): value is nullptr for a delete. In slot order, live ones only.
    template <typename Visitor>
    void for_each(Visitor&& visit) const {
        for (const Operation& operation : operations_) {
            if (operation.kind == Kind::none) {
                continue;
            }
            std::string_view key(arena_.data() + operation.key_at, operation.key_size);
            if (operation.kind == Kind::remove) {
                visit(key, static_cast<const std::string_view*>(nullptr));
                continue;
            }
            std::string_view value =
                operation.kind == Kind::put_shared
                    ? operation.shared.view()
                    : std::string_view(arena_.data() + operation.value_at, operation.value_size);
            visit(key, &value);
        }
    }

private:
    enum class Kind : std::uint8_t { none, remove, put_shared, put_copied };

    struct Operation {
        Kind kind = Kind::none;
        std::size_t key_at = 0;
        std::size_t key_size = 0;
        std::size_t value_at = 0;
        std::size_t value_size = 0;
        SharedBytes shared;
    };

    Slot add(Kind kind, std::string_view key);

    std::string arena_;
    std::vector<Operation> operations_;
    std::size_t live_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace sfg::storage
