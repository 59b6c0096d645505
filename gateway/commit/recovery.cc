#include "gateway/commit/recovery.h"

#include "gateway/commit/tally.h"
#include "gateway/engine/ledger.h"
#include "storage/key_codec.h"

#include <future>
#include <memory>

namespace sfg::commit {

namespace {

storage::StoreResult<std::uint64_t> read_number(storage::Store& store, std::string_view key) {
    auto row = store.snapshot()->get(key);
    if (row.has_error()) {
        return row.error();
    }
    if (!*row) {
        return std::uint64_t{0};
    }
    return storage::KeyReader((*row)->view(), 0).u64().value_or(0);
}

}  // namespace

storage::StoreResult<Beginning> begin_epoch(storage::Store& store) {
    auto ceiling = read_number(store, engine::ceiling_key());
    auto time = read_number(store, engine::engine_time_key());
    if (ceiling.has_error()) {
        return ceiling.error();
    }
    if (time.has_error()) {
        return time.error();
    }
    std::uint64_t reserved = *ceiling + engine::kNumberBlock;
    storage::WriteBatch batch;
    std::string value;
    storage::append_u64(value, reserved);
    batch.put_copy(engine::ceiling_key(), value);
    if (auto unfolded = unfold_tally(*store.snapshot(), batch); unfolded.has_error()) {
        return unfolded.error();
    }
    auto durable = std::make_shared<std::promise<storage::StoreResult<void>>>();
    auto answered = durable->get_future();
    store.commit(batch, [durable](storage::StoreResult<void> result) {
        durable->set_value(std::move(result));
    });
    auto written = answered.get();
    if (written.has_error()) {
        return written.error();
    }
    return Beginning{
        CommitNumber{*ceiling + 1}, CommitNumber{reserved}, static_cast<std::int64_t>(*time)
    };
}

}  // namespace sfg::commit
