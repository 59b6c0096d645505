// The part of EngineHost that goes on after a failed write.
#include "gateway/engine_host.h"
#include "gateway/runtime/log.h"

namespace sfg {

namespace {

constexpr std::chrono::milliseconds kReopenPause{1000};

}  // namespace

// Design D10: the handle is dead after any failed write. Its group is in doubt, everything after it
// is undone; the store is opened anew and the engine goes on from what is durable.
void EngineHost::on_failed_write(const storage::StoreError& error) {
    if (error.code == storage::StoreErrc::sync) {
        outside_.fatal(error);
        return;
    }
    log::error(
        "commit", "a write to the store failed; it is opened anew", {{"reason", error.reason}}
    );
    store_trouble_ = error.reason;
    set_time(runtime::SteadyClock::now());
    engine_->on(engine::StoreLost{});
    committer_.discard();
    reader_.use(nullptr);
    walker_.use(nullptr);
    store_.reset();
    reopen();
}

void EngineHost::reopen() {
    auto opened = open_store_();
    if (opened.has_value()) {
        auto beginning = commit::begin_epoch(**opened);
        if (beginning.has_value()) {
            store_ = std::move(*opened);
            store_trouble_.reset();
            log::info("commit", "the store is open again");
            begin(*beginning);
            return;
        }
        store_trouble_ = beginning.error().reason;
        if (beginning.error().code == storage::StoreErrc::sync) {
            outside_.fatal(beginning.error());
            return;
        }
    } else {
        store_trouble_ = opened.error().reason;
        bool passes = opened.error().code == storage::StoreErrc::io ||
                      opened.error().code == storage::StoreErrc::no_space;
        if (!passes) {
            outside_.fatal(opened.error());
            return;
        }
    }
    retry_open_.set(kReopenPause);
}

}  // namespace sfg
