// Addresses: the names of function types and of entities.
//
// Threads:  values, no shared state.
// Limits:   ids up to kIdBytesMax (limits.h); any bytes are legal here, also none at all. The
//           edges refuse an id that is not UTF-8, because protobuf strings cannot carry it.
// Source:   a typename is split as StateFun's runtime does it for declarations (exactly two parts)
//           and as its SDKs do it for messages (at the last slash).
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sfg {

// A name of two parts, written "namespace/name": a function type, an egress, an ingress.
struct TypeName {
    std::string ns;
    std::string name;

    auto operator<=>(const TypeName&) const = default;

    [[nodiscard]] std::string text() const { return ns + "/" + name; }

    // Splits at the last slash, as the SDKs do. Nothing if a part is empty or there is no slash.
    [[nodiscard]] static std::optional<TypeName> parse(std::string_view text);
};

// Names one entity.
struct Address {
    TypeName type;
    std::string id;

    auto operator<=>(const Address&) const = default;

    // All three parts empty: StateFun's way of writing "nobody".
    [[nodiscard]] bool empty() const { return type.ns.empty() && type.name.empty() && id.empty(); }

    // For logs and errors: "ns/type/id", each byte outside printable ASCII, and `/` and `%` inside
    // a part, percent-encoded.
    [[nodiscard]] std::string text() const;
};

using PartitionId = std::uint16_t;

// The partition of an id among `partitions` (> 0): XXH64(id), seed 0, modulo. By the id alone, so
// that entities of different types with one id are neighbours. Part of the on-disk format.
[[nodiscard]] PartitionId partition_of(std::string_view id, PartitionId partitions);

// Percent-encodes everything but unreserved characters (RFC 3986), for use as one path segment.
[[nodiscard]] std::string percent_encode(std::string_view bytes);

// The bytes behind a percent-encoded segment; nothing if an escape is malformed. `+` stays `+`.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

// Whether the bytes are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates).
[[nodiscard]] bool is_utf8(std::string_view bytes);

}  // namespace sfg

template <>
struct std::hash<sfg::TypeName> {
    std::size_t operator()(const sfg::TypeName& type) const noexcept;
};

template <>
struct std::hash<sfg::Address> {
    std::size_t operator()(const sfg::Address& address) const noexcept;
};
