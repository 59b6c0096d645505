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

// What all files bind together.
class Bindings {
public:
    explicit Bindings(Context context) : context_(context) {}

    // Reads the spec as its kind says. `kind_place` is where the kind was named.
    void add(std::string_view kind, const Place& kind_place, const YamlNode* spec, const Place& at);

    // Whether any endpoint was tried, also in vain.
    [[nodiscard]] bool has_endpoints() const { return has_endpoints_; }

    // Whether the kind needs no spec to be judged: those of a later version and unknown ones.
    [[nodiscard]] static bool is_readable_kind(std::string_view kind);

    [[nodiscard]] ModuleSpec take() { return std::move(spec_); }

private:
    void add_endpoint(const YamlNode& spec, const Place& place, EndpointVersion version);
    void add_playground_ingress(const YamlNode& spec, const Place& place);
    void add_playground_egress(const YamlNode& spec, const Place& place);
    void refuse_port(std::uint16_t port, const SourceLocation& other, const Place& place);
    void refuse(std::string_view kind, const Place& place);

    Context context_;
    ModuleSpec spec_;
    bool has_endpoints_ = false;
    std::map<std::string, SourceLocation, std::less<>> bound_;  // By the pattern's text.
};

// Whether the kind is one that this gateway can bind or will bind.
[[nodiscard]] bool is_known_kind(std::string_view kind);

}  // namespace sfg::module_reader
