// Purges at any moment: among messages that come, calls that end in every way, crashes and resets.
#include "tests/unit/engine/operator_bed.h"

#include <catch2/catch.hpp>

#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace sfg;
using namespace sfg::test;

namespace {

// Three entities, and what became of their messages, which are named by their numbers.
class Play {
public:
    explicit Play(unsigned seed) : random_(seed), bed_(options(seed)) {}

    void step() {
        switch (below(12)) {
            case 0:
            case 1:
            case 2:
            case 3:
                send();
                break;
            case 4:
            case 5:
            case 6:
                serve();
                break;
            case 7:
                bed_.advance(milliseconds(static_cast<int>(below(3))));
                break;
            case 8:
            case 9:
                sync();
                break;
            case 10:
                purge();
                break;
            default:
                below(8) == 0 ? lose() : sync();
                break;
        }
        look();
    }

    // Everything that can be worked off is.
    void finish() {
        for (int round = 0; round < 50; ++round) {
            while (!bed_.calls.empty()) {
                serve();
            }
            bed_.advance(milliseconds(100));
            sync();
            look();
        }
        std::uint64_t waiting = 0;
        std::uint64_t aside = 0;
        std::uint64_t consumed = 0;
        for (PartitionId id = 0; id < bed_.options.partitions; ++id) {
            const engine::PartitionCounters& counters = bed_.core->partition(id).counters;
            waiting += counters.waiting;
            aside += counters.set_aside;
            consumed += counters.consumed;
        }
        CHECK(bed_.durable_rows(storage::Table::message) == waiting);
        CHECK(bed_.durable_rows(storage::Table::dead_letter) == aside);
        CHECK(applied_.size() == consumed);
        CHECK(bed_.core->stuck_entities() == 0);
        CHECK(purges_.empty());
        CHECK(bed_.core->stats().calls_in_flight == 0);
    }

private:
    static engine::EngineOptions options(unsigned seed) {
        engine::EngineOptions options =
            with_policy(seed % 2 == 0 ? OnPoison::park : OnPoison::dead_letter, 1);
        options.partitions = 2;
        options.memory_budget_bytes = seed % 3 == 0 ? 1 : kMemoryBudgetBytes;
        return options;
    }

    std::size_t below(std::size_t bound) { return random_() % bound; }

    std::string entity() { return std::string(1, static_cast<char>('a' + below(3))); }

    void send() {
        std::string id = entity();
        for (std::size_t n = below(4) == 0 ? 30 : 1; n > 0; --n) {
            bed_.send("f", id, std::to_string(++last_));
            sent_[id].push_back(last_);
        }
    }

    void serve() {
        if (bed_.calls.empty()) {
            return;
        }
        std::size_t at = below(bed_.calls.size());
        std::vector<int> numbers;
        bool refuses = false;
        for (const std::string& text : bed_.calls[at].arguments()) {
            numbers.push_back(std::stoi(text));
            refuses = refuses || numbers.back() % 17 == 0;
        }
        if (refuses) {
            bed_.fail_with(at, refused());
            return;
        }
        for (int number : numbers) {
            CHECK_FALSE(purged_.contains(number));
            pending_.push_back(number);
        }
        bed_.answer(at, done());
    }

    void sync() {
        bed_.sync();
        for (int number : std::exchange(pending_, {})) {
            INFO(number);
            CHECK(applied_.insert(number).second);
        }
    }

    void purge() {
        std::string id = entity();
        auto action = below(2) == 0 ? EntityAction::purge : EntityAction::purge_to_dead_letters;
        purges_[order(bed_, id, action)] = sent_[id];
    }

    // Purges that were answered: what was sent before is gone for good.
    void look() {
        for (auto purge = purges_.begin(); purge != purges_.end();) {
            if (!bed_.answered(purge->first)) {
                ++purge;
                continue;
            }
            REQUIRE(bed_.answer_of<engine::Told>(purge->first) != nullptr);
            for (int number : purge->second) {
                if (!applied_.contains(number)) {
                    purged_.insert(number);
                }
            }
            purge = purges_.erase(purge);
        }
    }

    void lose() {
        pending_.clear();
        purges_.clear();
        below(2) == 0 ? bed_.crash() : reset(bed_);
    }

    std::mt19937 random_;
    EngineBed bed_;
    int last_ = 0;
    std::map<std::string, std::vector<int>> sent_;  // By entity, in order.
    std::vector<int> pending_;                      // Applied, not durable.
    std::set<int> applied_;
    std::set<int> purged_;
    std::map<WaiterId, std::vector<int>> purges_;  // That are open.
};

}  // namespace

TEST_CASE("R32 purges at any moment lose nothing else and bring nothing back", "[operators]") {
    for (unsigned seed = 1; seed <= 60; ++seed) {
        INFO("seed " << seed);
        Play play(seed);
        for (int step = 0; step < 300; ++step) {
            play.step();
        }
        play.finish();
    }
}
