#include "storage/write_batch.h"

#include "protocol/assert.h"

#include <limits>

namespace sfg::storage {

namespace {

// A batch that was larger is given back to the allocator.
constexpr std::size_t kTextKept = 2 << 20;

}  // namespace

WriteBatch::Slot WriteBatch::add(Operation operation) {
    ++live_;
    bytes_ += operation.key.size + operation.value.size;
    operations_.push_back(std::move(operation));
    return static_cast<Slot>(operations_.size() - 1);
}

WriteBatch::Slot WriteBatch::put(Part key, SharedBytes value) {
    SFG_ASSERT(value.size() <= std::numeric_limits<std::uint32_t>::max());
    Part size_alone{0, static_cast<std::uint32_t>(value.size())};
    return add({key, size_alone, std::move(value), Kind::put_shared});
}

WriteBatch::Slot WriteBatch::put(Part key, Part value) {
    return add({key, value, {}, Kind::put_text});
}

WriteBatch::Slot WriteBatch::remove(Part key) {
    return add({key, {}, {}, Kind::remove});
}

void WriteBatch::add(const WriteBatch& other, Slot slot) {
    const Operation& operation = other.operations_.at(slot);
    SFG_ASSERT(operation.kind != Kind::none, "the slot is a live one");
    Operation ours = operation;
    ours.key = add_text(other.text_.view(operation.key));
    if (operation.kind == Kind::put_text) {
        ours.value = add_text(other.text_.view(operation.value));
    }
    add(std::move(ours));
}

void WriteBatch::cancel(Slot slot) {
    Operation& operation = operations_.at(slot);
    SFG_ASSERT(operation.kind != Kind::none, "a slot is cancelled once");
    operation.kind = Kind::none;
    operation.shared = SharedBytes();
    bytes_ -= operation.key.size + operation.value.size;
    --live_;
}

void WriteBatch::replace(Slot slot, Part value) {
    Operation& operation = operations_.at(slot);
    SFG_ASSERT(operation.kind == Kind::put_text || operation.kind == Kind::put_shared);
    bytes_ = bytes_ - operation.value.size + value.size;
    operation.kind = Kind::put_text;
    operation.shared = SharedBytes();
    operation.value = value;
}

void WriteBatch::clear() {
    text_.clear(kTextKept);
    operations_.clear();
    live_ = 0;
    bytes_ = 0;
}

}  // namespace sfg::storage
