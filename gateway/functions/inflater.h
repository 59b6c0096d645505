// Inflater: the content of an answer with a Content-Encoding.
//
// gzip (also several members, one behind the other), and deflate as zlib wraps it or raw, as some
// servers send it. It is told how much may come out before it is asked to go on, so a bomb costs no
// more than that.
//
// Threads:  one at a time; it may move from the loop to a helper between two calls.
// Limits:   the caller's, exact.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sfg::functions {

enum class ContentCoding : std::uint8_t { identity, gzip, deflate };

// What a Content-Encoding names: nothing for one that is unknown, or for several.
[[nodiscard]] std::optional<ContentCoding> parse_coding(std::string_view text);

class Inflater {
public:
    enum class Step : std::uint8_t { done, full, bad };

    // Requires: a coding other than identity.
    Inflater(ContentCoding coding, std::string encoded);
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
    ~Inflater();

    // Goes on until all is out; `full`: there is more than `bytes_max` of it in all.
    [[nodiscard]] Step run(std::size_t bytes_max);

    // What came out so far; the caller may take it away in the end.
    [[nodiscard]] std::string& content() { return content_; }

    [[nodiscard]] std::size_t encoded_bytes() const { return encoded_.size(); }

    // Why it is bad.
    [[nodiscard]] const std::string& problem() const { return problem_; }

private:
    struct Stream;

    [[nodiscard]] bool begin();
    [[nodiscard]] Step fail(const char* what);

    const ContentCoding coding_;
    const std::string encoded_;
    const std::unique_ptr<Stream> stream_;
    std::string content_;
    std::string problem_;
    bool is_begun_ = false;
    bool is_raw_ = false;
};

}  // namespace sfg::functions
