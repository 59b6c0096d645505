// Stored bytes and the wire: what is spliced and parsed is what protobuf would say.
#include "protocol/codec.h"

#include "protocol/request_reply.pb.h"

#include <catch2/catch.hpp>

namespace wire = io::statefun::sdk::reqreply;

using sfg::Address;
using sfg::IncompleteContext;
using sfg::InvocationResult;
using sfg::ResponseError;
using sfg::SharedBytes;
using sfg::TypedValue;

namespace {

const Address kSelf{{"shop", "cart"}, "42"};

template <typename Kind>
Kind parsed(const wire::FromFunction& response) {
    auto result = sfg::parse_response(kSelf, 7, response.SerializeAsString());
    REQUIRE(std::holds_alternative<Kind>(result));
    return std::get<Kind>(std::move(result));
}

}  // namespace

TEST_CASE("a request spliced from stored bytes is the message protobuf would build", "[codec]") {
    auto size = GENERATE(std::size_t{0}, std::size_t{5}, std::size_t{200}, std::size_t{100'000});
    Address caller{{"shop", "user"}, "ann"};
    TypedValue big{"shop/blob", true, std::string(size, 'x')};
    std::vector<SharedBytes> messages = {
        sfg::make_message(1, nullptr, {"shop/text", true, ""}), sfg::make_message(1, &caller, big)
    };
    wire::FromFunction write;
    auto* mutation = write.mutable_invocation_result()->add_state_mutations();
    mutation->set_mutation_type(wire::FromFunction::PersistedValueMutation::MODIFY);
    mutation->set_state_name("seen");
    mutation->mutable_state_value()->set_typename_("shop/blob");
    mutation->mutable_state_value()->set_value(std::string(size, 's'));
    SharedBytes stored = parsed<InvocationResult>(write).mutations[0].stored;

    sfg::Body body = sfg::make_request(kSelf, {{"seen", stored}, {"absent", {}}}, messages);
    CHECK(body.size == body.flatten().size());
    wire::ToFunction request;
    REQUIRE(request.ParseFromString(body.flatten()));
    const auto& batch = request.invocation();
    CHECK(batch.target().namespace_() == "shop");
    CHECK(batch.target().type() == "cart");
    CHECK(batch.target().id() == "42");
    REQUIRE(batch.state_size() == 2);
    CHECK(batch.state(0).state_value().value() == std::string(size, 's'));
    CHECK(batch.state(0).state_value().has_value());
    CHECK_FALSE(batch.state(1).has_state_value());
    REQUIRE(batch.invocations_size() == 2);
    CHECK_FALSE(batch.invocations(0).has_caller());
    CHECK(batch.invocations(0).argument().has_value());
    CHECK(batch.invocations(1).caller().id() == "ann");
    CHECK(batch.invocations(1).argument().value() == big.value);
    CHECK(request.SerializeAsString() == body.flatten());
}

TEST_CASE("a large stored value is referred to, not copied", "[codec]") {
    TypedValue big{"shop/blob", true, std::string(100'000, 'x')};
    std::vector<SharedBytes> messages = {sfg::make_message(1, nullptr, big)};
    sfg::Body body = sfg::make_request(kSelf, {}, messages);
    std::string_view inside = sfg::message_invocation(messages[0].view());
    bool referred = false;
    for (std::string_view view : body.views()) {
        referred = referred || view.data() == inside.data();
    }
    CHECK(referred);
}

TEST_CASE("an open message takes its value and its caller's id in place", "[codec]") {
    Address caller{{"io.statefun.gateway", "call"}, "????"};
    auto open = sfg::make_open_message(3, &caller, "shop/text", 5);
    std::copy_n("hello", 5, open.bytes.mutable_data() + open.value_at);
    std::copy_n("id-7", 4, open.bytes.mutable_data() + open.id_end - 4);
    CHECK(sfg::message_home(open.bytes.view()) == 3);
    auto decoded = sfg::decode_message(open.bytes.view());
    REQUIRE(decoded);
    CHECK(decoded->caller->id == "id-7");
    CHECK(decoded->argument == TypedValue{"shop/text", true, "hello"});
    auto argument = sfg::decode_typed_value(sfg::message_argument(open.bytes.view()));
    CHECK(argument == decoded->argument);
}

TEST_CASE("an argument keeps its bytes, also fields that we do not know", "[codec]") {
    wire::FromFunction response;
    auto* message = response.mutable_invocation_result()->add_outgoing_messages();
    message->mutable_target()->set_namespace_("shop");
    message->mutable_target()->set_type("user");
    message->mutable_argument()->set_typename_("shop/text");
    // Field 2000, "new": from a later version of the protocol.
    REQUIRE(message->mutable_argument()->MergeFromString("\x82\x7d\x03new"));
    auto result = parsed<InvocationResult>(response);
    CHECK(result.messages[0].target == Address{{"shop", "user"}, ""});
    CHECK(
        sfg::message_argument(result.messages[0].stored.view()) ==
        message->argument().SerializeAsString()
    );
    CHECK(sfg::decode_message(result.messages[0].stored.view())->caller == kSelf);
}

TEST_CASE("a state is present whatever has_value says, and zero bytes are a value", "[codec]") {
    wire::FromFunction response;
    auto* mutation = response.mutable_invocation_result()->add_state_mutations();
    mutation->set_mutation_type(wire::FromFunction::PersistedValueMutation::MODIFY);
    mutation->set_state_name("n");
    auto result = parsed<InvocationResult>(response);
    CHECK(sfg::state_type_name(result.mutations[0].stored.view()) == "io.statefun.types/unset");
    auto value = sfg::decode_typed_value(sfg::state_typed_value(result.mutations[0].stored.view()));
    CHECK(value == TypedValue{"io.statefun.types/unset", true, ""});
}

TEST_CASE("an empty body and one without an arm are results without effects", "[codec]") {
    CHECK(parsed<InvocationResult>({}).messages.empty());
    auto garbage = sfg::parse_response(kSelf, 0, "\xff\xff\xff");
    CHECK(std::holds_alternative<ResponseError>(garbage));
}

TEST_CASE("a mutation type that does not exist is an error, not a delete", "[codec]") {
    wire::FromFunction response;
    auto* mutation = response.mutable_invocation_result()->add_state_mutations();
    mutation->set_mutation_type(
        static_cast<wire::FromFunction::PersistedValueMutation::MutationType>(9)
    );
    auto result = sfg::parse_response(kSelf, 0, response.SerializeAsString());
    CHECK(std::holds_alternative<ResponseError>(result));
}

TEST_CASE("an incomplete answer names states, types and expirations", "[codec]") {
    wire::FromFunction response;
    auto* spec = response.mutable_incomplete_invocation_context()->add_missing_values();
    spec->set_state_name("n");
    auto* timed = response.mutable_incomplete_invocation_context()->add_missing_values();
    timed->set_state_name("t");
    timed->set_type_typename("shop/x");
    timed->mutable_expiration_spec()->set_mode(wire::FromFunction::ExpirationSpec::AFTER_WRITE);
    timed->mutable_expiration_spec()->set_expire_after_millis(5);
    auto incomplete = parsed<IncompleteContext>(response);
    REQUIRE(incomplete.missing.size() == 2);
    CHECK(incomplete.missing[0] == sfg::StateSpec{"n", "io.statefun.types/unset"});
    CHECK(incomplete.missing[1] == sfg::StateSpec{"t", "shop/x", sfg::ExpireMode::after_write, 5});
}
