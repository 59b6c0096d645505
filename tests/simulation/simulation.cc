// simulation: runs seeds until their number or the time is over, or one fails.
//
// A default run also fails if it never met something that is judged (facts.h).
//
//     SIM_SEED=1      the first seed
//     SIM_RUNS=400    how many
//     SIM_STEPS=2000  moves of each
//     SIM_SECONDS=60  instead of a number of runs
//     SIM_TRACE=1     every line of the trace
//
// Exit code 0: all passed; 1: not, and why was printed.
#include "tests/simulation/run.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>

using namespace sfg::sim;

namespace {

std::uint64_t number(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, 10);
}

constexpr const char* kMoveNames[] = {
    "send",         "send bulk",   "ask reply",   "leave",        "call deadline",  "take snapshot",
    "deliver read", "fail read",   "answer call", "lose answer",  "invalid answer", "garble answer",
    "fail call",    "late answer", "begin write", "finish write", "fail write",     "notice",
    "tick",         "pass time",   "jump time",   "set clock",    "ask egress",     "take egress",
    "release",      "acquire",     "grow log",    "stream",       "source",         "refused",
    "order",        "letters",     "disk room",   "compact",      "redeploy",       "bad deploy",
    "outage",       "reload",      "crash",       "restart",      "reopen"
};
static_assert(std::size(kMoveNames) == kMoves);

void print(const Tally& tally) {
    auto line = [](const char* name, std::uint64_t count) {
        std::printf("  %-20s %llu\n", name, static_cast<unsigned long long>(count));
    };
    for (std::size_t i = 0; i < kMoves; ++i) {
        line(kMoveNames[i], tally.moves[i]);
    }
    line("messages", tally.messages);
    line("commits", tally.commits);
    line("evictions", tally.evictions);
    line("spills", tally.spills);
    line("late events", tally.late_events);
    for (std::size_t i = 0; i < kFacts; ++i) {
        line(kFactNames[i].data(), tally.facts[i]);
    }
}

// So many seeds meet everything that the auditor judges, at least once.
constexpr std::uint64_t kRunsThatMeetAll = 400;

bool all_met(const Tally& tally) {
    bool met = true;
    for (std::size_t i = 0; i < kFacts; ++i) {
        if (tally.facts[i] == 0) {
            std::printf("never met: %s\n", kFactNames[i].data());
            met = false;
        }
    }
    return met;
}

}  // namespace

int main() {
    std::uint64_t first = number("SIM_SEED", 1);
    std::uint64_t runs = number("SIM_RUNS", 400);
    std::chrono::seconds seconds(static_cast<std::int64_t>(number("SIM_SECONDS", 0)));
    auto started = std::chrono::steady_clock::now();
    Tally tally;
    std::uint64_t done = 0;
    auto goes_on = [&] {
        return seconds.count() > 0 ? std::chrono::steady_clock::now() - started < seconds
                                   : done < runs;
    };
    while (goes_on()) {
        RunOptions options;
        options.seed = first + done;
        options.steps = number("SIM_STEPS", options.steps);
        options.echo = number("SIM_TRACE", 0) != 0;
        options.twice = options.seed % 25 == 0;
        RunReport report = run(options);
        if (!report.passed) {
            return 1;
        }
        tally.add(report.tally);
        ++done;
    }
    std::printf("%llu seeds passed\n", static_cast<unsigned long long>(done));
    print(tally);
    return runs < kRunsThatMeetAll || seconds.count() > 0 || all_met(tally) ? 0 : 1;
}
