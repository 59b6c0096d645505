// The window of timers against what the store says and what is not durable yet.
#include "gateway/engine/timer_window.h"

#include <catch2/catch.hpp>

#include <deque>
#include <optional>
#include <random>
#include <set>

using namespace sfg;
using namespace sfg::engine;

namespace {

constexpr std::size_t kBytes = 4096;

TimerKey at(std::uint64_t due, std::uint64_t number) {
    return {due, {CommitNumber{number}, 0}};
}

SharedBytes row() {
    return SharedBytes("row");
}

std::vector<std::uint64_t> drain(TimerWindow& window) {
    std::vector<std::uint64_t> dues;
    while (window.first_known()) {
        dues.push_back(window.first_possible().due_ms);
        window.pop();
    }
    return dues;
}

using Dues = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE(
    "a timer behind the horizon that is armed while a read is out is not missed",
    "[engine][timers][hazard-2]"
) {
    TimerWindow window(kBytes);
    window.begin(at(100, 0));
    bool before = GENERATE(false, true);
    bool durable_meanwhile = GENERATE(false, true);
    if (before) {
        window.put(at(150, 7), row());  // Not durable: the read does not see it.
    }
    CHECK(window.begin_read() == at(100, 0));
    if (!before) {
        window.put(at(150, 7), row());
    }
    if (durable_meanwhile) {
        window.settle(CommitNumber{7});
    }
    CHECK_FALSE(window.first_known());
    window.end_read({{at(120, 1), row()}, {at(200, 2), row()}}, false, CommitNumber{7});
    CHECK(drain(window) == Dues{120, 150, 200});
}

TEST_CASE("a timer that is behind what was read stays where it is", "[engine][timers][hazard-2]") {
    TimerWindow window(kBytes);
    window.begin(at(0, 0));
    window.put(at(300, 7), row());
    (void)window.begin_read();
    window.end_read({{at(120, 1), row()}, {at(200, 2), row()}}, true, CommitNumber{6});
    CHECK(drain(window) == Dues{120, 200});
    CHECK(window.first_possible() > at(200, 2));
    CHECK(window.first_possible() < at(300, 7));
    // It becomes durable and is the store's; the next read brings it.
    window.settle(CommitNumber{7});
    (void)window.begin_read();
    window.end_read({{at(300, 7), row()}}, false, CommitNumber{7});
    CHECK(drain(window) == Dues{300});
}

TEST_CASE("a cancelled timer is not read back", "[engine][timers][hazard-1]") {
    TimerWindow window(kBytes);
    window.begin(at(0, 0));
    bool before = GENERATE(false, true);
    if (before) {
        window.cancel(at(120, 1), CommitNumber{8});
    }
    (void)window.begin_read();
    if (!before) {
        window.cancel(at(120, 1), CommitNumber{8});
    }
    window.settle(CommitNumber{8});  // The read may have been answered before.
    window.end_read({{at(120, 1), row()}, {at(200, 2), row()}}, false, CommitNumber{8});
    CHECK(drain(window) == Dues{200});
}

TEST_CASE("what does not fit is read when there is room, not again and again", "[engine][timers]") {
    TimerWindow window(kBytes);
    window.begin(at(0, 0));
    SharedBytes large = SharedBytes(std::string(3 * kBytes, 'x'));
    window.put(at(200, 7), large);  // Not durable: all of it is in memory.
    (void)window.begin_read();
    window.end_read({{at(100, 1), row()}}, false, CommitNumber{6});
    CHECK(window.first_possible() == at(100, 1));
    CHECK_FALSE(window.wants_read());
    bool cancelled = GENERATE(false, true);
    if (cancelled) {
        window.cancel(at(100, 1), CommitNumber{8});
    } else {
        window.pop();
    }
    REQUIRE(window.wants_read());
    (void)window.begin_read();
    window.end_read({}, false, CommitNumber{6});
    CHECK(drain(window) == Dues{200});
}

TEST_CASE("what is cut off the window and cancelled is not read back", "[engine][timers]") {
    TimerWindow window(kBytes);
    window.begin(kNever);
    for (std::uint64_t i = 1; i <= 200; ++i) {
        window.put(at(i, i), row());
    }
    window.cancel(at(150, 150), CommitNumber{201});
    window.settle(CommitNumber{200});
    TimerKey horizon = window.begin_read();
    CHECK(horizon < at(150, 150));
    std::vector<TimerWindow::Item> stored;
    for (std::uint64_t i = horizon.due_ms; i <= 200; ++i) {
        stored.push_back({at(i, i), row()});
    }
    window.end_read(std::move(stored), false, CommitNumber{200});
    Dues all;
    while (window.first_known() || window.wants_read()) {
        Dues some = drain(window);
        all.insert(all.end(), some.begin(), some.end());
        if (window.first_possible() == kNever) {
            break;
        }
        std::vector<TimerWindow::Item> rest;
        for (std::uint64_t i = window.begin_read().due_ms; i <= 200; ++i) {
            rest.push_back({at(i, i), row()});
        }
        window.end_read(std::move(rest), false, CommitNumber{200});
    }
    CHECK(all.size() == 199);
    CHECK(std::find(all.begin(), all.end(), 150) == all.end());
}

namespace {

// A store that lags behind the window by random amounts, and a model that does not.
struct Lagging {
    explicit Lagging(unsigned seed) : random(seed), window(seed % 3 == 0 ? 512 : kBytes) {
        window.begin(at(0, 0));
    }

