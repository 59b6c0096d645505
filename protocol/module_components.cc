#include "protocol/module_components.h"

#include "protocol/module_kafka.h"
#include "protocol/module_kinesis.h"
#include "protocol/module_names.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sfg::module_reader {
namespace {

constexpr std::string_view kEndpointV1 = "io.statefun.endpoints.v1/http";
constexpr std::string_view kEndpointV2 = "io.statefun.endpoints.v2/http";
constexpr std::string_view kPlaygroundIngressKind = "io.statefun.playground.v1/ingress";
constexpr std::string_view kPlaygroundEgressKind = "io.statefun.playground.v1/egress";
constexpr std::string_view kKafkaIngressKind = "io.statefun.kafka.v1/ingress";
constexpr std::string_view kKafkaEgressKind = "io.statefun.kafka.v1/egress";

constexpr std::string_view kKinesisIngressKind = "io.statefun.kinesis.v1/ingress";
constexpr std::string_view kKinesisEgressKind = "io.statefun.kinesis.v1/egress";

const std::vector<std::string_view> kKinds{
    kEndpointV2,
    kEndpointV1,
    kPlaygroundIngressKind,
    kPlaygroundEgressKind,
    kKafkaIngressKind,
    kKafkaEgressKind,
    kKinesisIngressKind,
    kKinesisEgressKind,
};

// The names of the layout 3.0, which people take over into documents.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kAliases{{
    {"http", kEndpointV2},
    {"io.statefun.endpoints/http", kEndpointV2},
    {"io.statefun.kafka/ingress", kKafkaIngressKind},
    {"io.statefun.kafka/egress", kKafkaEgressKind},
    {"io.statefun.kinesis/ingress", kKinesisIngressKind},
    {"io.statefun.kinesis/egress", kKinesisEgressKind},
    {"io.statefun.playground/ingress", kPlaygroundIngressKind},
}};

std::string_view meant_kind(std::string_view kind) {
    for (const auto& [alias, meant] : kAliases) {
        if (kind == alias) {
            return meant;
        }
    }
    return nearest(kind, kKinds);
}

}  // namespace

bool Bindings::is_known_kind(std::string_view kind) {
    return std::ranges::find(kKinds, kind) != kKinds.end();
}

void Bindings::refuse(std::string_view kind, const Place& place) {
    const Seen seen{shortened(kind), {}};
    const auto slashes = std::count(kind.begin(), kind.end(), '/');
    std::string message = slashes == 1 ? "unknown kind (one of an extension jar can't be loaded "
                                         "here)"
                                       : "a kind is written namespace/name";
    context_.report.error(
        place,
        message + "; known kinds: " + joined(kKinds),
        {seen.value, std::string(meant_kind(kind))}
    );
}

void Bindings::add(const Component& component) {
    const std::string_view kind = component.kind;
    if (!is_known_kind(kind)) {
        refuse(kind, component.kind_place);
        return;
    }
    has_endpoints_ = has_endpoints_ || kind == kEndpointV1 || kind == kEndpointV2;
    if (component.spec == nullptr) {
        return;
    }
    if (kind == kEndpointV1) {
        add_endpoint(component, EndpointVersion::v1);
    } else if (kind == kEndpointV2) {
        add_endpoint(component, EndpointVersion::v2);
    } else if (kind == kKafkaIngressKind) {
        add_kafka_ingress(component);
    } else if (kind == kKafkaEgressKind) {
        add_kafka_egress(component);
    } else if (kind == kKinesisIngressKind || kind == kKinesisEgressKind) {
        add_kinesis(
            component,
            kind == kKinesisIngressKind ? KinesisSpec::Role::ingress : KinesisSpec::Role::egress
        );
    } else if (kind == kPlaygroundIngressKind) {
        add_playground_ingress(*component.spec, component.place);
    } else {
        add_playground_egress(*component.spec, component.place);
    }
}

void Bindings::add_endpoint(const Component& component, EndpointVersion version) {
    const Place& place = component.place;
    std::optional<EndpointSpec> endpoint = read_endpoint(context_, *component.spec, place, version);
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

std::optional<Named>
Bindings::take_id(const Component& component, Fields& fields, std::string_view what) {
    std::optional<Named> id = component.id;
    const Setting<std::string> text =
        id ? fields.text("id") : fields.required_text("id", "an identifier, namespace/name");
    if (!id && text.value) {
        const Place place = fields.place_of("id");
        std::optional<TypeName> name = read_name(context_.report, place, *text.value, what);
        if (name) {
            id = Named{std::move(*name), place};
        }
    }
    if (!id) {
        return std::nullopt;
    }
    const std::string key = std::string(what) + " " + id->name.text();
    const auto [first, is_new] = bound_.try_emplace(key, context_.report.location(id->place));
    if (!is_new) {
        context_.report.error(
            id->place,
            "there is " + std::string(what) + " of that id already at " + place_text(first->second),
            {id->name.text(), {}}
        );
        return std::nullopt;
    }
    return id;
}

template <typename Spec, typename Check>
void Bindings::check_client(const Spec& spec, const Check& check, const Component& component) {
    if (const std::optional<std::string> wrong = check ? check(spec) : std::nullopt) {
        context_.report.error(component.place, "no client can be made of its settings: " + *wrong);
    }
}

void Bindings::add_kafka_ingress(const Component& component) {
    Fields fields(context_, *component.spec, component.place, Conversion::jackson);
    const std::optional<Named> id = take_id(component, fields, "an ingress");
    auto spec = read_kafka_ingress(fields, id.value_or(Named{{}, component.place}), targets_);
    if (id && spec) {
        check_client(*spec, context_.options.check_ingress, component);
        spec_.kafka_ingresses.push_back(std::move(*spec));
    }
}

void Bindings::add_kafka_egress(const Component& component) {
    Fields fields(context_, *component.spec, component.place, Conversion::jackson);
    const std::optional<Named> id = take_id(component, fields, "an egress");
    auto spec = read_kafka_egress(fields, id.value_or(Named{{}, component.place}));
    if (id && spec) {
        check_client(*spec, context_.options.check_egress, component);
        spec_.kafka_egresses.push_back(std::move(*spec));
    }
}

void Bindings::add_kinesis(const Component& component, KinesisSpec::Role role) {
    const bool reads = role == KinesisSpec::Role::ingress;
    Fields fields(context_, *component.spec, component.place, Conversion::jackson);
    const std::optional<Named> id = take_id(component, fields, reads ? "an ingress" : "an egress");
    if (reads) {
        check_kinesis_ingress(fields, targets_);
    } else {
        check_kinesis_egress(fields);
    }
    context_.report.warning(
        component.kind_place,
        reads ? "checked, but Kinesis is not served by this version: nothing is read from it"
              : "checked, but Kinesis is not served by this version: records to it wait"
    );
    if (id) {
        spec_.kinesis.push_back({id->name, role, context_.report.location(id->place)});
    }
}

void Bindings::check_targets() {
    for (const Target& target : targets_) {
        if (spec_.endpoint_of(target.function)) {
            continue;
        }
        context_.report.resume(target.file);
        context_.report.warning(
            target.place,
            "no endpoint serves this function; its messages will wait until one does",
            {target.function.text(), {}}
        );
    }
}

}  // namespace sfg::module_reader
