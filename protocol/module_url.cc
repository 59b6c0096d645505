#include "protocol/module_url.h"

#include "protocol/address.h"
#include "protocol/limits.h"
#include "protocol/yaml_hints.h"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace sfg::module_reader {
namespace {

constexpr std::string_view kAccepted =
    "accepted: http://host:port/path, https://..., or http+unix:///path/to/server.sock/path; "
    "{function.name} stands for the function's name";

std::string lower(std::string_view text) {
    std::string out;
    for (char c : text) {
        out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return out;
}

std::string scheme_of(std::string_view url) {
    const std::size_t colon = url.find(':');
    return colon == std::string_view::npos ? std::string{} : lower(url.substr(0, colon));
}

bool is_unix_scheme(std::string_view scheme) {
    return scheme == "http+unix" || scheme == "https+unix";
}

// Why the text can't be a URL, before anything parses it; the commonest slips by their names.
std::optional<std::string> text_problem(std::string_view url) {
    if (url.empty()) {
        return "the URL is empty";
    }
    if (url.size() > kRequestTargetBytesMax) {
        return "the URL is longer than 16 KiB";
    }
    const std::size_t brace = url.find_first_of("{}");
    if (brace != std::string_view::npos) {
        const std::string_view hint = template_hint(url);
        return hint.empty() ? "a brace that belongs to no {function.name}" : std::string(hint);
    }
    const std::size_t blank = url.find_first_of(" \t\n");
    if (blank != std::string_view::npos) {
        return "a blank in the URL; write it as %20";
    }
    const std::size_t odd = url.find_first_of("\"<>\\^`|");
    if (odd != std::string_view::npos) {
        return std::string("the character '") + url[odd] + "' is not legal in a URL";
    }
    for (char c : url) {
        if (static_cast<unsigned char>(c) >= 0x7F || static_cast<unsigned char>(c) < ' ') {
            return "a character outside ASCII; percent-encode it";
        }
    }
    return std::nullopt;
}

// The path up to the first segment that ends in ".sock"; empty if there is none.
std::string_view socket_part(std::string_view path) {
    constexpr std::string_view kSuffix = ".sock";
    for (std::size_t at = 0; at < path.size();) {
        const std::size_t end = std::min(path.find('/', at + 1), path.size());
        if (path.substr(at, end - at).ends_with(kSuffix)) {
            return path.substr(0, end);
        }
        at = end;
    }
    return {};
}

std::optional<std::string> port_problem(std::string_view port) {
    unsigned number = 0;
    const char* end = port.end();
    auto [stop, error] = std::from_chars(port.begin(), end, number);
    if (error != std::errc{} || stop != end || number == 0 || number > UINT16_MAX) {
        return "port " + shortened(port) + " is not one from 1 to 65535";
    }
    return std::nullopt;
}

std::string_view view(boost::core::string_view text) {
    return {text.data(), text.size()};
}

std::optional<std::string> network_problem(const boost::urls::url_view& url) {
    const std::string_view host = view(url.encoded_host());
    if (host.empty()) {
        return "the URL has no host";
    }
    if (host.find('%') != std::string_view::npos) {
        return "a percent escape in the host";
    }
    // Boost 1.81 takes what follows the digits of a port for the path.
    const std::string_view path = view(url.encoded_path());
    if (!path.empty() && !path.starts_with('/')) {
        return "the port is not a number";
    }
    if (url.has_port() && !url.port().empty()) {
        return port_problem(view(url.port()));
    }
    return std::nullopt;
}

std::optional<std::string> socket_problem(const boost::urls::url_view& url) {
    if (!url.encoded_host().empty()) {
        return "a unix URL has no host; write three slashes, as in http+unix:///run/server.sock";
    }
    const std::string_view encoded = socket_part(view(url.encoded_path()));
    if (encoded.empty()) {
        return "no part of the path ends in .sock, so there is no socket to connect to";
    }
    const std::optional<std::string> path = percent_decode(encoded);
    if (!path || path->find('\0') != std::string::npos) {
        return "a malformed percent escape in the socket's path";
    }
    if (path->size() >= sizeof(sockaddr_un::sun_path)) {
        return "the socket's path is longer than the 107 bytes that a socket may have";
    }
    return std::nullopt;
}

void warn_about_oddities(
    Report& report,
    const Place& place,
    const boost::urls::url_view& url,
    const Seen& seen
) {
    const std::string_view host = view(url.encoded_host());
    if (host == "0.0.0.0" || host == "[::]") {
        report.warning(
            place,
            std::string(host) +
                " is an address to listen on, not one to call; name the function's host",
            seen
        );
    }
    if (url.has_fragment()) {
        report.warning(place, "what follows # is not sent", seen);
    }
    if (url.has_userinfo()) {
        report.warning(
            place, "user name and password of a URL are ignored, as StateFun does", seen
        );
    }
}

}  // namespace

std::string shown_url(std::string_view url) {
    const std::size_t scheme = url.find("://");
    const std::size_t from = scheme == std::string_view::npos ? 0 : scheme + 3;
    const std::string_view authority = url.substr(from, url.substr(from).find_first_of("/?#"));
    const std::size_t at = authority.rfind('@');
    if (at == std::string_view::npos) {
        return std::string(url);
    }
    std::string masked(url.substr(0, from));
    masked += "***";
    masked += url.substr(from + at);
    return masked;
}

bool is_tls_url(std::string_view url_template) {
    return scheme_of(url_template) == "https";
}

bool check_url(
    Report& report,
    const Place& place,
    std::string_view url_template,
    std::string_view function
) {
    EndpointSpec filled;
    filled.url_template = url_template;
    const std::string text = filled.url_for(function);
    const Seen seen{"\"" + shortened(shown_url(url_template)) + "\"", {}};
    const auto refuse = [&](std::string reason) {
        report.error(place, std::move(reason) + "; " + std::string(kAccepted), seen);
        return false;
    };

    if (std::optional<std::string> problem = text_problem(text)) {
        return refuse(std::move(*problem));
    }
    const std::string scheme = scheme_of(text);
    const bool unix_socket = is_unix_scheme(scheme);
    if (scheme != "http" && scheme != "https" && !unix_socket) {
        const bool no_scheme = text.find("://") == std::string::npos;
        return refuse(no_scheme ? "the URL has no scheme" : "unknown scheme " + shortened(scheme));
    }
    const auto url = boost::urls::parse_uri(text);
    if (!url) {
        return refuse(
            text.find("://") == std::string::npos || text.ends_with("://") ? "the URL has no host"
                                                                           : "not a URL"
        );
    }
    if (auto problem = unix_socket ? socket_problem(*url) : network_problem(*url)) {
        return refuse(std::move(*problem));
    }
    warn_about_oddities(report, place, *url, seen);
    return true;
}

}  // namespace sfg::module_reader
