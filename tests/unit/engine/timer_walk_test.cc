// A random walk: arming, cancelling, firing, crashes and clocks, against a model of what is
// durable.
#include "tests/unit/engine/timer_turns.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <set>

using namespace sfg;
using namespace sfg::test;
using std::chrono::milliseconds;

namespace {

using Random = std::mt19937;

struct Armed {
    std::int64_t due = 0;
    std::uint64_t order = 0;  // As they were armed.
    std::string token;        // "sender/token", or empty.
};

// By the text of each message, which is never used twice. A crash may take all of it back.
struct Model {
    std::map<std::string, Armed> pending;
    std::map<std::string, std::string> tokens;  // What they belong to.
    std::set<std::string> fired;                // And not consumed.
    std::uint64_t consumed = 0;

    // Applies a response; false: it must be rejected, and nothing has changed.
    bool apply(
        const std::string& sender,
        const wire::FromFunction& response,
        std::int64_t wall,
        std::uint64_t& order
    ) {
        Model next = *this;
        for (const auto& one : response.invocation_result().delayed_invocations()) {
            bool has_token = !one.cancellation_token().empty();
            std::string token = has_token ? sender + "/" + one.cancellation_token() : "";
            auto found = next.tokens.find(token);
            if (one.is_cancellation_request()) {
                if (found != next.tokens.end()) {
                    next.pending.erase(found->second);
                    next.tokens.erase(found);
                }
                continue;
            }
            if (found != next.tokens.end()) {
                return false;
            }
            const std::string& text = one.argument().value();
            next.pending[text] = {wall + one.delay_in_ms(), ++order, token};
            if (has_token) {
                next.tokens[token] = text;
            }
        }
        *this = std::move(next);
        return true;
    }

    // The engine says that so many are still pending: those that are gone were fired, in their
    // order.
    void fire(std::uint64_t still_pending, std::int64_t wall) {
        REQUIRE(still_pending <= pending.size());
        std::vector<std::pair<std::pair<std::int64_t, std::uint64_t>, std::string>> line;
        for (const auto& [text, armed] : pending) {
            line.push_back({{armed.due, armed.order}, text});
        }
        std::sort(line.begin(), line.end());
        std::size_t gone = pending.size() - still_pending;
        for (std::size_t i = 0; i < gone; ++i) {
            REQUIRE(line[i].first.first <= wall);  // Never early.
            tokens.erase(pending.at(line[i].second).token);
            pending.erase(line[i].second);
            fired.insert(line[i].second);
        }
    }
};

class Walk {
public:
    Walk(engine::EngineOptions options, unsigned seed) : bed_(options), random_(seed) {}

    void step() {
        switch (random_() % 10) {
            case 0:
            case 1:
            case 2:
                bed_.send("f", "s" + std::to_string(random_() % 6), "go");
                break;
            case 3:
                write();
                break;
            case 4:
            case 5:
                write();
                bed_.notice_durable();
                break;
            case 6:
                bed_.hold_reads = !bed_.hold_reads;
                if (!bed_.hold_reads) {
                    bed_.answer_reads();
                }
                break;
            default:
                bed_.advance(milliseconds(random_() % 100));
                follow();
        }
        answer_calls();
    }

    void crash() {
        bed_.hold_reads = false;
        if (random_() % 3 == 0) {
            bed_.now += milliseconds(random_() % 3000);
        } else if (random_() % 3 == 0) {
            bed_.now -= std::min(bed_.now, milliseconds(random_() % 500));
        }
        bed_.crash();
        model_ = written_;
        REQUIRE(bed_.core->stats().timers_pending == model_.pending.size());
        answer_calls();
    }

    void finish() {
        bed_.hold_reads = false;
        bed_.answer_reads();
        stop_sending_ = true;
        for (int i = 0; i < 100; ++i) {
            bed_.advance(milliseconds(20'000));  // Longer than anybody stays parked, in all.
            follow();
            answer_calls();
            bed_.sync();
        }
        CHECK(model_.pending.empty());
        CHECK(model_.fired.empty());  // Everything was consumed once.
        CHECK(model_.consumed > 50);
        CHECK(bed_.core->stats().waiting_messages == 0);
        CHECK(bed_.core->stuck_entities() == 0);
        CHECK(bed_.rows(storage::Table::timer).empty());
        CHECK(bed_.rows(storage::Table::token).empty());
    }

private:
    [[nodiscard]] std::int64_t wall() const { return bed_.wall_ms(); }

    std::uint32_t failures_of(const std::string& id) {
        const engine::Entity* entity = bed_.entity("f", id);
        return entity->failing ? entity->failing->in_a_row : 0;
    }

    void follow() { model_.fire(bed_.core->stats().timers_pending, wall()); }

    void write() {
        bed_.write_group();
        written_ = model_;
    }

    wire::FromFunction respond() {
        auto response = done();
        for (auto n = stop_sending_ ? 0 : random_() % 4; n > 0; --n) {
            std::string token = "T" + std::to_string(random_() % 3);
            if (random_() % 3 == 0) {
                cancel(response, token);
                continue;
            }
            auto delay = static_cast<std::int64_t>(random_() % 5 == 0 ? 0 : random_() % 400);
            std::string text = "m" + std::to_string(++texts_);
            std::string target = "r" + std::to_string(random_() % 4);
            send_after(response, target, text, delay, random_() % 3 == 0 ? "" : token);
        }
        return response;
    }

    // Answers every call. With reads held, a sender's answer might wait for its tokens, and the
    // model could not know when it is applied: those calls stay out.
    void answer_calls() {
        for (std::size_t i = 0; i < bed_.calls.size();) {
            std::string id = bed_.calls[i].call.target.id;
            bool sends = id[0] == 's';
            if (sends && bed_.hold_reads) {
                ++i;
                continue;
            }
            take(id, bed_.calls[i].arguments());
            auto response = sends ? respond() : done();
            bool good = model_.apply(id, response, wall(), order_);
            auto failures = failures_of(id);
            bed_.answer(i, response);
            if (!good) {
                CHECK(failures_of(id) == failures + 1);
            }
            i = 0;
        }
    }

    void take(const std::string& id, const Texts& texts) {
        for (const std::string& text : texts) {
            INFO(text << " for " << id);
            if (id[0] == 'r') {
                REQUIRE(model_.fired.erase(text) == 1);  // Not cancelled, not twice.
                ++model_.consumed;
            }
        }
    }

    EngineBed bed_;
    Random random_;
    Model model_;    // As the engine has it.
    Model written_;  // As the store has it.
    std::uint64_t texts_ = 0;
    std::uint64_t order_ = 0;
    bool stop_sending_ = false;
};

}  // namespace

TEST_CASE(
    "what is due comes once and in order, what is cancelled never, across crashes and clocks",
    "[engine][timers][crash]"
) {
    auto seed = GENERATE(range(1U, 25U));
    CAPTURE(seed);
    engine::EngineOptions options;
    options.partitions = seed % 3 == 0 ? 1 : 8;
    options.memory_budget_bytes = seed % 2 == 0 ? 12'000 : kMemoryBudgetBytes;
    Walk walk(options, seed);
    for (int life = 0; life < 8; ++life) {
        for (int i = 0; i < 300; ++i) {
            walk.step();
        }
        walk.crash();
    }
    walk.finish();
}
