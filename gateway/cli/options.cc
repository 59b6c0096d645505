#include "gateway/cli/options.h"

#include "gateway/cli/function_options.h"
#include "gateway/cli/option_kinds.h"

namespace sfg::cli {

namespace {

constexpr std::uint64_t kTiB = 1024ULL * 1024 * kMiB;

Option module_files() {
    constexpr std::string_view kHelp =
        "A module.yaml, or a directory: its *.yaml and *.yml by name. May be given several times; "
        "the variable separates paths by ':', the file has a list";
    Option option = row({"module", "Application", kHelp}, "PATH", "");
    option.list = true;
    option.set = [](Config& config, std::string_view text) -> Parsed<void> {
        if (text.empty()) {
            return BadValue{"names no file"};
        }
        config.modules.emplace_back(text);
        return {};
    };
    return option;
}

Option data_directory() {
    Option option =
        row({"data",
             "Application",
             "The directory of the store, of this process alone. Made if it does not exist"},
            "DIR",
            "");
    option.set = [](Config& config, std::string_view text) -> Parsed<void> {
        if (text.empty()) {
            return BadValue{"names no directory"};
        }
        config.data = text;
        return {};
    };
    return option;
}

Option module_warnings() {
    constexpr std::string_view kHelp =
        "What is done with a module that has warnings, at a start and at a reload: they are "
        "logged, "
        "or count as errors";
    return choice<ModuleWarnings>(
        {"moduleWarnings", "Application", kHelp},
        &Config::module_warnings,
        {{"log", ModuleWarnings::log}, {"refuse", ModuleWarnings::refuse}}
    );
}

Option io_threads() {
    constexpr std::string_view kHelp =
        "Threads that carry HTTP for the engine's thread; 0: it does so itself, best on few cores. "
        "auto: by the cores. (0 to 15)";
    Option option = row({"ioThreads", "Process", kHelp}, "COUNT|auto", "0");
    option.set = [](Config& config, std::string_view text) -> Parsed<void> {
        if (text == "auto") {
            config.io_threads.reset();
            return {};
        }
        Parsed<std::uint64_t> parsed = parse_count(text);
        if (!parsed) {
            return BadValue{parsed.error().reason + ", or auto"};
        }
        if (*parsed > kIoThreadsMax) {
            return BadValue{"is out of range: 0 to " + std::to_string(kIoThreadsMax)};
        }
        config.io_threads = static_cast<std::uint32_t>(*parsed);
        return {};
    };
    return option;
}

Option disk_reserve() {
    constexpr std::string_view kHelp =
        "Free space below which no messages are accepted; below half of it no calls start. "
        "auto: 256 MiB. Never more than a tenth of the disk";
    Option option = row({"diskReserve", "Disk", kHelp}, "SIZE|auto", "auto");
    option.set = [](Config& config, std::string_view text) -> Parsed<void> {
        if (text == "auto") {
            config.disk_reserve_bytes.reset();
            return {};
        }
        Parsed<std::uint64_t> parsed = parse_size(text);
        if (!parsed) {
            return BadValue{parsed.error().reason + ", or auto"};
        }
        config.disk_reserve_bytes = *parsed;
        return {};
    };
    return option;
}

void add_queues(std::vector<Option>& all) {
    using C = Config;
    constexpr std::string_view kGroup = "Memory and queues";
    all.push_back(size<std::size_t>(
        {"memoryBudget",
         kGroup,
         "Memory for entities, mailboxes and the outbox; the rest waits on disk"},
        &C::memory_budget_bytes,
        {1 * kMiB, kTiB}
    ));
    all.push_back(size<std::size_t>(
        {"commitQueueBytesMax", kGroup, "Changes that are not durable yet, before work waits"},
        &C::commit_queue_bytes_max,
        {1 * kMiB, 1024 * kMiB}
    ));
    all.push_back(count<std::uint64_t>(
        {"mailboxMessagesMax", kGroup, "Messages waiting for one entity; past it senders get 429"},
        &C::mailbox_messages_max,
        {1, 1'000'000'000}
    ));
    all.push_back(size<std::uint64_t>(
        {"mailboxBytesMax", kGroup, "Bytes waiting for one entity; past it senders get 429"},
        &C::mailbox_bytes_max,
        {1 * kMiB, 64 * kTiB}
    ));
    all.push_back(count<std::uint64_t>(
        {"waitingMessagesMax", kGroup, "Messages waiting in all; past it senders get 503"},
        &C::waiting_messages_max,
        {1, 100'000'000'000}
    ));
    all.push_back(size<std::uint64_t>(
        {"waitingBytesMax", kGroup, "Bytes waiting in all; past it senders get 503"},
        &C::waiting_bytes_max,
        {1 * kMiB, 64 * kTiB}
    ));
    all.push_back(count<std::uint64_t>(
        {"marksMax", kGroup, "Idempotency keys remembered; past it keyed requests get 503"},
        &C::marks_max,
        {1, 1'000'000'000}
    ));
    all.push_back(count<std::uint64_t>(
        {"callRecordsMax", kGroup, "Calls open or with a kept reply; past it calls get 503"},
        &C::call_records_max,
        {1, 100'000'000}
    ));
}

void add_http(std::vector<Option>& all) {
    using C = Config;
    using std::chrono::hours;
    using std::chrono::milliseconds;

    constexpr std::string_view kGroup = "HTTP";
    all.push_back(size<std::size_t>(
        {"bodyBytesMax", kGroup, "The largest body of a request; past it 413"},
        &C::body_bytes_max,
        {1 * kKiB, 1024 * kMiB}
    ));
    all.push_back(count<std::uint32_t>(
        {"connectionsMax", kGroup, "Client connections at once; past it 503"},
        &C::connections_max,
        {1, 60'000}
    ));
    all.push_back(duration(
        {"idleTimeout", kGroup, "How long a client connection may be idle"},
        &C::idle_timeout,
        {milliseconds(100), hours(24)}
    ));
    all.push_back(duration(
        {"headTimeout", kGroup, "How long the header of a request may take; past it 408"},
        &C::head_timeout,
        {milliseconds(100), hours(1)}
    ));
    all.push_back(duration(
        {"transferIdleTimeout", kGroup, "How long a body may stand still; past it 408"},
        &C::transfer_idle_timeout,
        {milliseconds(100), hours(1)}
    ));
    all.push_back(duration(
        {"transferTimeout", kGroup, "How long a whole body may take; past it 408"},
        &C::transfer_timeout,
        {milliseconds(100), hours(24)}
    ));
    all.push_back(duration(
        {"replyTimeout", kGroup, "How long POST /v1/call waits where ?timeout= does not say"},
        &C::reply_timeout,
        {milliseconds(1), hours(1)}
    ));
    all.push_back(duration(
        {"functionIdleTimeout",
         kGroup,
         "How long a connection to a function is kept idle; many servers close theirs after 5 s"},
        &C::function_idle_timeout,
        {milliseconds(0), hours(1)}
    ));
}

void add_disk_and_process(std::vector<Option>& all) {
    using C = Config;
    using std::chrono::hours;
    using std::chrono::milliseconds;
    constexpr std::string_view kDisk = "Disk";
    all.push_back(duration(
        {"syncInterval", kDisk, "Least time between two syncs under load, when somebody waits"},
        &C::sync_interval,
        {milliseconds(0), milliseconds(1000)}
    ));
    all.push_back(duration(
        {"syncLazyDelay", kDisk, "How long changes that nobody waits for stay in memory only"},
        &C::sync_lazy_delay,
        {milliseconds(0), milliseconds(60'000)}
    ));
    all.push_back(size<std::size_t>(
        {"syncLazyBytes", kDisk, "How many such bytes start a sync before that"},
        &C::sync_lazy_bytes,
        {4 * kKiB, 1024 * kMiB}
    ));
    all.push_back(disk_reserve());
    constexpr std::string_view kProcess = "Process";
    all.push_back(choice<LogLevel>(
        {"logLevel", kProcess, "The least level that is logged"},
        &C::log_level,
        {{"debug", LogLevel::debug},
         {"info", LogLevel::info},
         {"warn", LogLevel::warn},
         {"error", LogLevel::error}}
    ));
    all.push_back(choice<LogFormat>(
        {"logFormat", kProcess, "plain for people, json (one object a line) for machines"},
        &C::log_format,
        {{"plain", LogFormat::plain}, {"json", LogFormat::json}}
    ));
    all.push_back(io_threads());
    all.push_back(count<std::uint32_t>(
        {"helperThreads", kProcess, "Threads that parse and validate large bodies"},
        &C::helper_threads,
        {1, 64}
    ));
    all.push_back(duration(
        {"drainTimeout", kProcess, "On a stop, how long calls in flight may still take"},
        &C::drain_timeout,
        {milliseconds(0), hours(1)}
    ));
}

std::vector<Option> build() {
    std::vector<Option> all;
    all.push_back(module_files());
    all.push_back(module_warnings());
    all.push_back(data_directory());
    all.push_back(
        address({"api", "Addresses", "Where clients send messages and call"}, &Config::api)
    );
    all.push_back(address(
        {"admin", "Addresses", "Health, metrics and inspection; nobody is asked for a password here"
        },
        &Config::admin
    ));
    add_queues(all);
    add_functions(all);
    add_http(all);
    add_disk_and_process(all);
    return all;
}

}  // namespace

const std::vector<Option>& options() {
    static const std::vector<Option> all = build();
    return all;
}

}  // namespace sfg::cli
