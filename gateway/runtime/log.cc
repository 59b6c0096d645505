#include "gateway/runtime/log.h"

#include "protocol/assert.h"

#include <nlohmann/json.hpp>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <ctime>
#include <memory>
#include <mutex>

namespace sfg::log {

namespace {

constexpr std::array<std::string_view, 4> kLevelNames = {"debug", "info", "warn", "error"};

// The least level that is written now; read for every line, so it needs no lock.
constexpr Level kLevelAtRest = Level::warn;
std::atomic<Level> level_now{kLevelAtRest};

std::atomic<std::uint64_t> lost_at_sink{0};
std::atomic<std::uint64_t> lost_in_earlier_queues{0};

std::string_view name_of(Level level) {
    return kLevelNames.at(static_cast<std::size_t>(level));
}

// Writes lines to a descriptor, waiting at most `patience` for a reader that has fallen behind.
// After a line was lost the next ones do not wait, so that stop() ends.
class DescriptorSink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    explicit DescriptorSink(const Options& options)
        : fd_(options.fd),
          patience_ms_(static_cast<int>(options.patience.count())) {}

protected:
    void sink_it_(const spdlog::details::log_msg& line) override {
        pollfd wanted{fd_, POLLOUT, 0};
        int ready = ::poll(&wanted, 1, is_behind_ ? 0 : patience_ms_);
        is_behind_ = ready == 0 || ::write(fd_, line.payload.data(), line.payload.size()) !=
                                       static_cast<ssize_t>(line.payload.size());
        if (is_behind_) {
            lost_at_sink.fetch_add(1, std::memory_order_relaxed);
        }
    }

    void flush_() override {}

private:
    const int fd_;
    const int patience_ms_;
    bool is_behind_ = false;
};

// On the log's thread: a reader of the log that has gone away must not end the process.
void survive_lost_reader() {
    sigset_t broken_pipe;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    static_cast<void>(pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr));
}

struct Running {
    explicit Running(const Options& chosen)
        : options(chosen),
          pool(std::make_shared<spdlog::details::thread_pool>(kQueueLines, 1, survive_lost_reader)),
          logger(std::make_shared<spdlog::async_logger>(
              "gateway",
              std::make_shared<DescriptorSink>(chosen),
              pool,
              spdlog::async_overflow_policy::overrun_oldest
          )) {
        logger->set_level(spdlog::level::trace);
    }

    const Options options;
    // The logger keeps only a weak pointer to the pool; the pool's end is what drains the queue.
    std::shared_ptr<spdlog::details::thread_pool> pool;
    std::shared_ptr<spdlog::async_logger> logger;
};

// Shared with every caller that is in the middle of a line while stop() runs.
std::mutex running_guard;
std::shared_ptr<Running> running_now;

std::shared_ptr<Running> running() {
    std::lock_guard lock(running_guard);
    return running_now;
}

// "2026-11-25T09:31:07.250Z".
std::string timestamp() {
    auto now = std::chrono::system_clock::now().time_since_epoch();
    auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
    auto seconds = static_cast<std::time_t>(ms / 1000);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    std::string digits = std::to_string(1000 + ms % 1000).substr(1);
    return std::string(text.data(), size) + "." + digits + "Z";
}

nlohmann::ordered_json json_of(const Field::Value& value) {
    return std::visit([](auto known) { return nlohmann::ordered_json(known); }, value);
}

// One line of JSON; bytes that are not UTF-8 are replaced.
std::string dump(const nlohmann::ordered_json& value) {
    return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string
render_json(Level level, std::string_view component, std::string_view message, Fields fields) {
    nlohmann::ordered_json line = {
        {"ts", timestamp()},
        {"level", name_of(level)},
        {"component", component},
        {"message", message},
    };
    for (const Field& field : fields) {
        line["fields"][std::string(field.key)] = json_of(field.value);
    }
    std::string text = dump(line);
    if (text.size() < kLineBytesMax) {
        return text;
    }
    // Cutting JSON would break it: the facts go, and the line says so.
    line["fields"] = {{"cut", text.size()}};
    line["message"] = message.substr(0, kLineBytesMax / 8);
    return dump(line);
}

std::string
render_plain(Level level, std::string_view component, std::string_view message, Fields fields) {
    std::string text = timestamp() + " ";
    text += name_of(level);
    text.append(6 - name_of(level).size(), ' ');
    text += component;
    text += ": ";
    // Escaped as in JSON, so that no text can forge a line or speak to the terminal.
    std::string body = dump(nlohmann::ordered_json(message));
    text.append(body, 1, body.size() - 2);
    for (const Field& field : fields) {
        text += " ";
        text += field.key;
        text += "=";
        text += dump(json_of(field.value));
    }
    if (text.size() >= kLineBytesMax) {
        text.resize(kLineBytesMax - 4);
        text += "...";
    }
    return text;
}

}  // namespace

void start(const Options& options) {
    auto fresh = std::make_shared<Running>(options);
    std::lock_guard lock(running_guard);
    SFG_ASSERT(!running_now, "log::start() twice");
    running_now = std::move(fresh);
    level_now = options.level;
}

void stop() {
    std::shared_ptr<Running> last;
    {
        std::lock_guard lock(running_guard);
        last = std::move(running_now);
        running_now.reset();
        level_now = kLevelAtRest;
    }
    if (last) {
        lost_in_earlier_queues.fetch_add(last->pool->overrun_counter());
    }
}

bool enabled(Level level) {
    return level >= level_now.load(std::memory_order_relaxed);
}

std::string render(
    Format format,
    Level level,
    std::string_view component,
    std::string_view message,
    Fields fields
) {
    return format == Format::json ? render_json(level, component, message, fields)
                                  : render_plain(level, component, message, fields);
}

void write(Level level, std::string_view component, std::string_view message, Fields fields) {
    if (!enabled(level)) {
        return;
    }
    std::shared_ptr<Running> now = running();
    Options options = now ? now->options : Options{};
    std::string line = render(options.format, level, component, message, fields) + "\n";
    if (now) {
        now->logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
        return;
    }
    if (::write(options.fd, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
        lost_at_sink.fetch_add(1, std::memory_order_relaxed);
    }
}

std::uint64_t dropped() {
    std::shared_ptr<Running> now = running();
    std::uint64_t queued = now ? now->pool->overrun_counter() : 0;
    return queued + lost_in_earlier_queues.load() + lost_at_sink.load();
}

}  // namespace sfg::log
