// The part of Core that writes what an entity's row says, and reads it.
#include "gateway/engine/core.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace sfg::engine {

void Core::put_entity_row(Draft& draft, Entity& entity) {
    EntityRow row;
    row.status = entity.is_paused ? EntityRow::kPaused : 0;
    if (entity.failing && entity.failing->is_parked) {
        row.status |= EntityRow::kParked;
        row.detail = encode_parked(*entity.failing);
    } else if (entity.failing && entity.failing->is_worth_keeping()) {
        Failing& failing = *entity.failing;
        failing.next_try_ms = entity.retry_at > now ? wall_ms + (entity.retry_at - now).count() : 0;
        row.status |= EntityRow::kFailing;
        row.detail = encode_attempts(failing, draft.number());
        failing.is_in_row = true;
        failing.row_is_true = true;
    }
    row.consumed = entity.mailbox.consumed();
    row.touched_ms = entity.touched_ms;
    draft.put_row(entity.row(storage::Table::entity), encode(row));
    entity.consumed_since = 0;
}

void Core::take_entity_row(Entity& entity, const EntityRow& row) {
    entity.mailbox.raise_consumed(row.consumed);
    entity.touched_ms = row.touched_ms;
    entity.is_paused = (row.status & EntityRow::kPaused) != 0;
    if ((row.status & EntityRow::kParked) != 0) {
        entity.failing = std::make_unique<Failing>(decode_parked(row.detail));
        std::int64_t left = std::max(entity.failing->next_try_ms - wall_ms, std::int64_t{0});
        entity.retry_at = now + std::min(SteadyMs(left), SteadyMs(kParkedPauseMax));
    } else if ((row.status & EntityRow::kFailing) != 0) {
        take_attempts(entity, row);
    }
}

void Core::take_attempts(Entity& entity, const EntityRow& row) {
    auto attempts = decode_attempts(row.detail);
    if (!attempts || attempts->number < ledger.first_number()) {
        return;
    }
    entity.failing = std::make_unique<Failing>(std::move(attempts->failing));
    Failing& failing = *entity.failing;
    failing.type_successes = std::min(failing.type_successes, entity.type->health.successes);
    std::int64_t left = failing.next_try_ms - wall_ms;
    if (left > 0 && attempts->number > bound_at) {
        entity.retry_at = now + std::min(SteadyMs(left), SteadyMs(kParkedPauseMax));
    }
}

}  // namespace sfg::engine
