// Records that sources set aside: they are kept until an operator drops them.
#include "tests/unit/engine/source_bed.h"

#include <nlohmann/json.hpp>

using namespace sfg;
using namespace sfg::test;

namespace {

using Json = nlohmann::json;

// One record after the other, durable.
void refuse(SourceBed& source, std::uint64_t records) {
    source.open();
    for (std::uint64_t i = 0; i < records; ++i) {
        engine::SourceRecords batch;
        batch.refused.push_back({"topic/0", i, R"({"offset":)" + std::to_string(i) + "}"});
        batch.positions.push_back({"topic/0", i + 1});
        REQUIRE(source.taken(source.give(std::move(batch))));
    }
    source.bed.sync();
}

Json page(SourceBed& source, std::string cursor = {}, std::size_t limit = 100) {
    WaiterId asked =
        put(source.bed, engine::RefusedRecordsAsked{{}, std::move(cursor), limit, std::nullopt});
    return Json::parse(told(source.bed, asked));
}

WaiterId drop(SourceBed& source, const std::string& id) {
    return put(source.bed, engine::RefusedRecordOrdered{{}, kIn, id});
}

}  // namespace

TEST_CASE("a refused record is kept with what its driver says of it", "[engine][source]") {
    SourceBed source;
    refuse(source, 1);
    Json record = page(source)["refused_records"].at(0);
    CHECK(record["source"] == "k/in");
    CHECK(record["part"] == "topic/0");
    CHECK(record["position"] == 0);
    CHECK(record["record"] == Json{{"offset", 0}});
    CHECK_FALSE(record["time"].get<std::string>().empty());
    CHECK(source.stats().refused == 1);
    CHECK(source.stats().kept == 1);
}

TEST_CASE("what is no JSON is kept as it is", "[engine][source]") {
    SourceBed source;
    source.open();
    engine::SourceRecords batch;
    batch.refused.push_back({"0", 0, "no {json"});
    batch.positions.push_back({"0", 1});
    source.give(std::move(batch));
    source.bed.sync();
    CHECK(page(source)["refused_records"].at(0)["record"] == "no {json");
}

TEST_CASE("refused records come in pages", "[engine][source]") {
    SourceBed source;
    refuse(source, 5);
    std::vector<std::uint64_t> seen;
    std::string cursor;
    for (int pages = 0; pages < 5; ++pages) {
        Json json = page(source, cursor, 2);
        for (const Json& record : json["refused_records"]) {
            seen.push_back(record["position"]);
        }
        if (json["next_cursor"].is_null()) {
            break;
        }
        cursor = json["next_cursor"];
    }
    CHECK(seen == std::vector<std::uint64_t>{0, 1, 2, 3, 4});
    WaiterId wrong = put(source.bed, engine::RefusedRecordsAsked{{}, "AAAA", 100, std::nullopt});
    CHECK(refusal(source.bed, wrong) == Errc::bad_parameter);
}

TEST_CASE("refused records of one source are listed alone", "[engine][source]") {
    SourceBed source;
    refuse(source, 2);
    auto of = [&source](const TypeName& name) {
        return Json::parse(
            told(source.bed, put(source.bed, engine::RefusedRecordsAsked{{}, {}, 100, name}))
        )["refused_records"];
    };
    CHECK(of(kIn).size() == 2);
    CHECK(of({"k", "i"}).empty());
    CHECK(of({"k", "inn"}).empty());
}

TEST_CASE("a refused record is dropped once, and the count survives a crash", "[engine][source]") {
    SourceBed source;
    refuse(source, 2);
    std::string id = page(source)["refused_records"].at(0)["id"];
    source.bed.hold_reads = true;
    WaiterId first = drop(source, id);
    WaiterId second = drop(source, id);
    source.bed.hold_reads = false;
    source.bed.answer_reads();
    CHECK_FALSE(source.bed.answered(first));  // Not durable yet.
    source.bed.sync();
    CHECK(changed(source.bed, first));
    CHECK_FALSE(changed(source.bed, second));
    WaiterId third = drop(source, id);
    source.bed.sync();
    CHECK_FALSE(changed(source.bed, third));
    CHECK(page(source)["refused_records"].size() == 1);
    CHECK(source.stats().kept == 1);
    source.bed.crash();
    CHECK(source.stats().kept == 1);
    CHECK(refusal(source.bed, drop(source, "nonsense")) == Errc::bad_parameter);
}

TEST_CASE("an order whose store is lost is in doubt", "[engine][source]") {
    SourceBed source;
    refuse(source, 1);
    std::string id = page(source)["refused_records"].at(0)["id"];
    WaiterId dropped = drop(source, id);
    reset(source.bed);
    CHECK(refusal(source.bed, dropped) == Errc::in_doubt);
    CHECK(source.stats().kept == 1);
    CHECK(page(source)["refused_records"].size() == 1);
}

TEST_CASE(
    "without any partition, too, refused records are listed and dropped when their count is read",
    "[engine][source]"
) {
    SourceBed source;
    refuse(source, 3);
    std::string id = page(source)["refused_records"].at(0)["id"];
    source.bed.begin_without_partitions();
    WaiterId early = drop(source, id);
    REQUIRE(source.bed.answer_of<engine::Refused>(early) != nullptr);
    CHECK(source.bed.answer_of<engine::Refused>(early)->problem.code == Errc::starting);
    source.bed.answer_reads();
    drop(source, id);
    source.bed.answer_reads();
    source.bed.sync();
    CHECK(source.stats().kept == 2);
}
