// BodySink: the body of an answer as the parser hands it over, counted.
//
// An accepted body is kept whole, up to the limit; of a refused one the beginning is kept and the
// rest counted, so that it can be read past for a while.
//
// Threads:  its owner's.
#pragma once

#include "gateway/functions/http_response.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace sfg::functions {

class BodySink {
public:
    explicit BodySink(HttpResponse& response) : response_(response) {}

    void begin(std::size_t bytes_max);

    // The response's header is complete.
    void header_known();

    // False: the body is over its limit.
    [[nodiscard]] bool take(std::string_view bytes);

    // Enough of a refused body was read past: the connection is cheaper to close.
    [[nodiscard]] bool is_drained() const;

    [[nodiscard]] std::size_t bytes_max() const { return bytes_max_; }

    // The same for the bytes as they come: what can't be compressed grows a little when encoded.
    [[nodiscard]] std::size_t wire_bytes_max() const;

    // Why an answer with such a body ("a body of 9 bytes") is refused.
    [[nodiscard]] std::string limit_text(const std::string& body) const;

private:
    HttpResponse& response_;
    std::size_t bytes_max_ = 0;
    std::size_t seen_ = 0;
    bool is_kept_ = false;
};

}  // namespace sfg::functions
