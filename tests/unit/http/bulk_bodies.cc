#include "tests/unit/http/bulk_bodies.h"

#include <catch2/catch.hpp>
#include <google/protobuf/util/delimited_message_util.h>

#include <sstream>

namespace sfg::test {

ParsedBulk parse_body(std::string_view body, ingress::BulkForm form) {
    return ingress::parse_bulk(form, body, kPartitions);
}

std::vector<engine::MessageArrived> messages_of(ParsedBulk parsed) {
    if (auto* problem = std::get_if<ingress::BulkProblem>(&parsed)) {
        FAIL(problem->problem.detail);
    }
    return std::move(std::get<ingress::Bulk>(parsed).messages);
}

ingress::BulkProblem problem_of(ParsedBulk parsed) {
    REQUIRE(std::holds_alternative<ingress::BulkProblem>(parsed));
    return std::get<ingress::BulkProblem>(parsed);
}

BulkProto proto_message(const std::string& id, const std::string& value) {
    BulkProto message;
    message.set_namespace_("shop");
    message.set_type("cart");
    message.set_id(id);
    message.set_typename_("shop/Add");
    message.set_value(value);
    return message;
}

std::string delimited(const std::vector<BulkProto>& messages) {
    std::ostringstream out;
    for (const BulkProto& message : messages) {
        google::protobuf::util::SerializeDelimitedToOstream(message, &out);
    }
    return out.str();
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace sfg::test
