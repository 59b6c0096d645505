// The codec against the bytes of the four official SDKs: golden/*.json, which record_golden.py made
// with real functions, and which the official Python SDK's protobuf classes decoded.
#include "protocol/codec.h"
#include "protocol/request_reply.pb.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>

namespace wire = io::statefun::sdk::reqreply;

using nlohmann::json;

namespace {

constexpr sfg::PartitionId kHome = 7;

struct Exchange {
    std::string name;
    std::string request;
    std::string answer;
    json answer_decoded;
};

std::string from_hex(const std::string& text) {
    std::string bytes;
    for (std::size_t at = 0; at + 1 < text.size(); at += 2) {
        bytes.push_back(static_cast<char>(std::stoi(text.substr(at, 2), nullptr, 16)));
    }
    return bytes;
}

std::string to_hex(std::string_view bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (char c : bytes) {
        auto byte = static_cast<unsigned char>(c);
        text.push_back(kDigits[byte >> 4U]);
        text.push_back(kDigits[byte & 15U]);
    }
    return text;
}

std::vector<Exchange> golden(const std::string& language) {
    std::ifstream file(std::string(GOLDEN_FOLDER) + "/" + language + ".json");
    REQUIRE(file);
    std::vector<Exchange> all;
    for (const json& entry : json::parse(file)) {
        all.push_back(
            {entry["name"],
             from_hex(entry["request"]),
             from_hex(entry["answer"]),
             entry["answer_decoded"]}
        );
    }
    REQUIRE(all.size() >= 9);
    return all;
}

// Fields of the default value are left out, as protobuf's JSON does.
void put(json& object, const char* name, json value) {
    if (value != json("") && value != json(false) && value != json::object()) {
        object[name] = std::move(value);
    }
}

json shown(const sfg::TypedValue& value) {
    json object = json::object();
    put(object, "typename", value.type_name);
    put(object, "has_value", value.has_value);
    put(object, "value", to_hex(value.value));
    return object;
}

json shown(const sfg::Address& address) {
    json object = json::object();
    put(object, "namespace", address.type.ns);
    put(object, "type", address.type.name);
    put(object, "id", address.id);
    return object;
}

json argument_of(const sfg::SharedBytes& stored) {
    auto message = sfg::decode_message(stored.view());
    REQUIRE(message);
    return shown(message->argument);
}

json shown(const sfg::StateMutation& mutation) {
    json object = {{"state_name", mutation.name}};
    if (!mutation.is_delete) {
        auto value = sfg::decode_typed_value(sfg::state_typed_value(mutation.stored.view()));
        REQUIRE(value);
        object["mutation_type"] = "MODIFY";
        object["state_value"] = shown(*value);
    }
    return object;
}

json shown(const sfg::DelayedMessage& delayed) {
    json object = json::object();
    put(object, "cancellation_token", delayed.token);
    put(object, "is_cancellation_request", delayed.is_cancellation);
    if (!delayed.is_cancellation) {
        if (delayed.delay_ms != 0) {
            object["delay_in_ms"] = std::to_string(delayed.delay_ms);
        }
        object["target"] = shown(delayed.target);
        object["argument"] = argument_of(delayed.stored);
    }
    return object;
}

json shown(const sfg::EgressRecord& record) {
    auto value = sfg::decode_typed_value(record.typed_value.view());
    REQUIRE(value);
    return {
        {"egress_namespace", record.egress.ns},
        {"egress_type", record.egress.name},
        {"argument", shown(*value)}
    };
}

json shown(const sfg::OutgoingMessage& message) {
    return {{"target", shown(message.target)}, {"argument", argument_of(message.stored)}};
}

json shown(const sfg::StateSpec& spec) {
    json object = {{"state_name", spec.name}, {"type_typename", spec.type_name}};
    if (spec.mode != sfg::ExpireMode::none) {
        bool write = spec.mode == sfg::ExpireMode::after_write;
        object["expiration_spec"] = {
            {"mode", write ? "AFTER_WRITE" : "AFTER_INVOKE"},
            {"expire_after_millis", std::to_string(spec.expire_after_ms)}
        };
    }
    return object;
}

template <typename Effect>
void put_all(json& object, const char* name, const std::vector<Effect>& effects) {
    for (const Effect& effect : effects) {
        object[name].push_back(shown(effect));
    }
}

void sort_by_name(json& entries) {
    std::sort(entries.begin(), entries.end(), [](const json& one, const json& other) {
        return one["state_name"] < other["state_name"];
    });
}

json shown(const sfg::Response& response) {
    if (const auto* incomplete = std::get_if<sfg::IncompleteContext>(&response)) {
        json object = json::object();
        put_all(object, "missing_values", incomplete->missing);
        sort_by_name(object["missing_values"]);
        return {{"incomplete_invocation_context", object}};
    }
    const auto* result = std::get_if<sfg::InvocationResult>(&response);
    REQUIRE(result != nullptr);
    json object = json::object();
    put_all(object, "state_mutations", result->mutations);
    put_all(object, "outgoing_messages", result->messages);
    put_all(object, "delayed_invocations", result->delayed);
    put_all(object, "outgoing_egresses", result->egress);
    if (object.contains("state_mutations")) {
        sort_by_name(object["state_mutations"]);
    }
    return {{"invocation_result", object}};
}

sfg::Address address_of(const wire::Address& address) {
    return {{address.namespace_(), address.type()}, address.id()};
}

sfg::TypedValue value_of(const wire::TypedValue& value) {
    return {value.typename_(), value.has_value(), value.value()};
}

}  // namespace

TEST_CASE("answers of every SDK are parsed into what they say", "[codec][golden]") {
    std::string language = GENERATE("python", "javascript", "go", "java");
    for (const Exchange& exchange : golden(language)) {
        INFO(language << ": " << exchange.name);
        wire::ToFunction request;
        REQUIRE(request.ParseFromString(exchange.request));
        sfg::Address self = address_of(request.invocation().target());
        json expected = exchange.answer_decoded;
        if (expected.empty()) {  // Python's way of saying "no effects".
            expected = {{"invocation_result", json::object()}};
        }
        CHECK(shown(sfg::parse_response(self, kHome, exchange.answer)) == expected);
    }
}

TEST_CASE("requests that every SDK understood are spliced again byte for byte", "[codec][golden]") {
    std::string language = GENERATE("python", "javascript", "go", "java");
    for (const Exchange& exchange : golden(language)) {
        INFO(language << ": " << exchange.name);
        wire::ToFunction request;
        REQUIRE(request.ParseFromString(exchange.request));
        const auto& batch = request.invocation();
        std::vector<sfg::StateEntry> states;
        for (const auto& entry : batch.state()) {
            sfg::SharedBytes stored;
            if (entry.has_state_value()) {
                std::string head(sfg::kStateHeadBytes, '\0');
                sfg::SharedBytes value = sfg::encode_typed_value(value_of(entry.state_value()));
                stored = sfg::SharedBytes(head.append(value.view()));
            }
            states.push_back({entry.state_name(), stored});
        }
        std::vector<sfg::SharedBytes> messages;
        for (const auto& invocation : batch.invocations()) {
            sfg::Address caller = address_of(invocation.caller());
            messages.push_back(sfg::make_message(
                kHome, invocation.has_caller() ? &caller : nullptr, value_of(invocation.argument())
            ));
        }
        sfg::Body body = sfg::make_request(address_of(batch.target()), states, messages);
        CHECK(to_hex(body.flatten()) == to_hex(exchange.request));
    }
}
