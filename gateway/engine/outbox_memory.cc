// The part of Outbox that bounds what its lanes hold in memory.
#include "gateway/engine/outbox.h"

#include <algorithm>

namespace sfg::engine {

namespace {

// What is more waits on disk once it is durable. Of a lane in general, and of one that a stream
// reads.
constexpr std::size_t kLaneItemsMax = 1024;
constexpr std::size_t kLaneBytesMax = kMiB;
constexpr std::size_t kStreamItemsMax = std::size_t{16} * 1024;
constexpr std::size_t kStreamBytesMax = 4 * kMiB;
// What is left of a lane that is cut; nothing, if all lanes together hold more than this share of
// the budget.
constexpr std::size_t kLaneKept = 32;
constexpr std::size_t kBudgetShare = 4;

}  // namespace

bool Outbox::holds_much() const {
    return bytes_ > core_.options.memory_budget_bytes / kBudgetShare;
}

void Outbox::keep_within_limits(Lane& lane) {
    charge(lane);
    std::size_t items_max = lane.is_stream ? kStreamItemsMax : kLaneItemsMax;
    std::size_t bytes_max = lane.is_stream ? kStreamBytesMax : kLaneBytesMax;
    bool is_within =
        !holds_much() && lane.charged_bytes <= bytes_max && lane.queue.in_memory() <= items_max;
    // What did not help is not repeated before something has become durable.
    if (!is_within && lane.cut_at != core_.ledger.durable()) {
        cut(lane);
    }
}

void Outbox::cut(Lane& lane) {
    lane.cut_at = core_.ledger.durable();
    lane.queue.spill(lane.cut_at, std::max(holds_much() ? 0 : kLaneKept, lane.offered));
    charge(lane);
}

// What could not be let go of when it was appended, or was given away then.
void Outbox::cut_all_if_much() {
    if (!holds_much()) {
        return;
    }
    for (auto& [name, egress] : egresses_) {
        for (auto& [lane_name, lane] : egress.lanes) {
            cut(lane);
        }
    }
}

void Outbox::charge(Lane& lane) {
    std::size_t bytes = lane.queue.memory_bytes();
    bytes_ = bytes_ - lane.charged_bytes + bytes;
    lane.charged_bytes = bytes;
}

std::size_t Outbox::bytes_in_use() const {
    std::size_t bytes = 0;
    for (const auto& [name, egress] : egresses_) {
        for (const auto& [lane_name, lane] : egress.lanes) {
            bytes += lane.queue.memory_bytes();
        }
    }
    return bytes;
}

}  // namespace sfg::engine
