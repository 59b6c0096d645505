#include "protocol/module_url.h"

#include "protocol/yaml_hints.h"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

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

// Whether a segment of the path names the socket file.
bool names_socket(std::string_view path) {
    while (!path.empty()) {
        const std::size_t slash = path.find('/');
        const std::string_view segment = path.substr(0, slash);
        if (segment.ends_with(".sock") && segment.size() > std::string_view(".sock").size()) {
            return true;
        }
        path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
    }
    return false;
}

std::optional<std::string> port_problem(std::string_view port) {
    unsigned number = 0;
    const char* end = port.data() + port.size();
    auto [stop, error] = std::from_chars(port.data(), end, number);
    if (error != std::errc{} || stop != end || number == 0 || number > UINT16_MAX) {
        return "port " + shortened(port) + " is not one from 1 to 65535";
    }
    return std::nullopt;
}

std::string_view view(boost::core::string_view text) {
    return {text.data(), text.size()};
}

std::optional<std::string> network_problem(const boost::urls::url_view& url) {
    if (url.encoded_host().empty()) {
        return "the URL has no host";
    }
    if (url.has_port() && !url.port().empty()) {
        return port_problem(view(url.port()));
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
    if (url.has_userinfo()) {
        report.warning(
            place, "user name and password of a URL are ignored, as StateFun does", seen
        );
    }
}

}  // namespace

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
    const Seen seen{"\"" + shortened(url_template) + "\"", {}};
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
    if (!unix_socket) {
        if (std::optional<std::string> problem = network_problem(*url)) {
            return refuse(std::move(*problem));
        }
        warn_about_oddities(report, place, *url, seen);
        return true;
    }
    if (!names_socket(view(url->encoded_path()))) {
        return refuse("no part of the path ends in .sock, so there is no socket to connect to");
    }
    if (!url->encoded_host().empty()) {
        report.warning(
            place, "the host of a unix URL is ignored; did you mean three slashes?", seen
        );
    }
    return true;
}

}  // namespace sfg::module_reader
