#include "protocol/module_transport.h"

#include "protocol/duration.h"
#include "protocol/module_tls.h"

#include <array>
#include <utility>

namespace sfg::module_reader {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kAsync = "io.statefun.transports.v1/async";
constexpr std::string_view kOkhttp = "io.statefun.transports.v1/okhttp";

// The defaults of a `timeouts` object, in either transport.
constexpr milliseconds kTimeoutsCall{60'000};
constexpr milliseconds kTimeoutsOther{10'000};

// A duration above zero. Zero is an error here; StateFun fails at the first message.
Setting<milliseconds> positive(Fields& fields, std::string_view key) {
    Setting<milliseconds> setting = fields.duration(key);
    if (setting.value && setting.value->count() == 0) {
        setting.value.reset();
        fields.context().report.error(
            fields.place_of(key), "accepted: a duration of at least 1 ms"
        );
    }
    return setting;
}

Setting<std::int32_t> positive_integer(Fields& fields, std::string_view key) {
    Setting<std::int32_t> setting = fields.integer(key);
    if (setting.value && *setting.value <= 0) {
        fields.context().report.error(
            fields.place_of(key),
            "accepted: a whole number from 1 to 2147483647",
            {std::to_string(*setting.value), {}}
        );
        setting.value.reset();
    }
    return setting;
}

void warn_if_present(Fields& fields, std::string_view key, const std::string& why) {
    if (fields.take(key) != nullptr) {
        fields.context().report.warning(fields.place_of(key), why);
    }
}

// The object that wins over the flat keys of the async transport, with defaults of its own.
void read_async_timeouts(Fields& transport, const YamlNode& map, EndpointSpec& endpoint) {
    Fields fields(transport.context(), map, transport.place_of("timeouts"), transport.conversion());
    endpoint.call_timeout = positive(fields, "call").value_or(kTimeoutsCall);
    endpoint.connect_timeout = positive(fields, "connect").value_or(kTimeoutsOther);
    for (std::string_view key : {"read", "write"}) {
        warn_if_present(
            fields, key, "ignored by the async transport, here and in StateFun; call is the limit"
        );
    }
    fields.finish();
    for (const auto& [key, effective] :
         {std::pair{std::string_view("call"), endpoint.call_timeout},
          std::pair{std::string_view("connect"), endpoint.connect_timeout}}) {
        warn_if_present(
            transport,
            key,
            "ignored, because timeouts is given and wins, also with its defaults: in effect " +
                duration_text(effective)
        );
    }
}

void read_async(Fields& fields, EndpointSpec& endpoint) {
    if (const YamlNode* timeouts = fields.map("timeouts")) {
        read_async_timeouts(fields, *timeouts, endpoint);
    } else {
        endpoint.call_timeout = positive(fields, "call").value_or(endpoint.call_timeout);
        endpoint.connect_timeout = positive(fields, "connect").value_or(endpoint.connect_timeout);
    }
    endpoint.pool_ttl = fields.duration("pool_ttl").value_or(endpoint.pool_ttl);
    if (const auto size = positive_integer(fields, "pool_size"); size.value) {
        endpoint.pool_size = static_cast<std::uint32_t>(*size.value);
    }
    if (const auto bytes = positive_integer(fields, "payload_max_bytes"); bytes.value) {
        endpoint.payload_bytes_max = static_cast<std::size_t>(*bytes.value);
    }
    read_tls(fields, endpoint);
}

// What the transport's map holds by mistake: keys of the spec, and of the other transport.
UnknownKeys transport_mistakes(const EndpointSpec& endpoint) {
    UnknownKeys unknown;
    unknown.misplaced = {
        {"maxNumBatchRequests",
         "belongs to spec, one level up; here it is ignored, in effect is " +
             std::to_string(endpoint.batch_messages_max)},
        {"functions", "belongs to spec, one level up; here it is ignored"},
        {"urlPathTemplate", "belongs to spec, one level up; here it is ignored"},
    };
    if (endpoint.transport == TransportKind::async) {
        unknown.never_guessed = tls_keys();
        for (std::string_view key : {"read", "write"}) {
            unknown.misplaced.push_back({key, "no key of the async transport; call is the limit"});
        }
        return unknown;
    }
    for (std::string_view key : async_keys()) {
        const bool timeout = key == "call" || key == "connect";
        unknown.misplaced.push_back(
            {key,
             timeout ? "belongs under timeouts in the okhttp transport; here it is ignored"
                     : "a key of the async transport; okhttp ignores it"}
        );
    }
    for (std::string_view key : {"read", "write"}) {
        unknown.misplaced.push_back({key, "belongs under timeouts; here it is ignored"});
    }
    return unknown;
}

// Nothing if the type is unknown, which has been reported.
std::optional<TransportKind> read_type(Fields& fields) {
    // StateFun picks the type by hand, so that only text will do.
    const Setting<std::string> type = fields.text("type");
    if (!type.present || type.value == kAsync) {
        return TransportKind::async;
    }
    if (type.value == kOkhttp) {
        return TransportKind::okhttp;
    }
    if (type.bad()) {
        return std::nullopt;
    }
    std::string_view near = nearest(*type.value, {kAsync, kOkhttp});
    if (near.empty()) {
        const std::string_view word = nearest(*type.value, {"async", "okhttp"});
        near = word.empty() ? word : (word == "async" ? kAsync : kOkhttp);
    }
    fields.context().report.error(
        fields.place_of("type"),
        "unknown transport; accepted: " + joined({kAsync, kOkhttp}) +
            " (a transport of an extension jar can't be loaded here)",
        {shortened(*type.value), std::string(near)}
    );
    return std::nullopt;
}

}  // namespace

const std::vector<std::string_view>& async_keys() {
    static const std::vector<std::string_view> keys{
        "call",
        "connect",
        "pool_ttl",
        "pool_size",
        "payload_max_bytes",
        "trust_cacerts",
        "client_cert",
        "client_key",
        "client_key_password",
    };
    return keys;
}

void set_okhttp_defaults(EndpointSpec& endpoint) {
    endpoint.transport = TransportKind::okhttp;
    endpoint.call_timeout = kTimeoutsCall;
    endpoint.connect_timeout = kTimeoutsOther;
}

void read_okhttp_timeouts(Fields& fields, EndpointSpec& endpoint) {
    const YamlNode* map = fields.map("timeouts");
    if (map == nullptr) {
        return;
    }
    Fields timeouts(fields.context(), *map, fields.place_of("timeouts"), fields.conversion());
    const Setting<milliseconds> call = positive(timeouts, "call");
    endpoint.call_timeout = call.value_or(kTimeoutsCall);
    for (std::string_view key : {"connect", "read", "write"}) {
        const Setting<milliseconds> other = positive(timeouts, key);
        const milliseconds effective = other.value_or(kTimeoutsOther);
        if (key == "connect") {
            endpoint.connect_timeout = effective;
        } else if (other.value) {
            fields.context().report.warning(
                timeouts.place_of(key),
                "checked, but not used: this gateway lets a function take the whole call time-out"
            );
        }
        if (call.bad() || other.bad() || effective <= endpoint.call_timeout) {
            continue;
        }
        fields.context().report.error(
            other.present ? timeouts.place_of(key) : timeouts.place_of("call"),
            std::string(key) + (other.present ? " is " : " has the default ") +
                duration_text(effective) + ", longer than call with " +
                duration_text(endpoint.call_timeout) + "; okhttp accepts at most that, so set " +
                std::string(key) + " too"
        );
    }
    timeouts.finish();
}

void read_transport(
    Context context,
    const YamlNode& map,
    const Place& place,
    EndpointSpec& endpoint
) {
    Fields fields(context, map, place, Conversion::jackson);
    const std::optional<TransportKind> kind = read_type(fields);
    if (!kind) {
        return;
    }
    if (*kind == TransportKind::async) {
        read_async(fields, endpoint);
    } else {
        set_okhttp_defaults(endpoint);
        read_okhttp_timeouts(fields, endpoint);
    }
    fields.finish(transport_mistakes(endpoint));
}

}  // namespace sfg::module_reader
