#include "gateway/functions/inflater.h"

#include "protocol/limits.h"

#include <zlib.h>

#include <algorithm>

namespace sfg::functions {
namespace {

constexpr std::size_t kGrowBytes = 64 * kKiB;
constexpr int kGzipBits = 15 + 16;  // zlib's way to say: the largest window, in a gzip wrapper.
constexpr int kZlibBits = 15;
constexpr int kRawBits = -15;

bool is_one_of(std::string_view text, std::string_view first, std::string_view second) {
    auto same = [&](std::string_view name) {
        return std::equal(text.begin(), text.end(), name.begin(), name.end(), [](char a, char b) {
            return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
        });
    };
    return same(first) || same(second);
}

}  // namespace

std::optional<ContentCoding> parse_coding(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    if (text.empty() || is_one_of(text, "identity", "identity")) {
        return ContentCoding::identity;
    }
    if (is_one_of(text, "gzip", "x-gzip")) {
        return ContentCoding::gzip;
    }
    if (is_one_of(text, "deflate", "x-deflate")) {
        return ContentCoding::deflate;
    }
    return std::nullopt;
}

struct Inflater::Stream {
    z_stream z{};
    bool is_open = false;
};

Inflater::Inflater(ContentCoding coding, std::string encoded)
    : coding_(coding),
      encoded_(std::move(encoded)),
      stream_(std::make_unique<Stream>()) {
    z_stream& z = stream_->z;
    // zlib reads only, but takes a pointer to what is not constant.
    z.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(encoded_.data()));
    z.avail_in = static_cast<uInt>(encoded_.size());
}

Inflater::~Inflater() {
    if (stream_->is_open) {
        inflateEnd(&stream_->z);
    }
}

// "deflate" is zlib's format by its definition, and raw by some servers' habit. A zlib header is a
// multiple of 31 with the method 8; raw data seldom looks so.
bool Inflater::begin() {
    is_begun_ = true;
    bool looks_zlib = false;
    if (encoded_.size() >= 2) {
        auto first = static_cast<unsigned char>(encoded_[0]);
        auto second = static_cast<unsigned char>(encoded_[1]);
        looks_zlib = (first & 0x0fU) == 8 && (first * 256U + second) % 31 == 0;
    }
    is_raw_ = coding_ == ContentCoding::deflate && !looks_zlib;
    int bits = coding_ == ContentCoding::gzip ? kGzipBits : (is_raw_ ? kRawBits : kZlibBits);
    stream_->is_open = inflateInit2(&stream_->z, bits) == Z_OK;
    return stream_->is_open;
}

Inflater::Step Inflater::fail(const char* what) {
    problem_ = what;
    return Step::bad;
}

Inflater::Step Inflater::run(std::size_t bytes_max) {
    if (encoded_.empty()) {
        return Step::done;  // Nothing is the encoding of nothing to those who send it.
    }
    if (!is_begun_ && !begin()) {
        return fail("zlib has no memory");
    }
    z_stream& z = stream_->z;
    while (true) {
        // One byte more than may come, to see that it does.
        std::size_t room =
            std::min(bytes_max - std::min(bytes_max, content_.size()) + 1, kGrowBytes);
        std::size_t at = content_.size();
        content_.resize(at + room);
        z.next_out = reinterpret_cast<Bytef*>(content_.data() + at);
        z.avail_out = static_cast<uInt>(room);
        int result = inflate(&z, Z_NO_FLUSH);
        content_.resize(at + room - z.avail_out);
        if (content_.size() > bytes_max) {
            return Step::full;
        }
        if (result == Z_STREAM_END) {
            if (z.avail_in == 0) {
                return Step::done;
            }
            if (coding_ != ContentCoding::gzip || inflateReset(&z) != Z_OK) {
                return fail("there is more behind its end");
            }
        } else if (result == Z_BUF_ERROR ||
                   (result == Z_OK && z.avail_in == 0 && z.avail_out > 0)) {
            return fail("it ends too early");
        } else if (result != Z_OK) {
            return fail(z.msg != nullptr ? z.msg : "it is not what it says");
        }
    }
}

}  // namespace sfg::functions
