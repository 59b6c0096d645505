// One component of a module: its kind decides how its spec is read, and where it is bound.
//
// Threads:    one reader, one thread.
// Invariants: a function type, a namespace and each of the two playground components is bound once.
#pragma once

#include "protocol/module_fields.h"
#include "protocol/module_report.h"
#include "protocol/module_spec.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sfg::module_reader {

enum class EndpointVersion : std::uint8_t { v1, v2 };

// An endpoint, if its functions and its URL were understood.
[[nodiscard]] std::optional<EndpointSpec>
read_endpoint(Context context, const YamlNode& spec, const Place& place, EndpointVersion version);

[[nodiscard]] PlaygroundIngressSpec read_playground_ingress(Fields& fields);
[[nodiscard]] PlaygroundEgressSpec read_playground_egress(Fields& fields);

// A name and where it stands.
struct Named {
    TypeName name;
    Place place;
};

// A function that a component sends to; whether anybody serves it is known at the end.
struct Target {
    TypeName function;
    Place place;
    Report::File file;
};

// One component, as a document or the layout 3.0 declares it.
struct Component {
    std::string_view kind;
    Place kind_place;      // Where the kind was named.
    const YamlNode* spec;  // Null: it was missing or no map, which has been reported.
    Place place;           // Of the spec.
    std::optional<Named> id = std::nullopt;  // Of the layout 3.0, which has it outside the spec.
};

// What all files bind together.
class Bindings {
public:
    explicit Bindings(Context context) : context_(context) {}

    // Reads the spec as its kind says.
    void add(const Component& component);

    // Whether any endpoint was tried, also in vain.
    [[nodiscard]] bool has_endpoints() const { return has_endpoints_; }

    // Whether there is such a kind here; the spec of another one is not judged.
    [[nodiscard]] static bool is_known_kind(std::string_view kind);

    // Warns of functions that components send to and that no endpoint serves. After all files.
    void check_targets();

    [[nodiscard]] ModuleSpec take() { return std::move(spec_); }

private:
    void add_endpoint(const Component& component, EndpointVersion version);
    void add_playground_ingress(const YamlNode& spec, const Place& place);
    void add_playground_egress(const YamlNode& spec, const Place& place);
    template <typename Spec, typename Check>
    void check_client(const Spec& spec, const Check& check, const Component& component);
    void add_kafka_ingress(const Component& component);
    void add_kafka_egress(const Component& component);
    void add_kinesis(const Component& component, KinesisSpec::Role role);
    void refuse_port(std::uint16_t port, const SourceLocation& other, const Place& place);
    void refuse(std::string_view kind, const Place& place);
    // The component's id, if it is one and nothing of the kind ("ingress") has it yet.
    std::optional<Named> take_id(const Component& component, Fields& fields, std::string_view what);

    Context context_;
    ModuleSpec spec_;
    bool has_endpoints_ = false;
    std::vector<Target> targets_;
    // By the pattern's text, or "ingress " or "egress " and the id.
    std::map<std::string, SourceLocation, std::less<>> bound_;
};

}  // namespace sfg::module_reader
