// HttpParser: the head of a request, and the chunks of a body, out of bytes.
//
// Beast does the parsing and stays inside http_parser.cc. What it finds is copied into one arena
// that is used again for the connection's next request, so the input may move between calls.
//
// Threads:    one connection's loop.
// Limits:     HeadLimits. A caller that cannot offer more input than it has treats need_more as a
//             line that is too long.
// Invariants: a request whose length two readers could understand differently is refused
//             (Content-Length with Transfer-Encoding, two lengths, an unknown encoding).
#pragma once

#include "gateway/runtime/http_types.h"
#include "protocol/errors.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sfg::runtime {

struct HeadLimits {
    std::size_t head_bytes_max = 0;
    std::size_t target_bytes_max = 0;
};

class HttpParser {
public:
    enum class Step : std::uint8_t { need_more, complete, failed };

    explicit HttpParser(HeadLimits limits);
    HttpParser(const HttpParser&) = delete;
    HttpParser& operator=(const HttpParser&) = delete;
    ~HttpParser();

    // Begins a new request.
    void reset();

    // Takes from the front of `input` and adds to `consumed` what it took. After complete, the
    // bytes behind are the body's.
    Step parse_head(std::string_view input, std::size_t& consumed);

    // Requires: parse_head was complete. Valid until reset().
    [[nodiscard]] const HttpHead& head() const;

    // Appends the content of chunks to `body`; fails with body_too_large rather than past
    // `bytes_max`. Requires: the head says chunked.
    Step parse_chunks(
        std::string_view input,
        std::size_t& consumed,
        std::string& body,
        std::size_t bytes_max
    );

    // Why the last step failed.
    [[nodiscard]] const Problem& problem() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sfg::runtime
