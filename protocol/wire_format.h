// How protobuf fields are laid out in memory, for the files that write them.
//
// Threads: pure functions; a Writer is somebody's local.
#pragma once

#include "protocol/address.h"
#include "protocol/assert.h"
#include "protocol/request_reply.pb.h"
#include "protocol/shared_bytes.h"

#include <google/protobuf/io/coded_stream.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sfg::wire_format {

namespace wire = io::statefun::sdk::reqreply;

inline constexpr char kMessageForm = 1;
// The typename of a state that was written without one.
inline constexpr std::string_view kUnsetType = "io.statefun.types/unset";

inline std::size_t varint_size(std::uint64_t value) {
    return google::protobuf::io::CodedOutputStream::VarintSize64(value);
}

inline std::size_t field_size(std::size_t payload) {
    return 1 + varint_size(payload) + payload;
}

inline std::size_t text_field_size(std::string_view text) {
    return text.empty() ? 0 : field_size(text.size());
}

// Writes protobuf fields into memory that was sized beforehand.
class Writer {
public:
    explicit Writer(char* at) : at_(at) { SFG_ASSERT(at != nullptr, "there is room"); }

    void raw(std::string_view bytes) {
        std::memcpy(at_, bytes.data(), bytes.size());
        at_ += bytes.size();
    }

    void byte(unsigned value) { *at_++ = static_cast<char>(value); }

    void varint(std::uint64_t value) {
        while (value >= 0x80) {
            byte(static_cast<unsigned>(value | 0x80) & 0xff);
            value >>= 7;
        }
        byte(static_cast<unsigned>(value));
    }

    // The head of a length-delimited field with a number below 16.
    void head(unsigned field, std::size_t size) {
        byte(field << 3 | 2);
        varint(size);
    }

    void text_field(unsigned field, std::string_view text) {
        if (!text.empty()) {
            head(field, text.size());
            raw(text);
        }
    }

    void address(const Address& address) {
        text_field(1, address.type.ns);
        text_field(2, address.type.name);
        text_field(3, address.id);
    }

    [[nodiscard]] char* at() const { return at_; }

private:
    char* at_;
};

inline std::size_t address_size(const Address& address) {
    return text_field_size(address.type.ns) + text_field_size(address.type.name) +
           text_field_size(address.id);
}

// The size of a TypedValue up to the bytes of its value; `has_value` is set.
inline std::size_t typed_head_size(std::string_view type_name, std::size_t value_bytes) {
    std::size_t size = text_field_size(type_name) + 2;
    return value_bytes == 0 ? size : size + 1 + varint_size(value_bytes);
}

inline void write_message_head(Writer& out, PartitionId home) {
    out.byte(kMessageForm);
    out.byte(home & 0xffU);
    out.byte(home >> 8U);
}

inline Address to_address(const wire::Address& from) {
    return {{from.namespace_(), from.type()}, from.id()};
}

// The encoded value behind `head_bytes` zero bytes.
[[nodiscard]] SharedBytes stored_typed_value(const wire::TypedValue& value, std::size_t head_bytes);

}  // namespace sfg::wire_format
