// Session tracker: remembers for every user when they logged in last. The same application as
// examples/session-tracker, in C++: same types, states, messages and answers, so that one can take
// over the other's entities.
//
//   my_company/session_tracker  one entity per user: the last login, and how many there were
//   my_company/company_counter  one entity per company: counts what the trackers tell it
//
// The functions keep nothing themselves: the gateway holds the state, hands it in with each call,
// and makes what they answer durable. This process can be stopped, replaced or run twice.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <statefun/statefun.h>

#include <chrono>
#include <string>

namespace {

using Json = nlohmann::ordered_json;

std::string encode_json(const Json& value) {
    return value.dump();
}

std::optional<Json> decode_json(std::string_view bytes) {
    Json value = Json::parse(bytes, nullptr, false);
    return value.is_discarded() ? std::nullopt : std::optional(std::move(value));
}

constexpr statefun::Type<Json> json_type(std::string_view name) {
    return {name, &encode_json, &decode_json};
}

constexpr auto kLoginRequest = json_type("my_company/LoginRequest");  // {"user", "company"}
constexpr auto kLoginReply = json_type("my_company/LoginReply");  // {"user", "last_seen", "logins"}
constexpr auto kCompanyLogin = json_type("my_company/CompanyLogin");  // {"user"}
constexpr auto kEgressRecord = json_type("io.statefun.playground/EgressRecord");

constexpr statefun::ValueSpec<std::int64_t> kLastSeen{"last_seen"};
constexpr statefun::ValueSpec<std::int64_t> kLogins{"logins"};

std::int64_t now_ms() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

void emit(statefun::Context& context, const char* topic, const std::string& payload) {
    const Json record = {{"topic", topic}, {"payload", payload}};
    context.send_egress("io.statefun.playground/egress", {kEgressRecord, record});
}

void track_session(statefun::Context& context, const statefun::Message& message) {
    const Json login = message.as(kLoginRequest);
    const std::string& user = context.self().id;
    auto last_seen = context.state(kLastSeen);
    auto logins = context.state(kLogins);

    Json reply = {{"user", user}, {"last_seen", nullptr}};
    if (auto before = last_seen.get()) {
        reply["last_seen"] = *before;
    }
    const std::int64_t count = logins.get().value_or(0) + 1;
    reply["logins"] = count;
    last_seen.set(now_ms());
    logins.set(count);

    context.reply({kLoginReply, reply});  // A plain send has no caller: then nothing happens.
    context.send(
        {{"my_company", "company_counter"}, login.at("company").get<std::string>()},
        {kCompanyLogin, Json{{"user", user}}}
    );
    emit(context, "logins", user + " logged in (login " + std::to_string(count) + ")");
}

void count_company(statefun::Context& context, const statefun::Message&) {
    auto logins = context.state(kLogins);
    const std::int64_t count = logins.get().value_or(0) + 1;
    logins.set(count);
    emit(context, "companies", context.self().id + " has " + std::to_string(count) + " logins");
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Remembers for every user when they logged in last.");
    std::uint16_t port = 8000;
    app.add_option("--port", port, "Where the functions are served, on the loopback interface")
        ->capture_default_str();
    CLI11_PARSE(app, argc, argv);

    statefun::Functions functions;
    functions.bind("my_company/session_tracker", {kLastSeen, kLogins}, track_session);
    functions.bind("my_company/company_counter", {kLogins}, count_company);
    return statefun::serve(functions, port);
}
