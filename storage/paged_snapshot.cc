#include "storage/paged_snapshot.h"

#include "storage/key_codec.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sfg::storage {

namespace {

bool is_own_row(std::string_view key) {
    return key >= kOwnRowsBegin && key < kOwnRowsEnd;
}

// Partitions of which keys of the message table may be in a range.
struct Partitions {
    PartitionId first = 0;
    PartitionId last = 0;
};

// Nothing: no message can be in it.
std::optional<Partitions> partitions_of(const Range& range) {
    constexpr PartitionId kLast = std::numeric_limits<PartitionId>::max();
    auto is_of_partition = [](std::string_view key) {
        return key.size() >= kPartitionPrefixBytes && key[0] == '\x01';
    };
    Partitions partitions{0, kLast};
    constexpr std::string_view kBehindPartitions = "\x02";
    if (range.from >= kBehindPartitions || range.to <= partition_prefix(0, Table::message)) {
        return std::nullopt;
    }
    if (is_of_partition(range.from)) {
        partitions.first = partition_of_key(range.from);
    }
    if (is_of_partition(range.to)) {
        partitions.last = partition_of_key(range.to);
    }
    // Most ranges are of one table.
    auto table = [](std::string_view key) {
        return static_cast<unsigned char>(key[kPartitionPrefixBytes - 1]);
    };
    constexpr auto kMessages = static_cast<unsigned char>(Table::message);
    if (is_of_partition(range.from) && is_of_partition(range.to) &&
        partitions.first == partitions.last &&
        (table(range.from) > kMessages || table(range.to) < kMessages)) {
        return std::nullopt;
    }
    return partitions;
}

// The first messages of all pages from range.from to `end`, as of the view's version, in the order
// of their keys: all, or more than the scan may bring.
class Messages {
public:
    Messages(const PagedView& view, const Range& range, std::string_view end)
        : view_(view),
          from_(range.from),
          end_(end),
          most_(range.rows_max) {}

    // Later messages of a mailbox stand in later pages.
    std::vector<MessagePage::Row> of_mailbox(std::string_view mailbox) {
        bool has_first = from_.size() == mailbox.size() + kMessageKeyBytes;
        MessageKey first =
            has_first ? read_message_key(from_.substr(mailbox.size())) : MessageKey{};
        for (const auto& page : *view_.pages) {
            if (found_.size() > most_) {
                break;
            }
            if (page->size() > 0 && page->row(page->size() - 1).message >= first) {
                page->visit_mailbox(mailbox, [&](std::size_t place) { take(*page, place); });
            }
        }
        return std::move(found_);
    }

    std::vector<MessagePage::Row> of(Partitions partitions) {
        for (const auto& page : *view_.pages) {
            page->visit_partitions(partitions.first, partitions.last, [&](std::size_t place) {
                take(*page, place);
            });
        }
        auto is_before = [](const MessagePage::Row& one, const MessagePage::Row& other) {
            return one.key < other.key;
        };
        if (found_.size() > most_) {
            auto last = found_.begin() + static_cast<std::ptrdiff_t>(most_);
            std::nth_element(found_.begin(), last, found_.end(), is_before);
            found_.erase(last + 1, found_.end());
        }
        std::sort(found_.begin(), found_.end(), is_before);
        return std::move(found_);
    }

private:
    void take(const MessagePage& page, std::size_t place) {
        MessagePage::Row row = page.row(place);
        if (row.key >= from_ && row.key < end_ && page.is_there(place, view_.version)) {
            found_.push_back(row);
        }
    }

    const PagedView& view_;
    const std::string_view from_;
    const std::string_view end_;
    const std::size_t most_;
    std::vector<MessagePage::Row> found_;
};

Row row_of(const MessagePage::Row& message, bool key_only) {
    return {std::string(message.key), SharedBytes(key_only ? std::string_view() : message.value)};
}

// Both are in order; the limits are those of one scan.
ScanResult
merge(const Range& range, ScanResult rows, const std::vector<MessagePage::Row>& messages) {
    ScanResult merged;
    std::size_t bytes = 0;
    auto next = rows.rows.begin();
    auto message = messages.begin();
    while (true) {
        bool has_row = next != rows.rows.end();
        if (!has_row && rows.more) {
            merged.more = true;  // What comes next among the rows is not known.
            return merged;
        }
        bool has_message = message != messages.end();
        if (!has_row && !has_message) {
            return merged;
        }
        bool is_message = has_message && (!has_row || message->key < next->key);
        Row row = is_message ? row_of(*message, range.keys_only) : std::move(*next);
        bytes += row.key.size() + row.value.size();
        bool full = merged.rows.size() >= range.rows_max || bytes > range.bytes_max;
        if (full && !merged.rows.empty()) {
            merged.more = true;
            return merged;
        }
        merged.rows.push_back(std::move(row));
        if (is_message) {
            ++message;
        } else {
            ++next;
        }
    }
}

// Rows of the store, but for those that are its own.
StoreResult<ScanResult> scan_rows(Snapshot& store, const Range& range) {
    auto found = store.scan(range);
    if (found.has_error() || range.to <= kOwnRowsBegin || range.from >= kOwnRowsEnd) {
        return found;
    }
    std::erase_if(found->rows, [](const Row& row) { return is_own_row(row.key); });
    if (!found->rows.empty() || !found->more) {
        return found;
    }
    Range rest = range;
    rest.from = std::string(kOwnRowsEnd);
    return store.scan(rest);
}

}  // namespace

StoreResult<std::optional<SharedBytes>> PagedSnapshot::get(std::string_view key) {
    if (is_own_row(key)) {
        return std::optional<SharedBytes>();
    }
    if (auto message = message_of_row(key)) {
        for (const auto& page : *view_->pages) {
            auto place = page->find(*message, key);
            if (place && page->is_there(*place, view_->version)) {
                return std::optional<SharedBytes>(SharedBytes(page->row(*place).value));
            }
        }
    }
    return view_->rows->get(key);
}

StoreResult<ScanResult> PagedSnapshot::scan(const Range& range) {
    auto rows = scan_rows(*view_->rows, range);
    auto partitions = partitions_of(range);
    if (rows.has_error() || !partitions) {
        return rows;
    }
    // Behind the last row others may come, which are not known.
    std::string_view end = rows->more ? rows->rows.back().key : range.to;
    Messages all(*view_, range, end);
    auto mailbox = mailbox_of_range(range.from, range.to);
    auto messages = mailbox ? all.of_mailbox(*mailbox) : all.of(*partitions);
    return messages.empty() ? std::move(rows) : merge(range, std::move(*rows), messages);
}

}  // namespace sfg::storage
