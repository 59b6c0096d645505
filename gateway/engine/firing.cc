// The half of Timers that fires them when their time has come.
#include "gateway/engine/timers.h"

#include <algorithm>
#include <utility>

namespace sfg::engine {

namespace {

// Sooner or later the clocks are compared anew; also bounds what a steady time must hold.
constexpr std::uint64_t kSleepMaxMs = 3'600'000;
// While memory is short a portion is still fired so often, so that nothing waits for ever for
// memory that only a fired message could free.
constexpr SteadyMs kTricklePause{100};

}  // namespace

SteadyMs Timers::next_fire() const {
    if (line_.empty()) {
        return SteadyMs::max();
    }
    auto [key, id] = *line_.begin();
    if (key.due_ms > wall_ms()) {
        return core_.now + SteadyMs(std::min(key.due_ms - wall_ms(), kSleepMaxMs));
    }
    const Box& box = boxes_[id];
    bool waits_for_call = !box.pinned_call.empty() && !calls_.known(box.pinned_call);
    if (!box.window.first_known() || box.row_read != RequestId{} || waits_for_call) {
        return SteadyMs::max();  // A read is out; its answer comes by here.
    }
    if (!may_fire()) {
        return SteadyMs::max();  // So does what makes room.
    }
    return core_.memory_is_short() ? std::max(core_.now, trickle_at_) : core_.now;
}

std::uint64_t Timers::lag_ms() const {
    if (line_.empty() || line_.begin()->first.due_ms >= wall_ms()) {
        return 0;
    }
    auto [key, id] = *line_.begin();
    return boxes_[id].window.first_known() ? wall_ms() - key.due_ms : 0;
}

bool Timers::may_fire() const {
    std::size_t undurable = core_.ledger.undurable_bytes();
    std::size_t used = undurable + core_.call_credit + kCallCreditBytes;
    bool credit = used <= core_.options.commit_queue_bytes_max || undurable == 0;
    return credit && !core_.stopping && !core_.store_lost &&
           core_.disk != DiskRoom::below_half_reserve;
}

void Timers::fire() {
    if (core_.memory_is_short() && core_.now < trickle_at_) {
        return;
    }
    for (std::size_t fired = 0; fired < kFiredPerTick && fire_first(); ++fired) {
    }
    trickle_at_ = core_.now + kTricklePause;
}

bool Timers::fire_first() {
    if (line_.empty() || !may_fire()) {
        return false;
    }
    auto [key, id] = *line_.begin();
    Box& box = boxes_[id];
    if (key.due_ms > wall_ms() || !box.window.first_known()) {
        return false;
    }
    if (box.window.first_row().empty()) {
        bring_row(id, key);
        return false;
    }
    auto row = decode_timer_row(box.window.first_row().view());
    if (!row) {
        drop_damaged(id, key);
        return true;
    }
    if (row->target.type == call_type() && !bring_call(box, row->target)) {
        return false;
    }
    fire(id, key, std::move(*row));
    return true;
}

void Timers::fire(PartitionId home, const TimerKey& key, TimerRow row) {
    Draft& draft = core_.ledger.open();
    draft.consume(timer_due_prefix(home, key.due_ms), key.message);
    if (!row.token.empty()) {
        std::string token = token_row_key(home, row.token);
        tokens_.set(token, std::nullopt, draft.number());
        draft.erase(token);
    }
    if (row.target.type == call_type()) {
        calls_.reply(draft, row.target.id, message_argument(row.message.view()));
    } else {
        core_.deliver(draft, row.target, std::move(row.message), Core::Origin::timer);
    }
    boxes_[home].window.pop();
    gone(draft, home);
    core_.ledger.close(draft);
    ++core_.stats.timers_fired;
}

// A large row is read alone, when its time has come.
void Timers::bring_row(PartitionId id, const TimerKey& key) {
    Box& box = boxes_[id];
    if (box.row_read != RequestId{}) {
        return;
    }
    ReadRequest request;
    request.gets.push_back({timer_row_key(id, key)});
    box.row_read = core_.reads.start(std::move(request), [this, id, key](ReadResult result) {
        Box& read = boxes_[id];
        read.row_read = {};
        if (result.gets[0]) {
            read.window.bring_row(key, std::move(*result.gets[0]));
        } else if (read.window.first_possible() == key) {
            drop_damaged(id, key);
        }
        refresh(id);
    });
}

// A delayed reply needs the record of its call.
bool Timers::bring_call(Box& box, const Address& target) {
    if (box.pinned_for == kNever) {
        box.pinned_for = box.in_line;
        box.pinned_call = target.id;
        calls_.pin(target.id);
        if (!calls_.known(target.id)) {
            calls_.need({target.id}, [] {});
        }
    }
    return calls_.known(target.id);
}

void Timers::drop_damaged(PartitionId id, const TimerKey& key) {
    core_.notice_damage("timer", timer_row_key(id, key));
    boxes_[id].window.pop();
    refresh(id);
}

}  // namespace sfg::engine
