#include "gateway/functions/url.h"

#include "protocol/address.h"
#include "protocol/limits.h"

#include <boost/url/host_type.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <sys/un.h>

namespace sfg::functions {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;
constexpr std::string_view kSocketSuffix = ".sock";

std::string text_of(boost::urls::string_view view) {
    return {view.data(), view.size()};
}

UrlError refuse(std::string_view text, std::string_view why) {
    return {"the URL '" + std::string(text) + "' " + std::string(why)};
}

std::string target_of(std::string path, const boost::urls::url_view& parsed) {
    std::string target = path.empty() ? "/" : std::move(path);
    if (parsed.has_query()) {
        target += '?';
        target += text_of(parsed.encoded_query());
    }
    return target;
}

// The end of the socket's part of the path, or npos.
std::size_t socket_end(std::string_view path) {
    for (std::size_t at = 0; at < path.size();) {
        std::size_t end = std::min(path.find('/', at + 1), path.size());
        if (path.substr(at, end - at).ends_with(kSocketSuffix)) {
            return end;
        }
        at = end;
    }
    return std::string_view::npos;
}

Result<Url, UrlError> unix_url(std::string_view text, const boost::urls::url_view& parsed) {
    if (!parsed.encoded_host().empty()) {
        return refuse(
            text, "names a host; a socket is written with three slashes: http+unix:///a.sock"
        );
    }
    std::string path = text_of(parsed.encoded_path());
    std::size_t end = socket_end(path);
    if (end == std::string_view::npos) {
        return refuse(text, "has no path segment that ends in .sock");
    }
    auto socket_path = percent_decode(std::string_view(path).substr(0, end));
    if (!socket_path || socket_path->find('\0') != std::string::npos) {
        return refuse(text, "has a malformed percent escape in its socket path");
    }
    if (socket_path->size() >= sizeof(sockaddr_un::sun_path)) {
        return refuse(text, "has a socket path of over 107 bytes");
    }
    Url url;
    url.transport = Url::Transport::unix_socket;
    url.socket_path = *std::move(socket_path);
    url.host_header = "localhost";
    url.target = target_of(path.substr(end), parsed);
    url.authority = "unix:" + url.socket_path;
    url.shown = "http+unix://" + path.substr(0, end) + url.target;
    return url;
}

Result<Url, UrlError>
tcp_url(std::string_view text, const boost::urls::url_view& parsed, Url::Transport transport) {
    Url url;
    url.transport = transport;
    std::string host = text_of(parsed.encoded_host());
    if (host.empty()) {
        return refuse(text, "has no host");
    }
    if (host.find('%') != std::string::npos) {
        return refuse(text, "has a percent escape in its host");
    }
    if (parsed.has_port() && !parsed.port().empty() && parsed.port_number() == 0) {
        return refuse(text, "has a port that is not between 1 and 65535");
    }
    url.host = host.front() == '[' ? host.substr(1, host.size() - 2) : host;
    url.port = transport == Url::Transport::tls ? kHttpsPort : kHttpPort;
    if (parsed.port_number() != 0) {
        url.port = parsed.port_number();
    }
    url.target = target_of(text_of(parsed.encoded_path()), parsed);
    // StateFun leaves both ports out, whatever the scheme.
    bool is_plain = url.port == kHttpPort || url.port == kHttpsPort;
    url.host_header = is_plain ? host : host + ":" + std::to_string(url.port);
    std::string scheme = transport == Url::Transport::tls ? "https://" : "http://";
    url.authority = scheme + host + ":" + std::to_string(url.port);
    url.shown = scheme + url.host_header + url.target;
    return url;
}

}  // namespace

Result<Url, UrlError> parse_url(std::string_view text) {
    if (text.size() > kRequestTargetBytesMax) {
        return refuse(text.substr(0, 80), "is over 16 KiB long");
    }
    auto parsed = boost::urls::parse_uri({text.data(), text.size()});
    if (!parsed) {
        return refuse(text, "is not valid: a scheme, a host and a path without blanks or braces");
    }
    // Boost 1.81 takes what follows the digits of a port for the path.
    if (!parsed->encoded_path().empty() && parsed->encoded_path().front() != '/') {
        return refuse(text, "has a port that is not a number");
    }
    std::string scheme = text_of(parsed->scheme());
    for (char& letter : scheme) {
        letter = static_cast<char>(letter | (letter >= 'A' && letter <= 'Z' ? 0x20 : 0));
    }
    if (scheme == "http") {
        return tcp_url(text, *parsed, Url::Transport::tcp);
    }
    if (scheme == "https") {
        return tcp_url(text, *parsed, Url::Transport::tls);
    }
    if (scheme == "http+unix" || scheme == "https+unix") {
        return unix_url(text, *parsed);
    }
    return refuse(text, "has a scheme other than http, https and http+unix");
}

}  // namespace sfg::functions
