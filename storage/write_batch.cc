#include "storage/write_batch.h"

#include "protocol/assert.h"

namespace sfg::storage {

WriteBatch::Slot WriteBatch::add(Kind kind, std::string_view key) {
    Operation operation;
    operation.kind = kind;
    operation.key_at = arena_.size();
    operation.key_size = key.size();
    arena_ += key;
    operations_.push_back(std::move(operation));
    ++live_;
    bytes_ += key.size();
    return static_cast<Slot>(operations_.size() - 1);
}

WriteBatch::Slot WriteBatch::put(std::string_view key, SharedBytes value) {
    Slot slot = add(Kind::put_shared, key);
    Operation& operation = operations_.back();
    operation.value_size = value.size();
    operation.shared = std::move(value);
    bytes_ += operation.value_size;
    return slot;
}

WriteBatch::Slot WriteBatch::put_copy(std::string_view key, std::string_view value) {
    Slot slot = add(Kind::put_copied, key);
    Operation& operation = operations_.back();
    operation.value_at = arena_.size();
    operation.value_size = value.size();
    arena_ += value;
    bytes_ += value.size();
    return slot;
}

WriteBatch::Slot WriteBatch::remove(std::string_view key) {
    return add(Kind::remove, key);
}

void WriteBatch::cancel(Slot slot) {
    Operation& operation = operations_.at(slot);
    SFG_ASSERT(operation.kind != Kind::none, "a slot is cancelled once");
    operation.kind = Kind::none;
    operation.shared = SharedBytes();
    bytes_ -= operation.key_size + operation.value_size;
    --live_;
}

void WriteBatch::replace(Slot slot, std::string_view value) {
    Operation& operation = operations_.at(slot);
    SFG_ASSERT(operation.kind == Kind::put_copied || operation.kind == Kind::put_shared);
    bytes_ = bytes_ - operation.value_size + value.size();
    bool fits = operation.kind == Kind::put_copied && value.size() <= operation.value_size;
    if (fits) {
        arena_.replace(operation.value_at, value.size(), value);
    } else {
        operation.value_at = arena_.size();
        arena_ += value;
    }
    operation.kind = Kind::put_copied;
    operation.shared = SharedBytes();
    operation.value_size = value.size();
}

void WriteBatch::clear() {
    arena_.clear();
    operations_.clear();
    live_ = 0;
    bytes_ = 0;
}

}  // namespace sfg::storage
