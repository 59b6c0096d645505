// What a line of NDJSON means.
#include "gateway/ingress/bulk.h"
#include "gateway/ingress/line_reader.h"
#include "protocol/base64.h"
#include "protocol/typed_value.h"

#include <utility>

namespace sfg::ingress {

namespace {

using Name = LineParts::Name;

// The text form of a built-in type becomes the item's value.
std::optional<Problem> encode(const std::string& text, BulkItem& item, DecodedLine& decoded) {
    auto result = encode_text(decoded.type_name, text);
    if (auto* error = std::get_if<TextError>(&result)) {
        return Problem{Errc::bad_body, error->reason};
    }
    decoded.value = std::move(std::get<std::string>(result));
    item.value = decoded.value;
    return std::nullopt;
}

std::optional<Problem> take_target(LineParts& parts, BulkItem& item) {
    if (!parts.has(Name::target)) {
        return Problem{Errc::bad_message, "target is missing"};
    }
    auto& given = parts.target_parts;
    if (parts.target.empty() && given[0] && given[1] && given[2]) {
        item.target = {{std::move(*given[0]), std::move(*given[1])}, std::move(*given[2])};
        return std::nullopt;
    }
    if (parts.target.empty()) {
        return Problem{Errc::bad_message, "target needs namespace, type and id"};
    }
    auto parsed = parse_target(parts.target);
    if (auto* problem = std::get_if<Problem>(&parsed)) {
        return Problem{
            Errc::bad_message, "target '" + parts.target.substr(0, 200) + "': " + problem->detail
        };
    }
    item.target = std::move(std::get<Address>(parsed));
    return std::nullopt;
}

std::optional<Problem> take_value(const LineParts& parts, BulkItem& item, DecodedLine& decoded) {
    int values =
        int{parts.has(Name::text)} + int{parts.has(Name::base64)} + int{parts.has(Name::json)};
    if (values != 1) {
        return Problem{
            Errc::bad_message,
            "one of text, base64 and json is needed; there are " + std::to_string(values)
        };
    }
    if (!parts.has(Name::type_name) && !parts.has(Name::text)) {
        return Problem{Errc::bad_type, "typename is missing; only text has one of its own"};
    }
    bool is_primitive = is_primitive_type(decoded.type_name);
    if (parts.has(Name::text)) {
        if (is_primitive) {
            return encode(parts.text, item, decoded);
        }
        return Problem{
            Errc::bad_type,
            "text is encoded for io.statefun.types/{bool,int,long,float,double,string} only, not "
            "for " +
                decoded.type_name.substr(0, 200) + "; give json or base64"
        };
    }
    if (parts.has(Name::base64)) {
        auto bytes = parse_base64(parts.text);
        if (!bytes) {
            return Problem{Errc::bad_message, "base64 is not what RFC 4648 says, with padding"};
        }
        decoded.value = std::move(*bytes);
        item.value = decoded.value;
        return std::nullopt;
    }
    if (!is_primitive) {
        item.value = parts.json;
        return std::nullopt;
    }
    if (!parts.json_scalar || parts.json_scalar->kind == JsonScalar::Kind::null) {
        return Problem{Errc::bad_body, "json is no value of " + decoded.type_name};
    }
    return encode(parts.json_scalar->text, item, decoded);
}

}  // namespace

Parsed<BulkItem> parse_bulk_line(std::string_view line, DecodedLine& decoded) {
    auto read = read_line(line);
    if (auto* problem = std::get_if<Problem>(&read)) {
        return std::move(*problem);
    }
    auto& parts = std::get<LineParts>(read);
    BulkItem item;
    decoded.type_name =
        parts.has(Name::type_name) ? std::move(parts.type_name) : std::string(kStringType);
    decoded.key = std::move(parts.key);
    auto problem = take_target(parts, item);
    problem = problem ? problem : take_value(parts, item, decoded);
    if (problem) {
        return std::move(*problem);
    }
    item.type_name = decoded.type_name;
    item.key = decoded.key;
    item.delay = parts.delay;
    return item;
}

}  // namespace sfg::ingress
