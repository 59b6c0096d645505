// WireView: the fields of an encoded protobuf message, one after another, in place.
//
//     WireView fields(bytes);
//     while (fields.next()) { ... }
//     if (!fields.is_whole()) ...
//
// Threads:  one; views into the given bytes.
#pragma once

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <cstdint>
#include <string_view>

namespace sfg::ingress {

class WireView {
public:
    explicit WireView(std::string_view bytes)
        : all_(bytes),
          in_(reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<int>(bytes.size())) {
    }

    // False: there are no more, or what follows is malformed.
    [[nodiscard]] bool next();

    [[nodiscard]] std::uint32_t number() const {
        return static_cast<std::uint32_t>(Wire::GetTagFieldNumber(tag_));
    }

    [[nodiscard]] bool is_bytes() const {
        return Wire::GetTagWireType(tag_) == Wire::WIRETYPE_LENGTH_DELIMITED;
    }

    [[nodiscard]] bool is_varint() const {
        return Wire::GetTagWireType(tag_) == Wire::WIRETYPE_VARINT;
    }

    // Requires: is_bytes().
    [[nodiscard]] std::string_view bytes() const { return bytes_; }

    // Requires: is_varint().
    [[nodiscard]] std::uint64_t varint() const { return varint_; }

    // After next() was false.
    [[nodiscard]] bool is_whole() { return is_good_ && in_.ConsumedEntireMessage(); }

private:
    using Wire = google::protobuf::internal::WireFormatLite;

    [[nodiscard]] bool read_value();

    std::string_view all_;
    google::protobuf::io::CodedInputStream in_;
    std::uint32_t tag_ = 0;
    std::uint64_t varint_ = 0;
    std::string_view bytes_;
    bool is_good_ = true;
};

}  // namespace sfg::ingress
