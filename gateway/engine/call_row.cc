#include "gateway/engine/call_row.h"

#include "protocol/limits.h"
#include "storage/key_codec.h"

#include <chrono>

namespace sfg::engine {

namespace {

constexpr std::size_t kRowHeadBytes = 10;

// The first byte of a row. Of a held one, the code of the problem (2 bytes) and its text follow the
// head instead of a reply.
constexpr char kOpen = 0;
constexpr char kReplied = 1;
constexpr char kHeld = 2;

}  // namespace

bool CallRow::is_over(std::int64_t wall_ms) const {
    std::chrono::milliseconds kept =
        keyed ? std::chrono::milliseconds(kKeyedReplyKept) : std::chrono::milliseconds(kReplyKept);
    return created_ms + kept.count() <= wall_ms;
}

SharedBytes encode(const CallRow& row) {
    std::string head;
    head += row.replied ? kReplied : row.held ? kHeld : kOpen;
    head += row.keyed ? '\1' : '\0';
    storage::append_u64(head, static_cast<std::uint64_t>(row.created_ms));
    if (row.held) {
        storage::append_u32(head, static_cast<std::uint32_t>(row.held->code));
        head += row.held->detail;
        return SharedBytes(head);
    }
    // The reply may be large: it is copied once.
    SharedBytes bytes = SharedBytes::uninitialized(head.size() + row.reply.size());
    head.copy(bytes.mutable_data(), head.size());
    row.reply.view().copy(bytes.mutable_data() + head.size(), row.reply.size());
    return bytes;
}

std::optional<CallRow> decode_call_row(std::string_view bytes) {
    if (bytes.size() < kRowHeadBytes) {
        return std::nullopt;
    }
    CallRow row;
    row.replied = bytes[0] == kReplied;
    row.keyed = bytes[1] != '\0';
    storage::KeyReader reader(bytes, 2);
    row.created_ms = static_cast<std::int64_t>(*reader.u64());
    if (bytes[0] == kHeld) {
        auto code = reader.u32();
        if (!code) {
            return std::nullopt;
        }
        row.held = Problem{static_cast<Errc>(*code), std::string(reader.rest())};
    } else {
        row.reply = SharedBytes(reader.rest());
    }
    return row;
}

}  // namespace sfg::engine
