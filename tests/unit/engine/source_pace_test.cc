// Sources: that they do not run ahead of the functions, and that nobody waits for ever for that.
#include "tests/unit/engine/source_bed.h"

using namespace sfg;
using namespace sfg::test;
using namespace std::chrono_literals;

namespace {

constexpr int kAheadBatches = 1;

// As many messages to one entity as may come at once; they are durable then.
WaiterId give_batch(SourceBed& source, const std::string& id, const TypeName& type = {"t", "f"}) {
    engine::SourceRecords records;
    for (std::size_t i = 0; i < engine::kSourceMessagesMax; ++i) {
        records.messages.push_back(source_message(id, "x", type));
    }
    records.positions.push_back({"0", source.stats().batches + 1});
    WaiterId waiter = source.give(std::move(records));
    source.bed.sync();
    return waiter;
}

// A batch that is being called for, and as many behind it as may be ahead of that.
void run_ahead(SourceBed& source) {
    source.open();
    for (int i = 0; i <= kAheadBatches; ++i) {
        REQUIRE(source.taken(give_batch(source, "a")));
    }
}

}  // namespace

TEST_CASE("a source that is ahead of a function waits for its next call", "[engine][source]") {
    SourceBed source;
    run_ahead(source);
    WaiterId held = give_batch(source, "a");
    CHECK_FALSE(source.bed.answered(held));
    source.bed.answer(done());
    CHECK(source.taken(held));
}

TEST_CASE("a source that is ahead goes on, slowly", "[engine][source]") {
    SourceBed source;
    run_ahead(source);
    for (int i = 0; i < 3; ++i) {
        WaiterId held = give_batch(source, "a");
        CHECK_FALSE(source.bed.answered(held));
        CHECK(source.bed.wake <= source.bed.now + 100ms);
        source.bed.advance(100ms);
        CHECK(source.taken(held));
    }
}

TEST_CASE("a function that stands still does not hold up the messages of others", "[engine]") {
    SourceBed source;
    run_ahead(source);
    WaiterId held = give_batch(source, "b");
    source.bed.advance(100ms);
    REQUIRE(source.taken(held));
    // The call of `b` has come past all that waits for `a`.
    for (int i = 0; i < 10; ++i) {
        CHECK(source.taken(give_batch(source, "c" + std::to_string(i))));
    }
}

TEST_CASE("nobody waits for calls where none are going on", "[engine][source]") {
    SourceBed source;
    source.open();
    for (int i = 0; i < 10; ++i) {
        CHECK(source.taken(give_batch(source, "a", {"nobody", "serves"})));
    }
}
