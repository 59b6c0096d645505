// For which commits somebody outside waits: they alone hurry the disk.
#include "tests/support/engine_bed.h"

#include <catch2/catch.hpp>

using namespace sfg;
using namespace sfg::test;

TEST_CASE("who sends waits for the commit of the message", "[engine]") {
    EngineBed bed;
    bed.send("f", "a", "hello");
    CHECK(bed.group.waited());
}

TEST_CASE("who calls waits for one commit, that of the reply", "[engine][call]") {
    EngineBed bed;
    auto waiter = bed.call("f", "a", "hello");
    CHECK_FALSE(bed.group.waited());
    auto response = done();
    reply(response, bed.calls[0], 0, "hi");
    bed.answer(response);
    CHECK(bed.group.waited());
    bed.sync();
    CHECK(bed.answered(waiter));
}

TEST_CASE("a turn that nobody outside waits for does not hurry", "[engine]") {
    EngineBed bed;
    bed.send("f", "a", "hello");
    bed.sync();
    auto response = done();
    send(response, "f", "b", "on");
    bed.answer(response);
    CHECK_FALSE(bed.group.empty());
    CHECK_FALSE(bed.group.waited());
}

TEST_CASE("a record hurries the disk, but not one that a stream gathers", "[engine][stream]") {
    bool is_stream = GENERATE(false, true);
    EngineBed bed;
    if (is_stream) {
        bed.core->on(engine::StreamOpened{WaiterId{2'000'001}, {"k", "out"}});
    }
    bed.send("f", "a", "hello");
    bed.sync();
    auto response = done();
    auto* record = response.mutable_invocation_result()->add_outgoing_egresses();
    record->set_egress_namespace("k");
    record->set_egress_type("out");
    bed.answer(response);
    CHECK_FALSE(bed.group.empty());
    CHECK(bed.group.waited() == !is_stream);
}
