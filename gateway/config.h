// Config: everything an operator may choose, as data, and where it comes from.
//
// A value is taken from the first of these that has it: the command line, the environment
// (SFG_...), gateway.yaml, the default. Every option has one name in three spellings (memoryBudget,
// --memory-budget, SFG_MEMORY_BUDGET); the table of them is gateway/cli/options.h.
//
// Threads:    values and pure functions; load_config() reads one file.
// Invariants: all problems of all sources are reported at once, each with its place: the flag, the
//             variable, or file:line:column.
// Limits:     gateway.yaml up to kConfigFileBytesMax; each option has the range its help names.
#pragma once

#include "protocol/limits.h"
#include "protocol/module_spec.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sfg {

inline constexpr std::size_t kConfigFileBytesMax = 1 * kMiB;
// A loop's share of the slots for connections stays large enough.
inline constexpr std::uint32_t kIoThreadsMax = 15;

// Where to listen. `host` is an IPv4 or IPv6 address (without brackets), or "localhost".
struct HostPort {
    std::string host;
    std::uint16_t port = 0;  // 0: any free one.

    bool operator==(const HostPort&) const = default;

    // "127.0.0.1:8070", "[::1]:8070".
    [[nodiscard]] std::string text() const;
};

enum class LogLevel : std::uint8_t { debug, info, warn, error };
enum class LogFormat : std::uint8_t { json, plain };

// What becomes of a module that has warnings: a key without effect, for example.
enum class ModuleWarnings : std::uint8_t { log, refuse };

struct Config {
    HostPort api{"127.0.0.1", 8070};
    HostPort admin{"127.0.0.1", 8071};
    std::vector<std::string> modules;  // Files and directories, in the order given.
    std::string data;
    ModuleWarnings module_warnings = ModuleWarnings::log;

    LogLevel log_level = LogLevel::info;
    LogFormat log_format = LogFormat::plain;

    // Memory and queues (design D4, D5).
    std::size_t memory_budget_bytes = kMemoryBudgetBytes;
    std::size_t commit_queue_bytes_max = kCommitQueueBytesMax;
    std::uint64_t mailbox_messages_max = kMailboxMessagesMax;
    std::uint64_t mailbox_bytes_max = kMailboxBytesMax;
    std::uint64_t waiting_messages_max = kWaitingMessagesMax;
    std::uint64_t waiting_bytes_max = kWaitingBytesMax;
    std::uint64_t marks_max = kMarksMax;
    std::uint64_t call_records_max = kCallRecordsMax;
    // Of endpoints that do not name their own.
    Concurrency concurrency;
    std::uint32_t attempts = FailurePolicy{}.attempts;
    std::chrono::milliseconds backoff_initial = FailurePolicy{}.backoff_first;
    std::chrono::milliseconds backoff_max = FailurePolicy{}.backoff_max;
    OnPoison on_poison = FailurePolicy{}.on_poison;
    Dispatch dispatch = FailurePolicy{}.dispatch;

    // The HTTP side that clients see.
    std::size_t body_bytes_max = kBodyBytesMax;
    std::uint32_t connections_max = 4096;
    std::chrono::milliseconds idle_timeout{75'000};
    std::chrono::milliseconds head_timeout{10'000};
    std::chrono::milliseconds transfer_idle_timeout{30'000};
    std::chrono::milliseconds transfer_timeout{300'000};
    std::chrono::milliseconds reply_timeout{30'000};

    // The HTTP side towards functions.
    std::chrono::milliseconds function_idle_timeout{4'000};

    // The disk (design D3, D10).
    std::chrono::milliseconds sync_interval{1};
    std::chrono::milliseconds sync_lazy_delay{5};
    std::size_t sync_lazy_bytes = 1 * kMiB;
    std::optional<std::uint64_t> disk_reserve_bytes;  // Absent: the store's default.

    // Absent: as many as fit the cores. 0: HTTP is on the engine's own thread.
    std::optional<std::uint32_t> io_threads = 0;
    std::uint32_t helper_threads = 1;
    std::chrono::milliseconds drain_timeout{10'000};

    // What was odd in the sources, one line each, for the log.
    std::vector<std::string> warnings;

    bool operator==(const Config&) const = default;
};

// What the environment or the command line says: name and value, in order.
using NamedValues = std::vector<std::pair<std::string, std::string>>;

struct LoadedConfig {
    Config config;  // What was understood, also where there are errors.
    std::vector<std::string> errors;

    [[nodiscard]] bool ok() const { return errors.empty(); }
};

// `flags`: by flag ("--api"), a repeated one once per use. `environment`: all variables, those that
// do not begin with SFG_ are passed over. The file is the one that --config or SFG_CONFIG names.
[[nodiscard]] LoadedConfig load_config(const NamedValues& flags, const NamedValues& environment);

// The same with the file's text at hand; `file` is its name in messages.
[[nodiscard]] LoadedConfig load_config(
    const NamedValues& flags,
    const NamedValues& environment,
    std::string_view file,
    std::string_view text
);

}  // namespace sfg