    struct Change {
        std::uint64_t number;
        TimerKey key;
        bool put;
    };

    void put() {
        TimerKey key = at(now + random() % 1000, ++number);
        window.put(key, SharedBytes(std::string(random() % 40 == 0 ? 5000 : 5, 'x')));
        model.insert(key);
        log.push_back({number, key, true});
    }

    void cancel() {
        if (model.empty()) {
            return;
        }
        auto chosen = std::next(model.begin(), static_cast<long>(random() % model.size()));
        window.cancel(*chosen, CommitNumber{++number});
        log.push_back({number, *chosen, false});
        model.erase(chosen);
    }

    // The store takes some changes; the notice may come later.
    void write() {
        for (auto n = random() % 20; n > 0 && !log.empty(); --n) {
            Change change = log.front();
            log.pop_front();
            durable = change.number;
            change.put ? void(disk.insert(change.key)) : void(disk.erase(change.key));
        }
        if (random() % 2 == 0) {
            window.settle(CommitNumber{durable});
        }
    }

    void begin_read() {
        window.settle(CommitNumber{durable});
        if (!read && window.wants_read()) {
            TimerKey from = window.begin_read();
            read.emplace(from, disk);
        }
    }

    void end_read() {
        if (!read) {
            return;
        }
        std::vector<TimerWindow::Item> items;
        auto found = read->second.lower_bound(read->first);
        for (auto most = 1 + random() % 10; found != read->second.end() && most > 0; --most) {
            items.push_back({*found++, row()});
        }
        bool more = found != read->second.end();
        window.end_read(std::move(items), more, CommitNumber{durable});
        read.reset();
    }

    void fire() {
        now += random() % 5;
        while (window.first_possible().due_ms <= now && window.first_known()) {
            REQUIRE(!model.empty());
            REQUIRE(*model.begin() == window.first_possible());
            log.push_back({++number, window.first_possible(), false});
            model.erase(model.begin());
            window.pop();
        }
    }

    std::mt19937 random;
    TimerWindow window;
    std::set<TimerKey> model;
    std::set<TimerKey> disk;
    std::deque<Change> log;  // Not on disk yet.
    std::uint64_t number = 0;
    std::uint64_t durable = 0;
    std::uint64_t now = 0;
    std::optional<std::pair<TimerKey, std::set<TimerKey>>> read;
};

}  // namespace

TEST_CASE("a window of any size fires what a plain map would", "[engine][timers]") {
    Lagging run(GENERATE(range(1U, 40U)));
    for (int step = 0; step < 3000; ++step) {
        switch (run.random() % 8) {
            case 0:
            case 1:
                run.put();
                break;
            case 2:
                run.cancel();
                break;
            case 3:
                run.write();
                break;
            case 4:
                run.begin_read();
                break;
            case 5:
                run.end_read();
                break;
            default:
                run.fire();
        }
        REQUIRE((run.model.empty() || run.window.first_possible() <= *run.model.begin()));
    }
}
