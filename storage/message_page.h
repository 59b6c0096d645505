// MessagePage: the messages that one group puts, in one row of the store.
//
// A message in a mailbox lives for milliseconds. Put and deleted each for itself, messages were two
// thirds of all that LevelDB inserts, and most of what it compacts. So a group writes its messages
// as one row, a page, and says in the next pages which messages of earlier ones are gone.
//
// A page in memory is its row, with an index: what reads find until the page is gone, when what is
// left in it has got rows of its own (paged_store.h).
//
//     row:   how many messages, each with its key and value; then what is gone: how many pages
//            before this one, and which message of it
//
// Numbers are varints, texts begin with their size. Part of the on-disk format (kFormatVersion).
//
// Threads:    what is said of one is said by the thread that commits; the rest any, at any time.
// Invariants: messages stand in the order of their MessageKeys.
// Limits:     16 million messages, 2 GiB.
#pragma once

#include "protocol/address.h"
#include "protocol/ids.h"
#include "protocol/shared_bytes.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

namespace sfg::storage {

class MessagePage {
public:
    // A row of the message table, and the message that it is.
    struct Row {
        MessageKey message;
        std::string_view key;
        std::string_view value;
    };

    // A message that is gone: its page, and its place there.
    struct Gone {
        std::uint64_t page = 0;
        std::uint32_t place = 0;
    };

    // Versions count groups. From this one on the message is not there.
    using Version = std::uint64_t;

    // The row. Requires: `gone` is of pages before this one.
    [[nodiscard]] static SharedBytes
    encode(std::uint64_t number, const std::vector<Row>& rows, const std::vector<Gone>& gone);

    // Nothing: the row can't be read. Messages go in versions after `since`.
    [[nodiscard]] static std::shared_ptr<MessagePage>
    parse(std::uint64_t number, SharedBytes row, Version since);

    MessagePage(const MessagePage&) = delete;
    MessagePage& operator=(const MessagePage&) = delete;

    [[nodiscard]] std::uint64_t number() const { return number_; }

    [[nodiscard]] std::size_t size() const { return starts_.size(); }

    [[nodiscard]] Row row(std::size_t place) const;

    // What it says of earlier pages.
    [[nodiscard]] const std::vector<Gone>& gone() const { return gone_; }

    // Its row, and what is kept of it in memory.
    [[nodiscard]] std::size_t bytes() const;

    // The place of the message with this key.
    [[nodiscard]] std::optional<std::size_t> find(MessageKey message, std::string_view key) const;

    [[nodiscard]] bool is_there(std::size_t place, Version seen) const {
        std::uint32_t gone = gone_in_[place].load(std::memory_order_relaxed);
        return gone == 0 || since_ + gone > seen;
    }

    // visit(place) for what may be in a mailbox (mailbox_of_row(), key_codec.h), in the order of
    // its messages; and for all in partitions from one to another. The first one who asks has the
    // index made that these need.
    template <typename Visitor>
    void visit_mailbox(std::string_view mailbox, Visitor&& visit) const {
        Mark first = mark_of(mailbox);
        visit_marks(first, first | kPlaceMask, visit);
    }

    template <typename Visitor>
    void visit_partitions(PartitionId first, PartitionId last, Visitor&& visit) const {
        visit_marks(Mark{first} << kPartitionShift, ~(~Mark{last} << kPartitionShift), visit);
    }

    // By the thread that commits: the message is gone as of this version; how many are not gone;
    // and whether one is not.
    void take(std::size_t place, Version version);

    [[nodiscard]] std::size_t left() const { return left_; }

    [[nodiscard]] bool has(std::size_t place) const {
        return gone_in_[place].load(std::memory_order_relaxed) == 0;
    }

private:
    // From the highest bit: partition (16 bits), hash of the mailbox (24), place (24).
    using Mark = std::uint64_t;
    static constexpr unsigned kPartitionShift = 48;
    static constexpr unsigned kHashShift = 24;
    static constexpr Mark kPlaceMask = (Mark{1} << kHashShift) - 1;

    MessagePage(std::uint64_t number, SharedBytes row, Version since)
        : number_(number),
          row_(std::move(row)),
          since_(since) {}

    bool read();
    [[nodiscard]] const std::vector<Mark>& marks() const;
    [[nodiscard]] static Mark mark_of(std::string_view mailbox);

    template <typename Visitor>
    void visit_marks(Mark first, Mark last, Visitor&& visit) const {
        const std::vector<Mark>& all = marks();
        for (auto mark = std::lower_bound(all.begin(), all.end(), first);
             mark != all.end() && *mark <= last;
             ++mark) {
            visit(static_cast<std::size_t>(*mark & kPlaceMask));
        }
    }

    const std::uint64_t number_;
    const SharedBytes row_;
    const Version since_;
    std::vector<std::uint32_t> starts_;  // Where each message begins in the row.
    std::vector<Gone> gone_;
    // By place: in which version after since_. Relaxed: who sees a version was told of it after all
    // that happened before.
    std::vector<std::atomic<std::uint32_t>> gone_in_;
    std::size_t left_ = 0;
    mutable std::once_flag marked_;
    mutable std::vector<Mark> marks_;  // In order.
};

}  // namespace sfg::storage
