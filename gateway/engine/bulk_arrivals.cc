// The half of Arrivals for the messages of one body.
#include "gateway/engine/arrivals.h"
#include "protocol/assert.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

namespace sfg::engine {

namespace {

constexpr std::chrono::seconds kSoon{1};

Refused at_place(Refused refused, std::size_t place) {
    refused.place = static_cast<std::uint32_t>(place);
    return refused;
}

struct Placed {
    PartitionId partition;
    std::uint32_t place;
};

// The fresh messages, partition by partition, in their order within each. By counting: it is a part
// of what holds the loop.
std::vector<Placed> by_partition(
    const Partitions& partitions,
    const BulkArrived& bulk,
    const std::vector<bool>& is_fresh
) {
    std::vector<Placed> in_order;
    std::vector<std::uint32_t> next(partitions.count() + 1U, 0);
    for (std::uint32_t i = 0; i < bulk.messages.size(); ++i) {
        if (is_fresh[i]) {
            PartitionId partition = partitions.of(bulk.messages[i].target);
            in_order.push_back({partition, i});
            ++next[partition + 1U];
        }
    }
    std::partial_sum(next.begin(), next.end(), next.begin());
    std::vector<Placed> sorted(in_order.size());
    for (const Placed& one : in_order) {
        sorted[next[one.partition]++] = one;
    }
    return sorted;
}

}  // namespace

void Arrivals::on(BulkArrived event) {
    SFG_ASSERT(!event.messages.empty() && event.messages.size() <= kBulkMessagesMax);
    bool is_keyed = false;
    for (std::size_t i = 0; i < event.messages.size(); ++i) {
        SFG_ASSERT(!event.messages[i].is_call);
        if (auto refusal = refuse(event.messages[i])) {
            core_.actions.answer(event.waiter, at_place(std::move(*refusal), i));
            return;
        }
        is_keyed = is_keyed || event.messages[i].idempotency;
    }
    if (is_keyed) {
        meet_all(std::move(event));
    } else {
        decide(event, {});
    }
}

void Arrivals::meet_all(BulkArrived event) {
    auto held = std::make_shared<BulkArrived>(std::move(event));
    Marks::Gathering gathering;
    for (const MessageArrived& message : held->messages) {
        if (message.idempotency) {
            gathering.keys.emplace_back(&message.target, &message.idempotency->key);
        }
    }
    gathering.decided = [this, held](const std::vector<Marks::Known>& known) {
        decide(*held, known);
    };
    gathering.given_up = [this, waiter = held->waiter] {
        Problem problem{Errc::in_doubt, "the store was opened anew while keys were looked up"};
        core_.actions.answer(waiter, Refused{std::move(problem), kSoon, {}});
    };
    marks_.meet_all(std::move(gathering));
}

// `keyed`: of the messages with a key, in their order.
void Arrivals::decide(BulkArrived& bulk, const std::vector<Marks::Known>& keyed) {
    Sorted sorted;
    if (!sort(bulk, keyed, sorted)) {
        return;
    }
    if (auto refusal = refuse_for_load(bulk, sorted.is_fresh)) {
        core_.actions.answer(bulk.waiter, std::move(*refusal));
        return;
    }
    CommitNumber number = accept(bulk, sorted);
    if (!keyed.empty()) {
        core_.actions.admitted(bulk.waiter);
    }
    sorted.answer.store = core_.store;
    core_.ledger.answer_when_durable(number, bulk.waiter, std::move(sorted.answer));
}

// Tells the fresh ones from repeats; false: one of them is refused, and with it the body.
bool Arrivals::sort(const BulkArrived& bulk, const std::vector<Marks::Known>& keyed, Sorted& into) {
    std::size_t size = bulk.messages.size();
    into.answer.messages.resize(size);
    into.is_fresh.assign(size, true);
    std::vector<std::size_t> places;  // Of the keyed ones.
    for (std::size_t i = 0; i < size; ++i) {
        const auto& idempotency = bulk.messages[i].idempotency;
        if (!idempotency) {
            continue;
        }
        const Marks::Known& known = keyed[places.size()];
        places.push_back(i);
        if (known.same_as) {
            std::size_t earlier = places[*known.same_as];
            into.same.emplace_back(i, earlier);
            if (bulk.messages[earlier].idempotency->content_hash != idempotency->content_hash) {
                Problem problem{Errc::key_reused, "the key belongs to another one of this body"};
                core_.actions.answer(bulk.waiter, at_place({std::move(problem), {}, {}}, i));
                return false;
            }
        } else if (known.mark) {
            if (known.mark->content_hash != idempotency->content_hash) {
                std::string id = message_id(core_.store, known.mark->message);
                Problem problem{Errc::key_reused, "the key belongs to message " + std::move(id)};
                core_.ledger.answer_when_durable(
                    known.changed, bulk.waiter, at_place({std::move(problem), {}, {}}, i)
                );
                return false;
            }
            into.answer.messages[i] = known.mark->message;
            into.changed = std::max(into.changed, known.changed);
        } else {
            continue;
        }
        into.is_fresh[i] = false;
        into.answer.repeats.push_back(static_cast<std::uint32_t>(i));
    }
    return true;
}

Arrivals::Refusal
Arrivals::refuse_for_load(const BulkArrived& bulk, const std::vector<bool>& is_fresh) {
    for (std::size_t i = 0; i < bulk.messages.size(); ++i) {
        if (!is_fresh[i]) {
            continue;
        }
        if (auto refusal = refuse_for_load(bulk.messages[i])) {
            return at_place(std::move(*refusal), i);
        }
    }
    return std::nullopt;
}

// The number of the last commit that the answer rests on.
CommitNumber Arrivals::accept(BulkArrived& bulk, Sorted& sorted) {
    std::vector<MessageKey>& keys = sorted.answer.messages;
    CommitNumber last = sorted.changed;
    const std::vector<Placed> placed = by_partition(core_.partitions, bulk, sorted.is_fresh);
    for (auto at = placed.begin(); at != placed.end();) {
        Draft& draft = core_.ledger.open();
        draft.hurry();
        if (at != placed.begin()) {
            draft.join();
        }
        for (PartitionId home = at->partition; at != placed.end() && at->partition == home; ++at) {
            keys[at->place] = take(draft, bulk.messages[at->place], Core::Origin::bulk);
        }
        last = draft.number();
        core_.ledger.close(draft);
    }
    for (const auto& [place, earlier] : sorted.same) {
        keys[place] = keys[earlier];
    }
    return last;
}

}  // namespace sfg::engine
