#include "gateway/memory_trim.h"

#include "gateway/runtime/allocator.h"

#include <utility>

namespace sfg {

namespace {

constexpr std::chrono::milliseconds kLookEvery{2000};

}  // namespace

MemoryTrim::MemoryTrim(
    runtime::Loop& loop,
    runtime::Helpers& helpers,
    std::size_t floor_bytes,
    std::function<void()> trim_store
)
    : helpers_(helpers),
      trim_store_(std::move(trim_store)),
      pace_(floor_bytes),
      timer_(loop, [this] { look(); }) {}

void MemoryTrim::look() {
    timer_.set(kLookEvery);
    trim_store_();
    std::size_t before = runtime::resident_bytes();
    if (trims_ || !pace_.due(before)) {
        return;
    }
    trims_ = true;
    helpers_.run(runtime::give_back_free_memory, [this, before] {
        trims_ = false;
        pace_.trimmed(before, runtime::resident_bytes());
    });
}

}  // namespace sfg
