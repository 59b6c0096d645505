// Numbers and names that must not be mixed up.
//
// Threads:    values.
// Invariants: a CommitNumber is never used twice in the life of a store, also not one that a crash
//             undid (design D3). A MessageKey orders messages by arrival.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sfg {

// Position of a commit in the one ordered log. 0 is "before the first".
enum class CommitNumber : std::uint64_t {};

[[nodiscard]] constexpr std::uint64_t value_of(CommitNumber number) {
    return static_cast<std::uint64_t>(number);
}

[[nodiscard]] constexpr CommitNumber next(CommitNumber number) {
    return CommitNumber{value_of(number) + 1};
}

// One life of the engine: a reset begins the next. What belongs to an older one is dropped.
enum class Epoch : std::uint32_t {};

// Names one asynchronous question of the engine (a call or a load) within an epoch.
enum class RequestId : std::uint64_t {};

// Whoever waits for an answer of the engine: a slot of a driver (an HTTP exchange, say). 0: nobody.
enum class WaiterId : std::uint64_t {};

// What orders the messages of a mailbox: the commit that brought the message, and its place in it.
struct MessageKey {
    CommitNumber number{};
    std::uint32_t index = 0;

    auto operator<=>(const MessageKey&) const = default;
};

// The store's own random name, fixed when the store is created.
enum class StoreId : std::uint64_t {};

// A message's name for clients: opaque text of kMessageIdBytes characters, made of the store's id
// and the message's key, so that it is never given twice.
inline constexpr std::size_t kMessageIdBytes = 40;
[[nodiscard]] std::string message_id(StoreId store, MessageKey key);

// The same without memory of its own.
class MessageId {
public:
    MessageId(StoreId store, MessageKey key);

    // Requires: at most kMessageIdBytes.
    explicit MessageId(std::string_view text);

    [[nodiscard]] std::string_view view() const { return {text_.data(), size_}; }

    [[nodiscard]] std::string text() const { return std::string(view()); }

private:
    std::array<char, kMessageIdBytes> text_;
    std::uint8_t size_ = kMessageIdBytes;
};

struct ParsedMessageId {
    StoreId store;
    MessageKey key;
};

// Nothing if the text is not a message id.
[[nodiscard]] std::optional<ParsedMessageId> parse_message_id(std::string_view text);

}  // namespace sfg
