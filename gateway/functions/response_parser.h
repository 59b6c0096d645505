// ResponseParser: Beast's HTTP/1.x parser, fed piece by piece. It keeps the few fields that matter.
//
// Threads:  its owner's.
// Limits:   the header by kHeaderBytesMax; the body is counted by the sink, because how much is too
//           much depends on whether the answer is accepted.
#pragma once

#include "gateway/functions/body_sink.h"
#include "gateway/functions/http_response.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sfg::functions {

class ResponseParser {
public:
    enum class Step : std::uint8_t {
        need_more,  // The bytes end within something.
        header,     // The header is complete, perhaps the answer too.
        part,       // Some of the body.
        complete,   // All of the answer.
        header_too_long,
        body_too_long,
        malformed,
    };

    ResponseParser(HttpResponse& response, BodySink& sink);
    ResponseParser(const ResponseParser&) = delete;
    ResponseParser& operator=(const ResponseParser&) = delete;
    ~ResponseParser();

    // Before the bytes of an answer, also of the one after an interim answer.
    void begin();

    // Takes one part of the message from the beginning of `bytes`. Requires: bytes, and an answer
    // that is not complete.
    [[nodiscard]] Step put(std::string_view bytes);

    // How many bytes the last put() took.
    [[nodiscard]] std::size_t taken() const { return taken_; }

    // What was wrong with the last put().
    [[nodiscard]] const std::string& error() const { return error_; }

    [[nodiscard]] bool is_complete() const;
    [[nodiscard]] bool keep_alive() const;
    // The body ends with the connection.
    [[nodiscard]] bool needs_end() const;
    [[nodiscard]] std::optional<std::uint64_t> content_length() const;

private:
    class Parser;
    struct Place;

    HttpResponse& response_;
    BodySink& sink_;
    std::unique_ptr<Place> place_;
    std::size_t taken_ = 0;
    bool was_header_done_ = false;
    std::string error_;
};

}  // namespace sfg::functions
