// Many messages in one body, as protobuf messages; and what both forms have in common.
#include "protocol/codec.h"
#include "protocol/limits.h"
#include "tests/unit/http/bulk_bodies.h"

#include <catch2/catch.hpp>

using namespace sfg;
using namespace sfg::ingress;
using namespace sfg::test;

using std::chrono::milliseconds;

TEST_CASE("a body has at least one message, and at most a thousand", "[bulk]") {
    for (BulkForm form : {BulkForm::ndjson, BulkForm::protobuf}) {
        BulkProblem empty = problem_of(parse_body("", form));
        CHECK(empty.problem.code == Errc::bad_body);
        CHECK_FALSE(empty.place);
    }
    CHECK(problem_of(parse_body("\n \n\r\n")).problem.code == Errc::bad_body);
    std::string lines;
    std::vector<BulkProto> protos;
    for (std::size_t i = 0; i < kBulkMessagesMax; ++i) {
        lines += std::string(kLine) + "\n";
        protos.push_back(proto_message("a", "x"));
    }
    CHECK(messages_of(parse_body(lines)).size() == kBulkMessagesMax);
    CHECK(
        messages_of(parse_body(delimited(protos), BulkForm::protobuf)).size() == kBulkMessagesMax
    );
    lines += kLine;
    protos.push_back(proto_message("a", "x"));
    CHECK(problem_of(parse_body(lines)).problem.code == Errc::too_many_messages);
    BulkProblem many = problem_of(parse_body(delimited(protos), BulkForm::protobuf));
    CHECK(many.problem.code == Errc::too_many_messages);
}

TEST_CASE("a protobuf message is what a request of its own would be", "[bulk]") {
    BulkProto full = proto_message("b", std::string("\0\xff", 2));
    full.set_idempotency_key("k-1");
    full.set_delay_ms(500);
    auto messages = messages_of(parse_body(
        delimited({proto_message("a", ""), full, proto_message("", "x")}), BulkForm::protobuf
    ));
    REQUIRE(messages.size() == 3);
    CHECK(messages[0].target == Address{{"shop", "cart"}, "a"});
    PartitionId home = partition_of("b", kPartitions);
    TypedValue value{"shop/Add", true, std::string("\0\xff", 2)};
    CHECK(messages[1].stored.view() == make_message(home, nullptr, value).view());
    CHECK(messages[1].idempotency->key == "k-1");
    CHECK(messages[1].delay == milliseconds(500));
    CHECK_FALSE(messages[0].delay);
    CHECK(messages[2].target.id.empty());
}

TEST_CASE("both forms give one content the same hash", "[bulk]") {
    BulkProto keyed = proto_message("a", R"({"item":7})");
    keyed.set_idempotency_key("k");
    auto one = messages_of(parse_body(delimited({keyed}), BulkForm::protobuf)).at(0);
    auto other =
        messages_of(parse_body(R"({"target":"shop/cart/a","typename":"shop/Add","json":{"item":7},)"
                               R"("idempotency_key":"k"})"))
            .at(0);
    CHECK(one.idempotency->content_hash == other.idempotency->content_hash);
}

TEST_CASE("a protobuf body that is cut or garbled is refused, wherever it is", "[bulk]") {
    std::string whole = delimited({proto_message("a", "x"), proto_message("b", "yy")});
    std::size_t first = delimited({proto_message("a", "x")}).size();
    for (std::size_t size = 1; size < whole.size(); ++size) {
        if (size == first) {
            continue;  // A whole body of one message.
        }
        INFO(size);
        BulkProblem problem = problem_of(parse_body(whole.substr(0, size), BulkForm::protobuf));
        CHECK(problem.problem.code == Errc::bad_message);
        CHECK(problem.place == (size < first ? 0U : 1U));
    }
    // Nothing that is in its place may end the process.
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (char garbage : {'\x00', '\x07', '\x7f', '\x80', '\xff'}) {
            std::string garbled = whole;
            garbled[at] = garbage;
            static_cast<void>(parse_body(garbled, BulkForm::protobuf));
        }
    }
}

TEST_CASE("what a protobuf message lacks is said", "[bulk]") {
    auto said = [](const BulkProto& message) {
        BulkProblem problem =
            problem_of(parse_body(delimited({proto_message("a", "x"), message}), BulkForm::protobuf)
            );
        CHECK(problem.place == 1);
        CHECK(problem.problem.detail.starts_with("message 2: "));
        return problem.problem.detail;
    };
    BulkProto message = proto_message("a", "x");
    message.clear_typename_();
    CHECK(contains(said(message), "is not a typename"));
    message = proto_message("a", "x");
    message.clear_type();
    CHECK(contains(said(message), "namespace and type may not be empty"));
    message = proto_message(std::string(kIdBytesMax + 1, 'x'), "x");
    CHECK(contains(said(message), "longer than 65536 bytes"));
}

TEST_CASE("the head of a request for many messages says their form", "[bulk]") {
    auto parsed = [](std::vector<runtime::HttpField> fields, std::string_view target = "/v1/send") {
        runtime::HttpHead head;
        head.method = "POST";
        head.target = target;
        head.fields = std::move(fields);
        return parse_bulk_head(head);
    };
    auto form = [&](std::string_view type) {
        auto plan = parsed({{"Content-Type", type}});
        const auto* good = std::get_if<BulkPlan>(&plan);
        return good == nullptr ? std::optional<BulkForm>() : good->form;
    };
    CHECK(form("application/x-ndjson") == BulkForm::ndjson);
    CHECK(form("Application/X-NDJSON; charset=utf-8") == BulkForm::ndjson);
    CHECK(form("application/jsonl") == BulkForm::ndjson);
    CHECK(form("application/vnd.google.protobuf; encoding=delimited") == BulkForm::protobuf);
    CHECK(
        form("application/vnd.google.protobuf; proto=io.statefun.gateway.BulkMessage; "
             "encoding=\"delimited\"") == BulkForm::protobuf
    );
    for (const char* type :
         {"application/vnd.google.protobuf",
          "application/vnd.google.protobuf; proto=other; encoding=delimited",
          "application/json",
          "text/plain"}) {
        INFO(type);
        CHECK_FALSE(form(type));
    }
    runtime::HttpField ndjson{"Content-Type", "application/x-ndjson"};
    CHECK(std::get<Problem>(parsed({})).code == Errc::bad_bulk_type);
    CHECK(std::get<Problem>(parsed({ndjson}, "/v1/send?delay=1s")).code == Errc::bad_parameter);
    CHECK(
        std::get<Problem>(parsed({ndjson, {"Idempotency-Key", "k"}})).code == Errc::bad_parameter
    );
    CHECK_FALSE(std::get<BulkPlan>(parsed({ndjson})).is_minimal);
    CHECK(std::get<BulkPlan>(parsed({ndjson, {"Prefer", "wait=5, return=minimal"}})).is_minimal);
}
