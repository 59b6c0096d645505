// AnswerReader: finds the ends of HTTP/1.1 answers with a Content-Length, and nothing more: the
// load generator shares the machine with what it measures.
//
// Threads:  one connection's.
// Limits:   answers up to kAnswerBytesMax, without chunks.
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace bench {

class AnswerReader {
public:
    static constexpr std::size_t kAnswerBytesMax = 256 * 1024;

    enum class Progress : std::uint8_t { partial, complete, unreadable };

    // Where the next bytes go.
    [[nodiscard]] char* space() { return bytes_.data() + size_; }

    [[nodiscard]] std::size_t space_bytes() const { return bytes_.size() - size_; }

    // So many bytes came. After `complete` next() tells about what came behind that answer.
    [[nodiscard]] Progress received(std::size_t count) {
        size_ += count;
        return look();
    }

    // The complete answer was taken.
    [[nodiscard]] Progress next() {
        const std::size_t answer = head_bytes_ + body_bytes_;
        std::memmove(bytes_.data(), bytes_.data() + answer, size_ - answer);
        size_ -= answer;
        head_bytes_ = body_bytes_ = 0;
        return look();
    }

    // Of a complete answer.
    [[nodiscard]] int status() const { return status_; }

    [[nodiscard]] std::string_view body() const {
        return {bytes_.data() + head_bytes_, body_bytes_};
    }

    void clear() { size_ = head_bytes_ = body_bytes_ = 0; }

private:
    Progress look() {
        const std::string_view all(bytes_.data(), size_);
        if (head_bytes_ == 0) {
            const std::size_t end = all.find("\r\n\r\n");
            if (end == std::string_view::npos) {
                return space_bytes() == 0 ? Progress::unreadable : Progress::partial;
            }
            head_bytes_ = end + 4;
            if (!read_head(all.substr(0, head_bytes_))) {
                return Progress::unreadable;
            }
        }
        return size_ < head_bytes_ + body_bytes_ ? Progress::partial : Progress::complete;
    }

    // "HTTP/1.1 202 ..." and the Content-Length, whatever its case.
    bool read_head(std::string_view head) {
        if (!number_at(head, 9, status_)) {
            return false;
        }
        static constexpr std::string_view kName = "\ncontent-length:";
        for (std::size_t at = head.find('\n'); at < head.size(); at = head.find('\n', at + 1)) {
            if (is_same(head.substr(at, kName.size()), kName)) {
                at = head.find_first_not_of(' ', at + kName.size());
                return number_at(head, at, body_bytes_) &&
                       body_bytes_ <= kAnswerBytesMax - head_bytes_;
            }
        }
        return false;
    }

    static bool is_same(std::string_view text, std::string_view lower_case) {
        if (text.size() != lower_case.size()) {
            return false;
        }
        for (std::size_t i = 0; i < text.size(); ++i) {
            const char c = text[i];
            if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != lower_case[i]) {
                return false;
            }
        }
        return true;
    }

    template <typename Number>
    static bool number_at(std::string_view text, std::size_t at, Number& number) {
        if (at >= text.size()) {
            return false;
        }
        auto result = std::from_chars(text.data() + at, text.data() + text.size(), number);
        return result.ec == std::errc{};
    }

    std::array<char, kAnswerBytesMax> bytes_;
    std::size_t size_ = 0;
    std::size_t head_bytes_ = 0;
    std::size_t body_bytes_ = 0;
    int status_ = 0;
};

}  // namespace bench
