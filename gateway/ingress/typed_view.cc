#include "gateway/ingress/typed_view.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <cstdint>

namespace sfg::ingress {

namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

constexpr std::uint32_t kTypeNameTag = 1U << 3U | 2U;
constexpr std::uint32_t kValueTag = 3U << 3U | 2U;

bool read_bytes(CodedInputStream& in, std::string_view bytes, std::string_view& into) {
    std::uint32_t size = 0;
    if (!in.ReadVarint32(&size)) {
        return false;
    }
    auto at = static_cast<std::size_t>(in.CurrentPosition());
    if (size > bytes.size() - at) {
        return false;
    }
    into = bytes.substr(at, size);
    return in.Skip(static_cast<int>(size));
}

}  // namespace

std::optional<TypedView> view_typed_value(std::string_view bytes) {
    TypedView view;
    CodedInputStream in(
        reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<int>(bytes.size())
    );
    while (std::uint32_t tag = in.ReadTag()) {
        bool read = tag == kTypeNameTag ? read_bytes(in, bytes, view.type_name)
                    : tag == kValueTag  ? read_bytes(in, bytes, view.value)
                                        : WireFormatLite::SkipField(&in, tag);
        if (!read) {
            return std::nullopt;
        }
    }
    return in.ConsumedEntireMessage() ? std::optional(view) : std::nullopt;
}

}  // namespace sfg::ingress
