// Log: lines for the operator, written by a thread of its own.
//
//     log::info("commit", "store opened", {{"entities", 1200}, {"path", path}});
//
// Names, addresses, numbers and reasons may be logged; payloads never (messages, states, bodies).
//
// Threads:    any, also before start() and after stop(): then warnings and errors are written at
//             once. start() and stop() from one thread, while nobody logs for the first or last
//             time.
// Invariants: a caller never waits for the reader of the log. When the queue is full the oldest
//             line goes; when the descriptor takes nothing for `patience`, lines go until it does.
//             Each is counted in dropped(). A reader that went away costs lines, not the process.
// Limits:     kQueueLines lines of at most kLineBytesMax bytes, so that a pipe takes each whole.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace sfg::log {

inline constexpr std::size_t kQueueLines = 1024;
// PIPE_BUF on Linux: a shorter write to a pipe that has room is never split and never waits.
inline constexpr std::size_t kLineBytesMax = 4096;

enum class Level : std::uint8_t { debug, info, warn, error };
enum class Format : std::uint8_t { plain, json };

// One named fact of a line. Views are read during the call only.
struct Field {
    using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

    Field(std::string_view name, std::string_view text) : key(name), value(text) {}

    Field(std::string_view name, const std::string& text) : Field(name, std::string_view(text)) {}

    Field(std::string_view name, const char* text) : Field(name, std::string_view(text)) {}

    Field(std::string_view name, bool flag) : key(name), value(flag) {}

    Field(std::string_view name, std::floating_point auto number)
        : key(name),
          value(static_cast<double>(number)) {}

    Field(std::string_view name, std::signed_integral auto number)
        : key(name),
          value(static_cast<std::int64_t>(number)) {}

    Field(std::string_view name, std::unsigned_integral auto number)
        : key(name),
          value(static_cast<std::uint64_t>(number)) {}

    std::string_view key;
    Value value;
};

using Fields = std::initializer_list<Field>;

struct Options {
    Level level = Level::info;
    Format format = Format::plain;
    int fd = 2;
    // How long the log's thread waits for its reader before it drops a line.
    std::chrono::milliseconds patience{1000};
};

// Begins the thread. Not twice without stop().
void start(const Options& options);

// Writes what is queued, for at most `patience` if nobody reads, and ends the thread.
void stop();

// Whether a line of this level would be written; for facts that cost something to gather.
[[nodiscard]] bool enabled(Level level);

void write(Level level, std::string_view component, std::string_view message, Fields fields = {});

inline void debug(std::string_view component, std::string_view message, Fields fields = {}) {
    write(Level::debug, component, message, fields);
}

inline void info(std::string_view component, std::string_view message, Fields fields = {}) {
    write(Level::info, component, message, fields);
}

inline void warn(std::string_view component, std::string_view message, Fields fields = {}) {
    write(Level::warn, component, message, fields);
}

inline void error(std::string_view component, std::string_view message, Fields fields = {}) {
    write(Level::error, component, message, fields);
}

// Lines lost since the process began.
[[nodiscard]] std::uint64_t dropped();

// One line without its end, as write() would make it; exposed for tests.
[[nodiscard]] std::string render(
    Format format,
    Level level,
    std::string_view component,
    std::string_view message,
    Fields fields
);

}  // namespace sfg::log
