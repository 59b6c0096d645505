#include "gateway/engine/eviction.h"

#include "protocol/assert.h"

#include <algorithm>

namespace sfg::engine {

namespace {

constexpr std::size_t kLooks = 64;
// Entities of one endpoint that wait for a call stay in memory up to this many, so that it has
// something to go on with.
constexpr std::uint32_t kKeptPerEndpoint = 4;
// Of a mailbox that is cut because memory is short.
constexpr std::size_t kKeptBytes = 4 * kKiB;
// The share of the budget at which a mailbox is cut in any case, and what is left of it then.
constexpr std::size_t kHotShare = 8;
constexpr std::size_t kHotKept = 2;
constexpr std::size_t kUnloadedShare = 4;
// The shares that are kept free while entities wait to be loaded, and while some wait in the store:
// the backlog brings entities as long as an eighth is free.
constexpr std::size_t kLoadsShare = 16;
constexpr std::size_t kBacklogShare = 4;
// Beside its key and what it says of a failure.
constexpr std::size_t kRowBytes = 1 * kKiB;

}  // namespace

SteadyMs Eviction::settle() {
    cut_hot_mailbox();
    std::size_t budget = core_.options.memory_budget_bytes;
    // Never more than half of it is wanted: what that is need not be found out in every event.
    std::size_t target = core_.memory_used() <= budget / 2 ? budget : budget - room_wanted();
    if (core_.memory_used() <= target) {
        stalled_ = false;
        return SteadyMs::max();
    }
    bool was_short = core_.memory_is_short();
    bool is_tried = stalled_short_ || !was_short;
    if (stalled_ && is_tried && stalled_at_ == core_.ledger.durable()) {
        return SteadyMs::max();
    }
    bool gained = false;
    for (std::size_t looks = 0; looks < kLooks && core_.memory_used() > target; ++looks) {
        Entity* entity = core_.entities.oldest(unloaded_max());
        if (entity == nullptr) {
            break;
        }
        // A flood leaves as much room as the rest. Nothing of it leaves otherwise: what a walk of
        // the backlog finds must not push itself out.
        bool is_flood = was_short && core_.entities.charged_unloaded() > unloaded_max();
        bool must = core_.memory_is_short() || (is_flood && entity->charged_as_unloaded);
        gained = (must ? look_at(*entity) : offer(*entity)) || gained;
    }
    stalled_ = !gained;
    stalled_short_ = was_short;
    stalled_at_ = core_.ledger.durable();
    return again();
}

// Nothing but loads brings memory over the budget meanwhile, and the backlog loads only what finds
// an eighth of it free: so loads and this can't go on for ever.
SteadyMs Eviction::again() const {
    return core_.memory_is_short() && !stalled_ ? core_.now : SteadyMs::max();
}

std::size_t Eviction::unloaded_max() const {
    return core_.options.memory_budget_bytes / kUnloadedShare;
}

// What is to be free of the budget.
std::size_t Eviction::room_wanted() const {
    std::size_t budget = core_.options.memory_budget_bytes;
    std::size_t expected = core_.to_load.expected_bytes();
    std::size_t share = 0;
    if (backlog_.presses()) {
        share = budget / kBacklogShare;
    } else if (core_.to_load.any()) {
        share = budget / kLoadsShare;
    }
    return std::clamp(expected, share, budget / 2);
}

// Memory is not short, but others want room: it leaves if it does nothing here. Whether it did.
bool Eviction::offer(Entity& entity) {
    if (entity.waits == WaitReason::none && may_leave(entity) && !must_be_kept(entity)) {
        leave(entity);
        return true;
    }
    core_.entities.touch(entity);
    return false;
}

// The one that this event touched: if its mailbox grows, it is looked at again and again.
void Eviction::cut_hot_mailbox() {
    Entity* entity = core_.entities.newest();
    std::size_t share = core_.options.memory_budget_bytes / kHotShare;
    if (entity == nullptr || entity->mailbox.memory_bytes() <= share ||
        entity->cut_at == core_.ledger.durable()) {
        return;
    }
    entity->cut_at = core_.ledger.durable();
    if (spill(*entity, share / kHotKept)) {
        core_.entities.recharge(*entity);
    }
}

bool Eviction::look_at(Entity& entity) {
    bool may = may_leave(entity);
    if (may && !must_be_kept(entity)) {
        leave(entity);
        return true;
    }
    if (may && has_room_for_row(entity)) {
        keep(entity);
    }
    bool smaller = entity.mailbox.memory_bytes() > 0 && spill(entity, kKeptBytes);
    core_.entities.touch(entity);  // To the end: the next look is at another one.
    return smaller;
}

bool Eviction::may_leave(const Entity& entity) const {
    if (entity.turn || entity.load != RequestId{} || entity.last_change > core_.ledger.durable()) {
        return false;
    }
    switch (entity.waits) {
        case WaitReason::none:
            return entity.mailbox.empty();
        case WaitReason::no_destination:
        case WaitReason::paused:
        case WaitReason::parked:
        case WaitReason::type_down:
        case WaitReason::backoff:
            return true;
        case WaitReason::loading:
        case WaitReason::ready: {
            const auto& waits = core_.endpoint_waits[*entity.endpoint];
            return waits.loading + waits.ready > kKeptPerEndpoint;
        }
        default:
            return false;
    }
}

// Its row does not say how its calls fail.
bool Eviction::must_be_kept(const Entity& entity) const {
    const Failing* failing = entity.failing.get();
    return failing != nullptr && !failing->is_parked && failing->is_worth_keeping() &&
           !failing->row_is_true && core_.partitions.owned(entity.partition);
}

bool Eviction::has_room_for_row(const Entity& entity) const {
    std::size_t row =
        kRowBytes + entity.escaped_address().size() + 2 * entity.failing->memory_bytes();
    std::size_t undurable = core_.ledger.undurable_bytes();
    std::size_t used = undurable + core_.call_credit + row;
    return !core_.store_lost && (undurable == 0 || used <= core_.options.commit_queue_bytes_max);
}

// It leaves when this is durable.
void Eviction::keep(Entity& entity) {
    Draft& draft = core_.ledger.open();
    core_.put_entity_row(draft, entity);
    entity.last_change = draft.number();
    core_.ledger.close(draft);
}

void Eviction::leave(Entity& entity) {
    ++core_.stats.evictions;
    if (!entity.mailbox.empty()) {
        note(entity);
    }
    core_.leave_lines(entity);
    core_.entities.drop(entity);
}

void Eviction::note(const Entity& entity) {
    SteadyMs not_before{0};
    switch (entity.waits) {
        case WaitReason::paused:
            return;  // Whoever lets it go on brings it back.
        case WaitReason::parked:
            backlog_.note_parked(*entity.type, entity.partition, entity.retry_at);
            return;
        case WaitReason::backoff:
            if (entity.failing && entity.failing->row_is_true) {
                backlog_.note_pausing(*entity.type, entity.partition, entity.retry_at);
                return;
            }
            not_before = entity.retry_at;
            break;
        case WaitReason::type_down:
            not_before = entity.type->health.gate.next_probe();
            break;
        default:
            break;
    }
    backlog_.note(*entity.type, entity.partition, not_before);
}

bool Eviction::spill(Entity& entity, std::size_t keep_bytes) {
    std::size_t keep = entity.turn ? entity.turn->messages : 0;
    // Whoever is ready has its first message at hand.
    std::size_t least = entity.waits == WaitReason::ready ? 1 : 0;
    keep = std::max(keep, std::min(least, entity.mailbox.ready()));
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < entity.mailbox.ready(); ++i) {
        bytes += Mailbox::kItemBytes + entity.mailbox.at(i).bytes.size();
        if (bytes > keep_bytes) {
            break;
        }
        keep = std::max(keep, i + 1);
    }
    std::size_t before = entity.mailbox.memory_bytes();
    entity.mailbox.spill(core_.ledger.durable(), keep);
    bool smaller = entity.mailbox.memory_bytes() < before;
    core_.stats.spills += smaller ? 1 : 0;
    return smaller;
}

}  // namespace sfg::engine
