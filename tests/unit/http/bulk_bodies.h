// Bodies of many messages, and what is made of them.
#pragma once

#include "gateway/ingress/bulk.h"
#include "protocol/bulk.pb.h"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sfg::test {

using ParsedBulk = std::variant<ingress::Bulk, ingress::BulkProblem>;
using BulkProto = io::statefun::gateway::BulkMessage;

[[nodiscard]] ParsedBulk
parse_body(std::string_view body, ingress::BulkForm form = ingress::BulkForm::ndjson);

// Requires: it was understood; or not.
[[nodiscard]] std::vector<engine::MessageArrived> messages_of(ParsedBulk parsed);
[[nodiscard]] ingress::BulkProblem problem_of(ParsedBulk parsed);

[[nodiscard]] BulkProto proto_message(const std::string& id, const std::string& value);
[[nodiscard]] std::string delimited(const std::vector<BulkProto>& messages);

[[nodiscard]] bool contains(const std::string& text, const std::string& part);

// A good line.
inline constexpr std::string_view kLine = R"({"target":"shop/cart/a","text":"x"})";

}  // namespace sfg::test
