// The short way through an answer says what the long one says, or nothing.
#include "protocol/response_scan.h"

#include "protocol/limits.h"
#include "protocol/request_reply.pb.h"

#include <catch2/catch.hpp>

#include <random>
#include <string>

namespace wire = io::statefun::sdk::reqreply;

using namespace sfg;

namespace {

const Address kSelf{{"shop", "cart"}, "42"};
constexpr PartitionId kHome = 7;
// A field that nobody knows: with it an answer means the same, but is read the long way.
constexpr std::string_view kUnknownField = "\x98\x06\x01";

using Random = std::mt19937;

bool one_in(Random& random, unsigned n) {
    return random() % n == 0;
}

std::string text(Random& random) {
    static const char* const kTexts[] = {
        "", "a", "seen", "io.statefun.types/string", "\xc3\xa9", "id"
    };
    return kTexts[random() % std::size(kTexts)];
}

void fill(Random& random, wire::TypedValue& value) {
    value.set_typename_(text(random));
    value.set_has_value(!one_in(random, 4));
    if (!one_in(random, 4)) {
        value.set_value(std::string(random() % 300, static_cast<char>(random())));
    }
}

void fill(Random& random, wire::Address& address) {
    address.set_namespace_(text(random));
    address.set_type(text(random));
    address.set_id(text(random));
}

wire::FromFunction some_answer(Random& random) {
    wire::FromFunction answer;
    auto* result = answer.mutable_invocation_result();
    for (auto n = random() % 3; n > 0; --n) {
        auto* mutation = result->add_state_mutations();
        mutation->set_state_name(text(random));
        bool modifies = !one_in(random, 3);
        mutation->set_mutation_type(
            modifies ? wire::FromFunction::PersistedValueMutation::MODIFY
                     : wire::FromFunction::PersistedValueMutation::DELETE
        );
        if (!one_in(random, 4)) {
            fill(random, *mutation->mutable_state_value());
        }
    }
    for (auto n = random() % 3; n > 0; --n) {
        auto* message = result->add_outgoing_messages();
        fill(random, *message->mutable_target());
        if (!one_in(random, 4)) {
            fill(random, *message->mutable_argument());
        }
    }
    for (auto n = random() % 3; n > 0; --n) {
        auto* record = result->add_outgoing_egresses();
        record->set_egress_namespace(one_in(random, 2) ? "io.statefun.playground" : text(random));
        record->set_egress_type(one_in(random, 2) ? "egress" : text(random));
        fill(random, *record->mutable_argument());
    }
    if (one_in(random, 8)) {
        fill(random, *result->add_delayed_invocations()->mutable_target());
    }
    return answer;
}

// Everything that is in a result, as text.
std::string shown(const InvocationResult& result) {
    std::string all = std::to_string(result.bytes) + "\n";
    for (const StateMutation& one : result.mutations) {
        all += one.name + (one.is_delete ? " - " : " + ");
        all += std::string(one.stored.view()) + "\n";
    }
    for (const OutgoingMessage& one : result.messages) {
        all += one.target.text() + " " + std::string(one.stored.view()) + "\n";
    }
    for (const EgressRecord& one : result.egress) {
        all += one.egress.text() + " " + one.choice.lane.value_or("-") + one.choice.reason + " ";
        all += std::string(one.typed_value.view()) + "\n";
    }
    return all + std::to_string(result.delayed.size());
}

std::string read_the_long_way(std::string bytes) {
    bytes += kUnknownField;
    InvocationResult result;
    REQUIRE_FALSE(scan_result(kSelf, kHome, bytes, result));
    Response response = parse_response(kSelf, kHome, bytes);
    REQUIRE(std::holds_alternative<InvocationResult>(response));
    return shown(std::get<InvocationResult>(response));
}

// Whether the short way was taken.
bool agrees(const std::string& bytes) {
    InvocationResult result;
    bool scanned = scan_result(kSelf, kHome, bytes, result);
    if (scanned) {
        CHECK(shown(result) == read_the_long_way(bytes));
    }
    return scanned;
}

}  // namespace

TEST_CASE("answers are scanned to what the general reader makes of them", "[codec]") {
    Random random(20'261'129);
    int scanned = 0;
    for (int i = 0; i < 2'000; ++i) {
        wire::FromFunction answer = some_answer(random);
        bool usual = answer.invocation_result().delayed_invocations_size() == 0;
        CHECK(agrees(answer.SerializeAsString()) == usual);
        scanned += usual ? 1 : 0;
    }
    CHECK(scanned > 1'000);
}

TEST_CASE("answers with damaged bytes are scanned to the same, or not at all", "[codec]") {
    Random random(20'261'130);
    int scanned = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string bytes = some_answer(random).SerializeAsString();
        if (bytes.empty()) {
            continue;
        }
        for (auto n = random() % 3 + 1; n > 0; --n) {
            bytes[random() % bytes.size()] = static_cast<char>(random());
        }
        if (one_in(random, 3)) {
            bytes.resize(random() % bytes.size());
        }
        scanned += agrees(bytes) ? 1 : 0;
    }
    CHECK(scanned > 100);
}

TEST_CASE("what is not the usual answer is left to the general reader", "[codec]") {
    wire::FromFunction answer;
    auto* mutation = answer.mutable_invocation_result()->add_state_mutations();
    mutation->set_state_name("seen");
    mutation->set_mutation_type(wire::FromFunction::PersistedValueMutation::MODIFY);
    const std::string usual = answer.SerializeAsString();
    REQUIRE(agrees(usual));

    CHECK_FALSE(agrees(""));
    CHECK_FALSE(agrees(usual + usual));                             // Two results are merged.
    CHECK_FALSE(agrees("\xa2\x06\x05\x0a\x03\x12\x01\xff"));        // A name that is not UTF-8.
    CHECK_FALSE(agrees("\xa2\x06\x04\x0a\x02\x08\x02"));            // No such type of mutation.
    CHECK_FALSE(agrees("\xa2\x06\x08\x0a\x06\x12\x01n\x12\x01m"));  // A name twice.
    wire::FromFunction missing;
    missing.mutable_incomplete_invocation_context()->add_missing_values()->set_state_name("seen");
    CHECK_FALSE(agrees(missing.SerializeAsString()));
}

TEST_CASE("an answer with too many effects is refused by the general reader", "[codec]") {
    wire::FromFunction answer;
    for (std::size_t i = 0; i <= kEffectsPerResponseMax; ++i) {
        answer.mutable_invocation_result()->add_outgoing_messages();
    }
    std::string bytes = answer.SerializeAsString();
    CHECK_FALSE(agrees(bytes));
    CHECK(std::holds_alternative<ResponseError>(parse_response(kSelf, kHome, bytes)));
    answer.mutable_invocation_result()->mutable_outgoing_messages()->RemoveLast();
    CHECK(agrees(answer.SerializeAsString()));
}
