// Log lines: their form, and that nobody waits for their reader.
#include "gateway/runtime/log.h"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <array>
#include <chrono>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace logs = sfg::log;

namespace {

// A pipe whose reading end is the test's.
class Pipe {
public:
    Pipe() { REQUIRE(::pipe2(ends_.data(), O_CLOEXEC) == 0); }

    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    ~Pipe() {
        close_writer();
        if (ends_[0] >= 0) {
            ::close(ends_[0]);
        }
    }

    [[nodiscard]] int writer() const { return ends_[1]; }

    void close_reader() {
        ::close(ends_[0]);
        ends_[0] = -1;
    }

    void close_writer() {
        if (ends_[1] >= 0) {
            ::close(ends_[1]);
            ends_[1] = -1;
        }
    }

    // Everything up to the end of the writer.
    std::string drain() {
        close_writer();
        std::string all;
        std::array<char, 4096> piece{};
        for (ssize_t got = 0; (got = ::read(ends_[0], piece.data(), piece.size())) > 0;) {
            all.append(piece.data(), static_cast<std::size_t>(got));
        }
        return all;
    }

private:
    std::array<int, 2> ends_{-1, -1};
};

std::vector<std::string> lines_of(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line);
    }
    return lines;
}

}  // namespace

TEST_CASE("a json line is one object with time, level, component, message and fields", "[log]") {
    std::string line = logs::render(
        logs::Format::json,
        logs::Level::warn,
        "commit",
        "slow \"sync\"\n",
        {{"ms", 12}, {"path", "/data"}, {"ok", false}, {"share", 0.5}, {"big", ~std::uint64_t{0}}}
    );
    CHECK(line.find('\n') == std::string::npos);
    auto parsed = nlohmann::json::parse(line);
    CHECK(parsed["ts"].get<std::string>().size() == 24);
    CHECK(parsed["ts"].get<std::string>().back() == 'Z');
    CHECK(parsed["level"] == "warn");
    CHECK(parsed["component"] == "commit");
    CHECK(parsed["message"] == "slow \"sync\"\n");
    CHECK(parsed["fields"]["ms"] == 12);
    CHECK(parsed["fields"]["path"] == "/data");
    CHECK(parsed["fields"]["ok"] == false);
    CHECK(parsed["fields"]["share"] == 0.5);
    CHECK(parsed["fields"]["big"] == ~std::uint64_t{0});
}

TEST_CASE("a plain line reads well, and no text can forge a second one", "[log]") {
    std::string line = logs::render(
        logs::Format::plain,
        logs::Level::info,
        "serve",
        "up\n2026 error x",
        {{"api", "127.0.0.1:8070"}, {"n", 3}, {"odd", "\x1b[31m"}}
    );
    CHECK(line.find('\n') == std::string::npos);
    CHECK(line.find('\x1b') == std::string::npos);
    CHECK(
        line.substr(24) ==
        R"( info  serve: up\n2026 error x api="127.0.0.1:8070" n=3 odd="\u001b[31m")"
    );
}

TEST_CASE("text that is not UTF-8 is still a line", "[log]") {
    for (logs::Format format : {logs::Format::json, logs::Format::plain}) {
        CHECK_FALSE(
            logs::render(format, logs::Level::info, "x", "\xff\xfe", {{"k", "\xc3"}}).empty()
        );
    }
}

TEST_CASE("a line that is too long is cut and stays well-formed", "[log]") {
    std::string huge(100'000, '\\');
    std::string json =
        logs::render(logs::Format::json, logs::Level::info, "x", huge, {{"k", huge}});
    CHECK(json.size() < logs::kLineBytesMax);
    CHECK(nlohmann::json::parse(json)["fields"]["cut"].get<std::size_t>() > 200'000);
    CHECK(
        logs::render(logs::Format::plain, logs::Level::info, "x", huge, {}).size() <
        logs::kLineBytesMax
    );
}

TEST_CASE("what is logged before stop is written by stop, in order", "[log]") {
    Pipe pipe;
    logs::start({logs::Level::info, logs::Format::json, pipe.writer()});
    CHECK(logs::enabled(logs::Level::info));
    CHECK_FALSE(logs::enabled(logs::Level::debug));
    logs::debug("t", "not this one");
    for (int i = 0; i < 100; ++i) {
        logs::info("t", "line", {{"i", i}});
    }
    logs::stop();
    std::vector<std::string> lines = lines_of(pipe.drain());
    REQUIRE(lines.size() == 100);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        CHECK(nlohmann::json::parse(lines[i])["fields"]["i"] == i);
    }
}

TEST_CASE("lines of many threads do not mix", "[log]") {
    Pipe pipe;
    logs::start({logs::Level::info, logs::Format::json, pipe.writer()});
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([t] {
            for (int i = 0; i < 50; ++i) {
                logs::info("t", "line", {{"thread", t}, {"i", i}});
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    logs::stop();
    std::vector<std::string> lines = lines_of(pipe.drain());
    CHECK(lines.size() == 200);
    for (const std::string& line : lines) {
        CHECK(nlohmann::json::accept(line));
    }
}

TEST_CASE("nobody waits for a reader that does not read; every lost line is counted", "[log]") {
    Pipe pipe;
    std::uint64_t lost_before = logs::dropped();
    logs::start(
        {logs::Level::info, logs::Format::json, pipe.writer(), std::chrono::milliseconds(20)}
    );
    constexpr std::uint64_t kLines = 5000;
    std::string text(1000, 'x');
    auto begun = std::chrono::steady_clock::now();
    for (std::uint64_t i = 0; i < kLines; ++i) {
        logs::info("t", text);
    }
    auto logged = std::chrono::steady_clock::now();
    logs::stop();
    auto stopped = std::chrono::steady_clock::now();
    std::uint64_t written = lines_of(pipe.drain()).size();
    CHECK(written > 0);
    CHECK(written < kLines);
    CHECK(logs::dropped() - lost_before == kLines - written);
    // Generous bounds: without them a blocked reader would hold us for ever.
    CHECK(logged - begun < std::chrono::seconds(5));
    CHECK(stopped - logged < std::chrono::seconds(5));
}

TEST_CASE("a reader that went away costs lines, not the process", "[log]") {
    Pipe pipe;
    std::uint64_t lost_before = logs::dropped();
    logs::start({logs::Level::info, logs::Format::json, pipe.writer()});
    pipe.close_reader();
    logs::info("t", "nobody reads this");
    logs::info("t", "nor this");
    logs::stop();
    CHECK(logs::dropped() - lost_before == 2);
}
