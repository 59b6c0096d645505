// ResponseReader: bytes of a connection become one HTTP/1.x answer.
//
// The owner reads into space(), says how much came with received(), and the end of the stream with
// ended(). The body of an accepted answer with a Content-Length is received where it will stay; its
// memory grows with the bytes that come, not with the length that is claimed. Of a refused answer
// only the beginning is kept and the rest is read past, up to kDrainBytesMax, so that the
// connection can be kept.
//
// Threads:  its owner's.
// Limits:   header 64 KiB (also trailers and chunk headers), 16 interim (1xx) answers, body as
//           given to begin(). Beast's own default limits are all replaced.
#pragma once

#include "gateway/functions/failure.h"
#include "gateway/functions/http_response.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace sfg::functions {

class ResponseReader {
public:
    enum class State : std::uint8_t { more, done, bad };
    // `truncated`: without the close_notify that TLS ends with.
    enum class End : std::uint8_t { clean, reset, truncated };

    struct Space {
        char* data;
        std::size_t size;
    };

    static constexpr std::size_t kInterimAnswersMax = 16;
    static constexpr std::size_t kDrainBytesMax = 64 * 1024;

    ResponseReader();
    ResponseReader(const ResponseReader&) = delete;
    ResponseReader& operator=(const ResponseReader&) = delete;
    ~ResponseReader();

    // Before the bytes of an answer.
    void begin(std::size_t body_bytes_max);

    // Between two answers: what was read is let go of. Where space() is stays the same until the
    // first byte of the next answer.
    void rest();

    // Where the next bytes go; never empty while the state is `more`.
    [[nodiscard]] Space space();

    [[nodiscard]] State received(std::size_t bytes);
    [[nodiscard]] State ended(End end);

    // For messages: how much of an answer there is.
    [[nodiscard]] std::string progress_text() const;
    // Whether a byte came since begin().
    [[nodiscard]] bool has_bytes() const;
    // Whether the whole header is known, and that the answer will be refused.
    [[nodiscard]] bool is_refusal() const;
    // The memory that the answer's body may take, as far as is known: its length; or the limit,
    // once a body of unknown length, or one to be inflated, has turned out to be large.
    [[nodiscard]] std::size_t claim() const;
    // The answer; complete in state `done`, its header only where is_refusal().
    [[nodiscard]] HttpResponse& response();
    // Requires: state `bad`.
    [[nodiscard]] const TroubleReport& trouble() const;
    // In state `done`: bytes came that belong to no answer of ours. Never reuse such a connection.
    [[nodiscard]] bool has_leftover() const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace sfg::functions
