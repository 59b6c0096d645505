#include "tests/simulation/run.h"

#include <google/protobuf/stubs/logging.h>

#include <csignal>
#include <cstdio>

namespace sfg::sim {

namespace {

// What runs now, for the report of an assertion.
const Trace* running = nullptr;
RunOptions running_options;

void print_report(const char* what) {
    std::fprintf(
        stderr,
        "seed %llu, step %llu: %s\n",
        static_cast<unsigned long long>(running_options.seed),
        static_cast<unsigned long long>(running->step()),
        what
    );
    running->print();
    std::fprintf(
        stderr,
        "again: SIM_SEED=%llu SIM_STEPS=%llu SIM_RUNS=1 "
        "build/release/tests/simulation/simulation\n",
        static_cast<unsigned long long>(running_options.seed),
        static_cast<unsigned long long>(running_options.steps)
    );
}

void on_abort(int) {
    std::signal(SIGABRT, SIG_DFL);
    if (running != nullptr) {
        print_report("an assertion of the gateway failed, see above");
    }
    std::abort();
}

}  // namespace

RunReport run(const RunOptions& options) {
    std::signal(SIGABRT, on_abort);
    google::protobuf::SetLogHandler(nullptr);  // It would tell of every garbled response.
    Scenario scenario(options.seed);
    Trace trace(options.echo);
    running = &trace;
    running_options = options;
    World world(scenario, trace);
    RunReport report;
    report.passed = world.run(options.steps);
    report.tally = world.tally();
    report.step = trace.step();
    report.violation = world.violation().value_or("");
    if (!report.passed) {
        print_report(report.violation.c_str());
    }
    if (report.passed && options.twice) {
        Trace again(false);
        running = &again;
        World same(scenario, again);
        report.passed = same.run(options.steps) && again.digest() == trace.digest();
        if (!report.passed) {
            report.violation = "the same seed gave another run";
            print_report(report.violation.c_str());
        }
    }
    running = nullptr;
    return report;
}

}  // namespace sfg::sim
