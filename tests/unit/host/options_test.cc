// What an operator chose, as the parts of the process take it.
#include "gateway/host_options.h"
#include "gateway/memory_trim.h"

#include <catch2/catch.hpp>

TEST_CASE("I/O threads are as many as were chosen, or as fit the cores", "[host]") {
    sfg::Config config;
    CHECK(sfg::io_threads_of(config, 64) == 0);
    config.io_threads = 5;
    CHECK(sfg::io_threads_of(config, 2) == 5);
    config.io_threads.reset();
    CHECK(sfg::io_threads_of(config, 0) == 0);  // Nobody knows how many cores there are.
    CHECK(sfg::io_threads_of(config, 3) == 0);
    CHECK(sfg::io_threads_of(config, 4) == 2);
    CHECK(sfg::io_threads_of(config, 64) == sfg::kIoThreadsMax);
}

TEST_CASE(
    "pages of messages take a quarter of the memory budget, and no more than 16 MiB",
    "[host]"
) {
    sfg::Config config;
    CHECK(sfg::page_limits(config).bytes_max == config.memory_budget_bytes / 4);
    config.memory_budget_bytes = std::size_t{1} << 30;
    CHECK(sfg::page_limits(config).bytes_max == 16 << 20);
}

TEST_CASE("memory is asked back where a burst left much, and less often in vain", "[host]") {
    constexpr std::size_t kFloor = 64;
    sfg::TrimPace pace(kFloor);
    CHECK_FALSE(pace.due(kFloor));
    CHECK(pace.due(300));
    pace.trimmed(300, 200);
    CHECK(pace.due(200));  // It helped.
    for (int pause : {2, 4, 8, 16, 32, 64, 128, 128, 128}) {
        pace.trimmed(200, 190);
        int looks = 1;
        while (!pace.due(200)) {
            ++looks;
        }
        CHECK(looks == pause);
    }
    CHECK_FALSE(pace.due(kFloor));  // The next burst is another one.
    CHECK(pace.due(kFloor + 1));
}
