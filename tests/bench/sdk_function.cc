// The functions of reference_function.cc on the C++ SDK: the benchmark's second row. It shows what
// the SDK costs, and follows it as it changes.
#include <statefun/statefun.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

constexpr statefun::ValueSpec<std::int64_t> kCount{"count"};
constexpr statefun::ValueSpec<std::int32_t> kSeen{"seen"};
constexpr const char* kEgress = "io.statefun.playground/egress";
constexpr const char* kEgressRecord = "io.statefun.playground/EgressRecord";

void count(statefun::Context& context, const statefun::Message&) {
    auto count = context.state(kCount);
    const std::int64_t next = count.get().value_or(0) + 1;
    count.set(next);
    context.reply(next);
}

void greet(statefun::Context& context, const statefun::Message&) {
    auto seen = context.state(kSeen);
    const std::int32_t times = seen.get().value_or(0) + 1;
    seen.set(times);
    const std::string greeting =
        "Hello " + context.self().id + " for time " + std::to_string(times);
    if (!context.reply(greeting)) {
        context.send_egress(
            kEgress,
            statefun::TypedValue{
                kEgressRecord, true, R"({"topic":"greetings","payload":")" + greeting + "\"}"
            }
        );
    }
}

}  // namespace

// sdk_function [port]: serves on the loopback interface, on a free port by default, and prints
// where.
int main(int argc, char** argv) {
    statefun::Functions functions;
    functions.bind("bench/counter", {kCount}, count);
    functions.bind("bench/greeter", {kSeen}, greet);

    statefun::ServeOptions options;
    options.port = static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 0);
    options.on_listening = [](std::uint16_t port) {
        std::printf("listening on http://127.0.0.1:%u\n", unsigned{port});
        std::fflush(stdout);
    };
    return statefun::serve(functions, options);
}
