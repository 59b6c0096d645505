#include "gateway/ingress/request.h"

#include "protocol/limits.h"
#include "protocol/typed_value.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace sfg::ingress {

namespace {

constexpr std::string_view kVendorPrefix = "application/vnd.";
constexpr std::string_view kTypeField = "StateFun-Type";
constexpr std::string_view kText = "text/plain";
constexpr std::string_view kJson = "application/json";

bool is_utf8_charset(std::string_view content_type) {
    std::string_view charset = parameter_of(content_type, "charset");
    return charset.empty() || runtime::same_name(charset, "utf-8") ||
           runtime::same_name(charset, "us-ascii");
}

std::string why_untyped(std::string_view media_type) {
    if (media_type.empty()) {
        return "there is no Content-Type and no StateFun-Type";
    }
    if (runtime::same_name(media_type, "application/x-www-form-urlencoded")) {
        return "Content-Type is application/x-www-form-urlencoded, which curl -d sends by itself; "
               "for a text add -H 'Content-Type: text/plain'";
    }
    if (runtime::same_name(media_type, kJson)) {
        return "JSON does not tell its type; add the header StateFun-Type: <namespace>/<name>";
    }
    return "Content-Type is " + std::string(media_type.substr(0, 200)) +
           ", which does not name a type";
}

Parsed<ArgumentType> from_type_field(const runtime::HttpHead& head, std::string_view media_type) {
    ArgumentType type{std::string(runtime::trimmed(*head.find(kTypeField)))};
    if (auto problem = object_to_type_name(type.type_name)) {
        return std::move(*problem);
    }
    if (runtime::same_name(media_type, kText)) {
        if (!is_primitive_type(type.type_name)) {
            return Problem{
                Errc::bad_type,
                "text/plain is encoded for io.statefun.types/{bool,int,long,float,double,string} "
                "only, not for " +
                    type.type_name + "; send its bytes as application/octet-stream"
            };
        }
        type.is_text = true;
    } else if (runtime::has_prefix(media_type, kVendorPrefix) &&
               media_type.substr(kVendorPrefix.size()) != type.type_name) {
        return Problem{Errc::bad_parameter, "Content-Type and StateFun-Type name different types"};
    }
    return type;
}

}  // namespace

std::string_view media_type_of(std::string_view content_type) {
    return runtime::trimmed(content_type.substr(0, content_type.find(';')));
}

std::string_view parameter_of(std::string_view content_type, std::string_view name) {
    for (auto at = content_type.find(';'); at != std::string_view::npos;
         at = content_type.find(';')) {
        content_type.remove_prefix(at + 1);
        std::string_view pair = runtime::trimmed(content_type.substr(0, content_type.find(';')));
        auto equals = pair.find('=');
        if (equals == std::string_view::npos || !runtime::same_name(pair.substr(0, equals), name)) {
            continue;
        }
        std::string_view value = pair.substr(equals + 1);
        bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
        return quoted ? value.substr(1, value.size() - 2) : value;
    }
    return {};
}

std::optional<Problem> object_to_type_name(std::string_view type_name) {
    if (type_name.size() > kNameBytesMax || !TypeName::parse(type_name) || !is_utf8(type_name)) {
        return Problem{
            Errc::bad_type,
            "'" + std::string(type_name.substr(0, 200)) +
                "' is not a typename; one is <namespace>/<name>, at most " +
                std::to_string(kNameBytesMax) + " bytes"
        };
    }
    return std::nullopt;
}

Parsed<Address> parse_target(std::string_view segments) {
    std::array<std::string, 3> parts;
    std::size_t count = 0;
    for (bool has_more = true; has_more; ++count) {
        auto slash = segments.find('/');
        has_more = slash != std::string_view::npos;
        auto part = percent_decode(segments.substr(0, slash));
        if (!part) {
            return Problem{Errc::malformed_path, "a percent escape is malformed"};
        }
        if (count < parts.size()) {
            parts[count] = std::move(*part);
        }
        segments.remove_prefix(has_more ? slash + 1 : segments.size());
    }
    if (count != parts.size() || parts[0].empty() || parts[1].empty()) {
        return Problem{
            Errc::malformed_path,
            "there are " + std::to_string(count) +
                " parts where namespace, type and id are expected"
        };
    }
    Address target{{std::move(parts[0]), std::move(parts[1])}, std::move(parts[2])};
    if (auto problem = object_to_address(target)) {
        return std::move(*problem);
    }
    return target;
}

