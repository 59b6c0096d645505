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

namespace {

// More entities than memory has room for wait for calls, and most of them in the store.
void fill_store(SourceBed& source, int entities) {
    for (int i = 0; i < entities; ++i) {
        source.bed.send("f", "waits" + std::to_string(i), "x");
        if (i % 50 == 0) {
            source.bed.sync();
        }
    }
    source.bed.sync();
    REQUIRE(source.bed.core->stats().backlog_ranges > 0);
}

engine::EngineOptions small_memory() {
    engine::EngineOptions options;
    options.memory_budget_bytes = 1 * kMiB;
    options.concurrency = Concurrency{8};
    return options;
}

engine::SourceRecords one_record(const TypeName& type, std::uint64_t next) {
    engine::SourceRecords records;
    records.messages.push_back(source_message("a", "x", type));
    records.positions.push_back({"0", next});
    return records;
}

// A source with a batch that is kept back, since one was taken just now.
struct KeptBack : SourceBed {
    KeptBack() : SourceBed(small_memory()) {
        open();
        fill_store(*this, 5'000);
        REQUIRE(taken(give(one_record({"t", "f"}, 1))));
        held = give(one_record({"t", "f"}, 2));
        CHECK_FALSE(bed.answered(held));
    }

    WaiterId held{};
};

}  // namespace

TEST_CASE("a source waits for entities in the store that could be called", "[engine][source]") {
    KeptBack source;
    CHECK(source.bed.wake <= source.bed.now + 100ms);
    source.bed.advance(100ms);
    CHECK(source.taken(source.held));
    SECTION("until they were called") {
        source.bed.run([](const Asked&) { return done(); });
        CHECK(source.taken(source.give(one_record({"t", "f"}, 3))));
        CHECK(source.taken(source.give(one_record({"t", "f"}, 4))));
    }
    SECTION("unless its records are for others") {
        CHECK(source.taken(source.give(one_record({"u", "g"}, 3))));
        CHECK(source.taken(source.give(one_record({"u", "g"}, 4))));
    }
}

TEST_CASE("a source that waits for functions is overtaken by others", "[engine][source]") {
    KeptBack source;
    TypeName other{"k", "other"};
    const auto* at = source.bed.answer_of<engine::SourceAt>(source.ask_open(other));
    REQUIRE(at != nullptr);
    std::uint64_t session = at->session;
    for (std::uint64_t next = 1; next <= 10; ++next) {
        engine::SourceRecords records = one_record({"u", "g"}, next);
        records.source = other;
        records.session = session;
        CHECK(source.taken(put(source.bed, std::move(records))));
        CHECK_FALSE(source.bed.answered(source.held));
        source.bed.advance(9ms);
    }
    // Nor does it wait any longer for that.
    source.bed.advance(10ms);
    CHECK(source.taken(source.held));
}
