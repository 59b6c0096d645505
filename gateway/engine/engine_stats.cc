// The part of Engine that counts for its operators and for checks.
#include "gateway/engine/engine.h"

#include <algorithm>

namespace sfg::engine {

EngineStats Engine::stats() const {
    EngineStats stats = core_.stats;
    stats.commits = core_.ledger.commits();
    stats.waiting_messages = core_.partitions.waiting_messages();
    stats.waiting_bytes = core_.partitions.waiting_bytes();
    stats.entities_in_memory = core_.entities.size();
    stats.memory_bytes = core_.memory_used();
    stats.timers_pending = core_.partitions.timers();
    stats.parked_entities = core_.partitions.parked();
    stats.news_lost = core_.news.lost();
    stats.timer_lag_ms = timers_.lag_ms();
    stats.undurable_bytes = core_.ledger.undurable_bytes();
    stats.open_calls = calls_.open_count();
    stats.calls_in_flight = core_.calls_in_flight;
    for (std::size_t i = 0; i < core_.endpoint_waits.size(); ++i) {
        if (core_.dispatcher.is_down(static_cast<EndpointId>(i))) {
            std::uint32_t loading = core_.endpoint_waits[i].loading;
            std::uint32_t ready = core_.endpoint_waits[i].ready;
            stats.waiting_entities[static_cast<std::size_t>(WaitReason::ready)] -= ready;
            stats.waiting_entities[static_cast<std::size_t>(WaitReason::loading)] -= loading;
            stats.waiting_entities[static_cast<std::size_t>(WaitReason::endpoint_down)] +=
                ready + loading;
        }
    }
    for (PartitionId id = 0; id < core_.partitions.count(); ++id) {
        stats.partitions_owned += core_.partitions.owned(id) ? 1 : 0;
        stats.partitions_to_scan += core_.partitions[id].scan_from ? 1 : 0;
    }
    stats.backlog_ranges = backlog_.ranges();
    return stats;
}

std::uint64_t Engine::stuck_entities() {
    std::uint64_t stuck = 0;
    std::uint64_t pausing = 0;
    core_.entities.for_each([&](Entity& entity) {
        bool waits =
            !entity.mailbox.empty() && entity.waits == WaitReason::none && entity.load != kPinned;
        bool in_line = entity.waits == WaitReason::ready || entity.waits == WaitReason::type_down ||
                       entity.waits == WaitReason::not_durable;
        bool line = in_line && !entity.in_line.is_linked();
        stuck += waits || line ? 1 : 0;
        pausing += is_pause(entity.waits) ? 1 : 0;
    });
    // Each of them has its place by its time.
    return stuck + pausing - std::min<std::uint64_t>(pausing, core_.backoff.size());
}

}  // namespace sfg::engine
