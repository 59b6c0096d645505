#include "protocol/module_tls.h"

#include "protocol/address.h"
#include "protocol/module_url.h"

#include <optional>
#include <string>
#include <utility>

namespace sfg::module_reader {
namespace {

constexpr std::string_view kClassPath = "classpath:";

// The path behind a location; nothing if it is a URI that names no local file.
std::optional<std::string> local_path(std::string_view location) {
    if (location.starts_with(kClassPath)) {
        location.remove_prefix(kClassPath.size());
        while (location.starts_with('/')) {
            location.remove_prefix(1);
        }
        return "./" + std::string(location);
    }
    if (location.starts_with("file:")) {
        location.remove_prefix(std::string_view("file:").size());
        if (location.starts_with("///")) {
            location.remove_prefix(2);
        }
        const bool local = location.starts_with('/') && !location.starts_with("//");
        return local ? percent_decode(location) : std::nullopt;
    }
    if (location.find("://") != std::string_view::npos) {
        return std::nullopt;
    }
    return std::string(location);
}

std::optional<std::string> read_location(Fields& fields, std::string_view key) {
    const Setting<std::string> location = fields.text(key);
    if (!location.value) {
        return std::nullopt;
    }
    Report& report = fields.context().report;
    const Seen seen{shortened(*location.value), {}};
    std::optional<std::string> path = local_path(*location.value);
    if (!path || path->empty()) {
        report.error(fields.place_of(key), "accepted: the path of a PEM file, or file:/path", seen);
        return std::nullopt;
    }
    const auto& is_readable = fields.context().options.is_readable;
    const bool there = !is_readable || is_readable(*path);
    const bool class_path = location.value->starts_with(kClassPath);
    if (there && class_path) {
        report.warning(fields.place_of(key), "there is no class path here; taken: " + *path, seen);
    }
    if (!there) {
        std::string message = "no readable file " + *path;
        if (class_path) {
            message = "there is no class path here, and " + message + " either";
        } else if (path->starts_with('~')) {
            message += "; ~ is not expanded, neither by StateFun";
        }
        report.error(fields.place_of(key), std::move(message), seen);
    }
    return path;
}

bool is_there(const std::optional<std::string>& path, const LoadOptions& options) {
    return !path || !options.is_readable || options.is_readable(*path);
}

// Asks about the content of files that are there.
void check_content(Fields& fields, const TlsFiles& tls) {
    const LoadOptions& options = fields.context().options;
    if (!options.check_tls) {
        return;
    }
    TlsFiles there = tls;
    if (!is_there(there.trust_cacerts, options)) {
        there.trust_cacerts.reset();
    }
    if (!is_there(there.client_cert, options) || !is_there(there.client_key, options) ||
        !is_there(there.client_key_password, options)) {
        there.client_cert.reset();
    }
    Report& report = fields.context().report;
    for (TlsRemark& remark : options.check_tls(there)) {
        const Place place = fields.place_of(remark.key);
        if (remark.severity == Severity::error) {
            report.error(place, std::move(remark.message));
        } else {
            report.warning(place, std::move(remark.message));
        }
    }
}

// Both present or both absent; a key that is wrong in itself counts as present.
void check_pair(Fields& fields) {
    const bool cert = fields.take("client_cert") != nullptr;
    const bool key = fields.take("client_key") != nullptr;
    Report& report = fields.context().report;
    if (key && !cert) {
        report.error(
            fields.place_of("client_key"),
            "needs client_cert: a key proves nothing without its certificate"
        );
    }
    if (cert && !key) {
        report.error(
            fields.place_of("client_cert"),
            "needs client_key: a certificate can't be used without its key"
        );
    }
    if (!key && fields.take("client_key_password") != nullptr) {
        report.warning(fields.place_of("client_key_password"), "ignored without client_key");
    }
}

}  // namespace

const std::vector<std::string_view>& tls_keys() {
    static const std::vector<std::string_view> keys{
        "trust_cacerts", "client_cert", "client_key", "client_key_password"
    };
    return keys;
}

void read_tls(Fields& fields, EndpointSpec& endpoint) {
    endpoint.tls.trust_cacerts = read_location(fields, "trust_cacerts");
    endpoint.tls.client_cert = read_location(fields, "client_cert");
    endpoint.tls.client_key = read_location(fields, "client_key");
    endpoint.tls.client_key_password = read_location(fields, "client_key_password");
    check_pair(fields);
    if (endpoint.url_template.empty() || is_tls_url(endpoint.url_template)) {
        return check_content(fields, endpoint.tls);
    }
    for (std::string_view key : tls_keys()) {
        if (fields.take(key) != nullptr) {
            fields.context().report.warning(
                fields.place_of(key), "has no effect: urlPathTemplate is not an https URL"
            );
        }
    }
}

}  // namespace sfg::module_reader
