// An operator replays and drops records that their egress could not take.
#include "tests/unit/engine/operator_bed.h"
#include "tests/unit/engine/stream_bed.h"

#include <string>
#include <vector>

using namespace sfg;
using namespace sfg::test;

namespace {

using Values = std::vector<std::string>;

std::string letter_id(const EngineBed& bed, const storage::Row& row) {
    auto key = std::string_view(row.key).substr(row.key.size() - storage::kMessageKeyBytes);
    return message_id(bed.store->identity().id, storage::read_message_key(key));
}

// A stream whose first record of three was refused.
struct RefusedBed : StreamBed {
    std::string id;

    RefusedBed() {
        emit(3);
        bed.sync();
        open();
        pull();
        refuse(1);
        auto rows = bed.rows(storage::Table::dead_letter);
        REQUIRE(rows.size() == 1);
        id = letter_id(bed, rows[0]);
    }

    WaiterId order(DeadLetterAction action) {
        Address owner{{"io.statefun.gateway", "egress"}, "k/out"};
        return put(bed, engine::DeadLetterOrdered{{}, owner, id, action});
    }

    // What the driver is given next.
    Values next_values() {
        Values values;
        const auto* answer = bed.answer_of<engine::StreamRecords>(pull());
        REQUIRE(answer != nullptr);
        for (const auto& record : answer->records) {
            values.push_back(
                decode_typed_value(message_invocation(record.stored.view())).value().value
            );
        }
        return values;
    }

    std::size_t letters() const { return bed.durable_rows(storage::Table::dead_letter); }
};

}  // namespace

TEST_CASE("a replayed record is the last one of its egress", "[operators][stream]") {
    RefusedBed bed;
    CHECK(shows(told(bed.bed, ask_letters(bed.bed)), "\"kind\":\"egress record\""));
    WaiterId waiter = bed.order(DeadLetterAction::replay);
    CHECK_FALSE(bed.bed.answered(waiter));
    bed.bed.sync();
    CHECK(shows(told(bed.bed, waiter), "as number 4 of k/out"));
    CHECK(bed.letters() == 0);
    CHECK(bed.next_values() == Values{"2", "3", "1"});
    bed.delivered(4);
    bed.bed.sync();
    CHECK(bed.stored() == 0);
}

TEST_CASE("a record is replayed once, whatever happens meanwhile", "[operators][stream]") {
    RefusedBed bed;
    SECTION("before it is durable, that is undone by a crash") {
        bed.order(DeadLetterAction::replay);
        bed.bed.crash();
        CHECK(bed.letters() == 1);
        bed.open();
        CHECK(bed.next_values() == Values{"2", "3"});
        bed.order(DeadLetterAction::replay);
        bed.bed.sync();
        CHECK(bed.next_values() == Values{"1"});
    }
    SECTION("a second order comes too late") {
        bed.order(DeadLetterAction::replay);
        WaiterId at_once = bed.order(DeadLetterAction::replay);
        bed.bed.sync();
        CHECK_FALSE(changed(bed.bed, at_once));
        WaiterId later = bed.order(DeadLetterAction::drop);
        bed.bed.sync();
        CHECK_FALSE(changed(bed.bed, later));
        CHECK(bed.next_values() == Values{"2", "3", "1"});
    }
    CHECK(bed.letters() == 0);
}

TEST_CASE("a replayed record that is refused again is a dead letter again", "[operators][stream]") {
    RefusedBed bed;
    bed.order(DeadLetterAction::replay);
    bed.bed.sync();
    bed.next_values();
    bed.delivered(3);
    bed.refuse(4);
    CHECK(bed.letters() == 1);
    CHECK(bed.stored() == 0);
}

TEST_CASE("a record that is dropped goes nowhere", "[operators][stream]") {
    RefusedBed bed;
    WaiterId waiter = bed.order(DeadLetterAction::drop);
    bed.bed.sync();
    CHECK(changed(bed.bed, waiter));
    CHECK(bed.letters() == 0);
    CHECK(bed.next_values() == Values{"2", "3"});
}

TEST_CASE("a record that its egress can never take is not replayed", "[operators][egress]") {
    EngineBed bed;
    bed.send("f", "a", "x");
    auto response = done();
    send_egress(response, "news", "good");
    response.mutable_invocation_result()
        ->mutable_outgoing_egresses(0)
        ->mutable_argument()
        ->set_value("not json");
    bed.answer(response);
    bed.sync();
    auto rows = bed.rows(storage::Table::dead_letter);
    REQUIRE(rows.size() == 1);
    std::string id = letter_id(bed, rows[0]);
    CHECK(refusal(bed, order_letter(bed, "a", id, DeadLetterAction::replay)) == Errc::conflict);
    CHECK(bed.durable_rows(storage::Table::dead_letter) == 1);
    WaiterId drop = order_letter(bed, "a", id, DeadLetterAction::drop);
    bed.sync();
    CHECK(changed(bed, drop));
    CHECK(bed.durable_rows(storage::Table::dead_letter) == 0);
}
