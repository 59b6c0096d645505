// Url: where a function is served, taken apart once and kept.
//
// Threads:  values and pure functions.
// Source:   StateFun's endpoint URLs: http, https, and http+unix (https+unix is the same, without
//           TLS), whose path up to and including the first segment ending in ".sock" names the
//           socket.
// Limits:   a socket path holds 107 bytes; the target 16 KiB, as our own request targets.
#pragma once

#include "protocol/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace sfg::functions {

struct Url {
    enum class Transport : std::uint8_t { tcp, tls, unix_socket };

    Transport transport = Transport::tcp;
    std::string host;         // Of tcp and tls; an IPv6 literal without its brackets.
    std::uint16_t port = 0;   // Of tcp and tls.
    std::string socket_path;  // Of unix_socket.
    std::string host_header;
    // What stands in the request line: path and query, without fragment. Percent escapes stay as
    // they were written. (StateFun's Netty client sends them decoded, which is no legal request
    // line as soon as one of them stands for a blank or a line feed.)
    std::string target;
    std::string authority;  // Transport and address: what connections can be shared for.
    std::string shown;      // For people: the whole of it, without user-info and fragment.
};

struct UrlError {
    std::string reason;
};

[[nodiscard]] Result<Url, UrlError> parse_url(std::string_view text);

}  // namespace sfg::functions
