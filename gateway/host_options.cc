#include "gateway/host_options.h"

#include "gateway/memory_plan.h"

#include <algorithm>

namespace sfg {

std::size_t io_threads_of(const Config& config, unsigned cores) {
    constexpr unsigned kOthers = 2;
    unsigned fitting = cores < 2 * kOthers ? 0 : cores - kOthers;
    return config.io_threads.value_or(std::min<unsigned>(fitting, kIoThreadsMax));
}

HostOptions host_options(const Config& config) {
    HostOptions options;
    options.engine.memory_budget_bytes = plan_memory(config.memory_budget_bytes).engine_bytes;
    options.engine.commit_queue_bytes_max = config.commit_queue_bytes_max;
    options.engine.mailbox_messages_max = config.mailbox_messages_max;
    options.engine.mailbox_bytes_max = config.mailbox_bytes_max;
    options.engine.waiting_messages_max = config.waiting_messages_max;
    options.engine.waiting_bytes_max = config.waiting_bytes_max;
    options.engine.marks_max = config.marks_max;
    options.engine.calls_max = config.call_records_max;
    options.engine.concurrency = config.concurrency;
    options.engine.failure = {
        config.attempts,
        config.backoff_initial,
        std::max(config.backoff_initial, config.backoff_max),
        config.on_poison,
        config.dispatch
    };
    options.caller.idle_max = config.function_idle_timeout;
    options.pace.under_load = config.sync_interval;
    options.pace.unwaited = config.sync_lazy_delay;
    options.pace.bytes_max = config.sync_lazy_bytes;
    return options;
}

storage::LevelDbOptions store_options(const Config& config) {
    storage::LevelDbOptions options;
    options.directory = config.data;
    options.partitions = kPartitions;
    MemoryPlan plan = plan_memory(config.memory_budget_bytes);
    options.write_buffer_bytes = plan.write_buffer_bytes;
    options.block_cache_bytes = plan.block_cache_bytes;
    options.open_files_max = plan.open_tables;
    return options;
}

storage::PageLimits page_limits(const Config& config) {
    storage::PageLimits limits;
    limits.bytes_max = plan_memory(config.memory_budget_bytes).page_bytes;
    limits.page_bytes_max = std::min(limits.page_bytes_max, limits.bytes_max / 4);
    return limits;
}

}  // namespace sfg
