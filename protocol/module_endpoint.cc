// The kinds io.statefun.endpoints.v1/http and v2/http.
#include "protocol/module_components.h"
#include "protocol/module_gateway.h"
#include "protocol/module_names.h"
#include "protocol/module_transport.h"
#include "protocol/module_url.h"

#include <utility>

namespace sfg::module_reader {
namespace {

constexpr std::string_view kPatternAccepted = "namespace/name, or namespace/* for all of them";
constexpr std::string_view kUrlAccepted = "a URL such as http://host:port/path";

std::optional<FunctionPattern> split_pattern(std::string_view text) {
    std::optional<TypeName> name = split_name(text);
    if (!name) {
        return std::nullopt;
    }
    FunctionPattern pattern{std::move(name->ns), std::nullopt};
    if (name->name != "*") {
        pattern.name = std::move(name->name);
    }
    return pattern;
}

// Why a pattern that splits is refused all the same; empty if it is not.
std::string pattern_problem(const FunctionPattern& pattern) {
    const bool star_in_name = pattern.name && pattern.name->find('*') != std::string::npos;
    if (pattern.ns.find('*') != std::string::npos || star_in_name) {
        return "* can only stand for the whole name";
    }
    if (pattern.ns == kGatewayNamespace) {
        return "the namespace " + std::string(kGatewayNamespace) +
               " is reserved for the gateway's own callers";
    }
    const std::string_view name = pattern.name ? std::string_view(*pattern.name) : "";
    if (pattern.ns.size() > kNameBytesMax || name.size() > kNameBytesMax) {
        return "a part is longer than " + std::to_string(kNameBytesMax) + " bytes";
    }
    return {};
}

std::optional<FunctionPattern> read_pattern(Fields& fields) {
    const Setting<std::string> text = fields.required_text("functions", kPatternAccepted);
    if (!text.value) {
        return std::nullopt;
    }
    Report& report = fields.context().report;
    const Place place = fields.place_of("functions");
    const Seen seen{"\"" + shortened(*text.value) + "\"", {}};
    std::optional<FunctionPattern> pattern = split_pattern(*text.value);
    const std::string problem = pattern ? pattern_problem(*pattern) : "not a function pattern";
    if (!problem.empty()) {
        report.error(place, problem + "; accepted: " + std::string(kPatternAccepted), seen);
        return std::nullopt;
    }
    doubt_name(report, place, *text.value);
    return pattern;
}

void read_batch_limit(Fields& fields, EndpointSpec& endpoint) {
    if (const auto limit = fields.integer("maxNumBatchRequests"); limit.value) {
        endpoint.batch_messages_max =
            *limit.value > 0 ? static_cast<std::uint32_t>(*limit.value) : 0;
    }
}

void read_v1_transport(Fields& fields, EndpointSpec& endpoint) {
    set_okhttp_defaults(endpoint);
    read_okhttp_timeouts(fields, endpoint);
    if (fields.take("transport") != nullptr) {
        fields.context().report.warning(
            fields.place_of("transport"),
            "ignored by endpoints.v1/http, which always uses okhttp; the kind "
            "io.statefun.endpoints.v2/http has transports"
        );
    }
}

UnknownKeys spec_mistakes(EndpointVersion version) {
    UnknownKeys unknown;
    if (version == EndpointVersion::v1) {
        for (std::string_view key : {"call", "connect", "read", "write"}) {
            unknown.misplaced.push_back({key, "belongs under timeouts; here it is ignored"});
        }
        return unknown;
    }
    for (std::string_view key : async_keys()) {
        unknown.misplaced.push_back({key, "belongs under transport; here it is ignored"});
    }
    unknown.misplaced.push_back(
        {"timeouts", "in endpoints.v2/http it belongs under transport; here it is ignored"}
    );
    unknown.misplaced.push_back({"type", "belongs under transport; here it is ignored"});
    return unknown;
}

}  // namespace

std::optional<EndpointSpec>
read_endpoint(Context context, const YamlNode& spec, const Place& place, EndpointVersion version) {
    const bool v1 = version == EndpointVersion::v1;
    Fields fields(context, spec, place, v1 ? Conversion::none : Conversion::jackson);
    EndpointSpec endpoint;
    const std::optional<FunctionPattern> pattern = read_pattern(fields);
    const Setting<std::string> url = fields.required_text("urlPathTemplate", kUrlAccepted);
    bool callable = false;
    if (url.value) {
        // Any legal name shows whether the URL of a namespace is one.
        const std::string name = pattern && pattern->name ? *pattern->name : "name";
        callable = check_url(context.report, fields.place_of("urlPathTemplate"), *url.value, name);
        endpoint.url_template = *url.value;
    }
    read_batch_limit(fields, endpoint);
    if (v1) {
        read_v1_transport(fields, endpoint);
    } else if (const YamlNode* transport = fields.map("transport")) {
        read_transport(context, *transport, fields.place_of("transport"), endpoint);
    }
    read_gateway_section(fields, endpoint);
    fields.finish(spec_mistakes(version));
    if (!pattern || !callable) {
        return std::nullopt;
    }
    endpoint.functions = *pattern;
    endpoint.where = context.report.location(fields.place_of("functions"));
    return endpoint;
}

}  // namespace sfg::module_reader
