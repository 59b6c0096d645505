#include "protocol/module_components.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sfg::module_reader {
namespace {

constexpr std::string_view kEndpointV1 = "io.statefun.endpoints.v1/http";
constexpr std::string_view kEndpointV2 = "io.statefun.endpoints.v2/http";
constexpr std::string_view kPlaygroundIngressKind = "io.statefun.playground.v1/ingress";
constexpr std::string_view kPlaygroundEgressKind = "io.statefun.playground.v1/egress";

const std::vector<std::string_view> kReadable{
    kEndpointV2,
    kEndpointV1,
    kPlaygroundIngressKind,
    kPlaygroundEgressKind
};
const std::vector<std::string_view> kLater{
    "io.statefun.kafka.v1/ingress",
    "io.statefun.kafka.v1/egress",
    "io.statefun.kinesis.v1/ingress",
    "io.statefun.kinesis.v1/egress",
};

// The names of the layout 3.0, which people take over into documents.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kAliases{{
    {"http", kEndpointV2},
    {"io.statefun.endpoints/http", kEndpointV2},
    {"io.statefun.kafka/ingress", "io.statefun.kafka.v1/ingress"},
    {"io.statefun.kafka/egress", "io.statefun.kafka.v1/egress"},
    {"io.statefun.kinesis/ingress", "io.statefun.kinesis.v1/ingress"},
    {"io.statefun.kinesis/egress", "io.statefun.kinesis.v1/egress"},
    {"io.statefun.playground/ingress", kPlaygroundIngressKind},
}};

bool contains(const std::vector<std::string_view>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

std::vector<std::string_view> all_kinds() {
    std::vector<std::string_view> kinds = kReadable;
    kinds.insert(kinds.end(), kLater.begin(), kLater.end());
    return kinds;
}

std::string_view meant_kind(std::string_view kind) {
    for (const auto& [alias, meant] : kAliases) {
        if (kind == alias) {
            return meant;
        }
    }
    return nearest(kind, all_kinds());
}

}  // namespace

bool is_known_kind(std::string_view kind) {
    return contains(kReadable, kind) || contains(kLater, kind);
}

bool Bindings::is_readable_kind(std::string_view kind) {
    return contains(kReadable, kind);
}

void Bindings::refuse(std::string_view kind, const Place& place) {
    const Seen seen{shortened(kind), {}};
    if (contains(kLater, kind)) {
        context_.report.error(
            place,
            "this kind comes with a later version of the gateway; supported now: " +
                joined(kReadable),
            seen
        );
        return;
    }
    const auto slashes = std::count(kind.begin(), kind.end(), '/');
    std::string message = slashes == 1 ? "unknown kind (one of an extension jar can't be loaded "
                                         "here)"
                                       : "a kind is written namespace/name";
    context_.report.error(
        place,
        message + "; known kinds: " + joined(all_kinds()),
        {seen.value, std::string(meant_kind(kind))}
    );
}

void Bindings::add(
    std::string_view kind,
    const Place& kind_place,
    const YamlNode* spec,
    const Place& at
) {
    if (!is_readable_kind(kind)) {
        refuse(kind, kind_place);
        return;
    }
    has_endpoints_ = has_endpoints_ || kind == kEndpointV1 || kind == kEndpointV2;
    if (spec == nullptr) {
        return;
    }
    if (kind == kEndpointV1) {
        add_endpoint(*spec, at, EndpointVersion::v1);
    } else if (kind == kEndpointV2) {
        add_endpoint(*spec, at, EndpointVersion::v2);
    } else if (kind == kPlaygroundIngressKind) {
        add_playground_ingress(*spec, at);
    } else {
        add_playground_egress(*spec, at);
    }
}

void Bindings::add_endpoint(const YamlNode& spec, const Place& place, EndpointVersion version) {
    std::optional<EndpointSpec> endpoint = read_endpoint(context_, spec, place, version);
    if (!endpoint) {
        return;
    }
    const auto [first, is_new] = bound_.try_emplace(endpoint->functions.text(), endpoint->where);
    if (!is_new) {
        Place at = place.key("functions", {endpoint->where.line, endpoint->where.column});
        context_.report.error(
            at,
            "bound already at " + place_text(first->second) +
                "; a function or namespace has one endpoint",
            {endpoint->functions.text(), {}}
        );
        return;
    }
    spec_.endpoints.push_back(std::move(*endpoint));
}

void Bindings::refuse_port(std::uint16_t port, const SourceLocation& other, const Place& place) {
    context_.report.error(
        place,
        "port " + std::to_string(port) + " is taken already by the component at " +
            place_text(other)
    );
}

void Bindings::add_playground_ingress(const YamlNode& spec, const Place& place) {
    Fields fields(context_, spec, place, Conversion::jackson);
    PlaygroundIngressSpec ingress = read_playground_ingress(fields);
    fields.finish();
    if (spec_.playground_ingress) {
        context_.report.error(
            place,
            "a second playground ingress; the first is at " +
                place_text(spec_.playground_ingress->where) + ", and there can be one only"
        );
        return;
    }
    const auto& egress = spec_.playground_egress;
    if (ingress.port != 0 && egress && egress->port == ingress.port) {
        refuse_port(ingress.port, egress->where, fields.place_of("port"));
    }
    spec_.playground_ingress = std::move(ingress);
}

void Bindings::add_playground_egress(const YamlNode& spec, const Place& place) {
    Fields fields(context_, spec, place, Conversion::jackson);
    PlaygroundEgressSpec egress = read_playground_egress(fields);
    fields.finish();
    if (spec_.playground_egress) {
        context_.report.error(
            place,
            "a second playground egress; the first is at " +
                place_text(spec_.playground_egress->where) + ", and there can be one only"
        );
        return;
    }
    const auto& ingress = spec_.playground_ingress;
    if (egress.port != 0 && ingress && ingress->port == egress.port) {
        refuse_port(egress.port, ingress->where, fields.place_of("port"));
    }
    spec_.playground_egress = std::move(egress);
}

}  // namespace sfg::module_reader
