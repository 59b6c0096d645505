#include "gateway/functions/other_protocol.h"

#include <cstddef>

namespace sfg::functions {
namespace {

// The head of an HTTP/2 frame: length (3), type, flags, stream (4).
constexpr std::size_t kFrameHeadBytes = 9;

}  // namespace

bool may_be_other_protocol(std::string_view first_bytes) {
    return first_bytes.starts_with('\0') && first_bytes.size() < kFrameHeadBytes;
}

// A server that speaks HTTP/2 to everybody begins with a SETTINGS frame (type 4, stream 0), or ends
// with GOAWAY (type 7); one that speaks TLS begins with an alert record.
std::string_view other_protocol(std::string_view first_bytes) {
    if (first_bytes.size() >= kFrameHeadBytes) {
        bool is_stream_0 = first_bytes.substr(5, 4) == std::string_view("\0\0\0\0", 4);
        bool is_known = first_bytes[3] == 4 || first_bytes[3] == 7;
        if (is_stream_0 && is_known && first_bytes[0] == '\0') {
            return "speaks HTTP/2 (prior knowledge) on an http/1.1 endpoint";
        }
    }
    if (first_bytes.starts_with("\x15\x03")) {
        return "speaks TLS on an http endpoint";
    }
    return {};
}

}  // namespace sfg::functions
