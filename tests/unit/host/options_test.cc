// What an operator chose, as the parts of the process take it.
#include "gateway/host_options.h"

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