std::optional<Problem> object_to_address(const Address& target) {
    if (target.type.ns.empty() || target.type.name.empty()) {
        return Problem{Errc::malformed_path, "namespace and type may not be empty"};
    }
    if (!is_utf8(target.id) || target.id.size() > kIdBytesMax) {
        return Problem{Errc::bad_id, "the id is not UTF-8 or longer than 65536 bytes"};
    }
    if (!is_utf8(target.type.ns) || !is_utf8(target.type.name)) {
        return Problem{Errc::malformed_path, "namespace and type must be UTF-8"};
    }
    if (target.type.ns.size() > kNameBytesMax || target.type.name.size() > kNameBytesMax) {
        return Problem{
            Errc::malformed_path,
            "namespace and type have at most " + std::to_string(kNameBytesMax) + " bytes each"
        };
    }
    return std::nullopt;
}

std::optional<Problem> object_to_target(const Address& target, const ModuleSpec& module) {
    if (target.type.ns == kGatewayNamespace) {
        return Problem{Errc::reserved_type, target.type.text()};
    }
    if (!module.endpoint_of(target.type)) {
        return Problem{
            Errc::unknown_function, "no endpoint is bound to " + target.type.text().substr(0, 200)
        };
    }
    return std::nullopt;
}

std::optional<Problem> object_to_coding(const runtime::HttpHead& head) {
    std::string_view coding = runtime::trimmed(head.find("Content-Encoding").value_or(""));
    bool is_plain = coding.empty() || runtime::same_name(coding, "identity");
    if (is_plain && head.count("Content-Encoding") <= 1) {
        return std::nullopt;
    }
    return Problem{
        Errc::bad_type,
        "the body is encoded (Content-Encoding: " + std::string(coding.substr(0, 100)) +
            "), which is not understood; send it as it is"
    };
}

Parsed<ArgumentType> parse_argument_type(const runtime::HttpHead& head) {
    if (auto problem = object_to_coding(head)) {
        return std::move(*problem);
    }
    if (head.count("Content-Type") > 1 || head.count(kTypeField) > 1) {
        return Problem{
            Errc::bad_parameter, "Content-Type or StateFun-Type is given more than once"
        };
    }
    std::string_view content_type = head.find("Content-Type").value_or("");
    std::string_view media_type = media_type_of(content_type);
    if (runtime::same_name(media_type, kText) && !is_utf8_charset(content_type)) {
        return Problem{Errc::bad_type, "text is understood in UTF-8 only"};
    }
    if (head.find(kTypeField)) {
        return from_type_field(head, media_type);
    }
    if (runtime::has_prefix(media_type, kVendorPrefix)) {
        ArgumentType type{std::string(media_type.substr(kVendorPrefix.size()))};
        if (auto problem = object_to_type_name(type.type_name)) {
            return std::move(*problem);
        }
        return type;
    }
    if (runtime::same_name(media_type, kText)) {
        return ArgumentType{std::string(kStringType), true};
    }
    return Problem{Errc::bad_type, why_untyped(media_type)};
}

bool is_good_key(std::string_view key) {
    return !key.empty() && key.size() <= kIdempotencyKeyBytesMax &&
           std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

Parsed<std::string> parse_key(const runtime::HttpHead& head) {
    auto value = head.find("Idempotency-Key");
    if (!value) {
        return std::string();
    }
    std::string key(runtime::trimmed(*value));
    if (head.count("Idempotency-Key") != 1 || !is_good_key(key)) {
        return Problem{
            Errc::bad_parameter,
            "Idempotency-Key must be given once, with 1 to 255 visible ASCII characters"
        };
    }
    return key;
}

namespace {

// The form that one element of Accept asks for; nothing for a media type that is none of ours.
std::optional<ReplyForm> form_of(std::string_view media_type) {
    if (runtime::same_name(media_type, kText) || runtime::same_name(media_type, "text/*")) {
        return ReplyForm::text;
    }
    if (runtime::same_name(media_type, kJson)) {
        return ReplyForm::json;
    }
    bool any = runtime::same_name(media_type, "*/*") ||
               runtime::same_name(media_type, "application/*") ||
               runtime::same_name(media_type, "application/octet-stream") ||
               runtime::has_prefix(media_type, kVendorPrefix);
    return any ? std::optional(ReplyForm::bytes) : std::nullopt;
}

double weight_of(std::string_view element) {
    std::string_view text = parameter_of(element, "q");
    double weight = 1;
    std::from_chars(text.data(), text.data() + text.size(), weight);
    return weight;
}

}  // namespace

ReplyForm parse_accept(const runtime::HttpHead& head) {
    ReplyForm best = ReplyForm::bytes;
    double best_weight = 0;
    for (const runtime::HttpField& field : head.fields) {
        std::string_view rest = runtime::same_name(field.name, "Accept") ? field.value : "";
        while (!rest.empty()) {
            std::string_view element = rest.substr(0, rest.find(','));
            rest.remove_prefix(std::min(rest.size(), element.size() + 1));
            auto form = form_of(media_type_of(element));
            double weight = weight_of(element);
            if (form && weight > best_weight) {
                best = *form;
                best_weight = weight;
            }
        }
    }
    return best;
}

}  // namespace sfg::ingress
