#include "storage/message_page.h"

#include "protocol/assert.h"
#include "protocol/wire_format.h"
#include "storage/key_codec.h"

#include <google/protobuf/io/coded_stream.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

namespace sfg::storage {

namespace {

using google::protobuf::io::CodedInputStream;

using wire_format::varint_size;

std::size_t text_size(std::string_view text) {
    return varint_size(text.size()) + text.size();
}

void write_text(wire_format::Writer& out, std::string_view text) {
    out.varint(text.size());
    out.raw(text);
}

// Texts of a row that was looked through before.
class Texts {
public:
    Texts(std::string_view row, std::uint32_t at) : row_(row), at_(at) {}

    std::string_view next() {
        std::uint32_t size = 0;
        for (unsigned shift = 0;; shift += 7) {
            auto byte = static_cast<unsigned char>(row_[at_++]);
            size |= (byte & 0x7fU) << shift;
            if (byte < 0x80) {
                break;
            }
        }
        std::string_view text = row_.substr(at_, size);
        at_ += size;
        return text;
    }

private:
    const std::string_view row_;
    std::size_t at_;
};

bool skip_texts(CodedInputStream& in, int count) {
    int size = 0;
    while (count > 0 && in.ReadVarintSizeAsInt(&size) && in.Skip(size)) {
        --count;
    }
    return count == 0;
}

}  // namespace

SharedBytes MessagePage::encode(
    std::uint64_t number,
    const std::vector<Row>& rows,
    const std::vector<Gone>& gone
) {
    std::size_t size = varint_size(rows.size());
    for (const Row& row : rows) {
        size += text_size(row.key) + text_size(row.value);
    }
    for (const Gone& one : gone) {
        size += varint_size(number - one.page) + varint_size(one.place);
    }
    SharedBytes bytes = SharedBytes::uninitialized(size);
    wire_format::Writer out(bytes.mutable_data());
    out.varint(rows.size());
    for (const Row& row : rows) {
        write_text(out, row.key);
        write_text(out, row.value);
    }
    for (const Gone& one : gone) {
        out.varint(number - one.page);
        out.varint(one.place);
    }
    return bytes;
}

std::shared_ptr<MessagePage>
MessagePage::parse(std::uint64_t number, SharedBytes row, Version since) {
    std::shared_ptr<MessagePage> page(new MessagePage(number, std::move(row), since));
    return page->read() ? page : nullptr;
}

bool MessagePage::read() {
    if (row_.size() > std::size_t{std::numeric_limits<int>::max()}) {
        return false;
    }
    CodedInputStream in(
        reinterpret_cast<const std::uint8_t*>(row_.data()), static_cast<int>(row_.size())
    );
    std::uint32_t count = 0;
    if (!in.ReadVarint32(&count) || count > row_.size() || count > kPlaceMask) {
        return false;
    }
    starts_.reserve(count);
    MessageKey former;
    for (std::uint32_t i = 0; i < count; ++i) {
        starts_.push_back(static_cast<std::uint32_t>(in.CurrentPosition()));
        if (!skip_texts(in, 2)) {
            return false;
        }
        auto message = message_of_row(Texts(row_.view(), starts_.back()).next());
        if (!message || *message < former) {
            return false;
        }
        former = *message;
    }
    while (in.CurrentPosition() < static_cast<int>(row_.size())) {
        std::uint64_t before = 0;
        std::uint32_t place = 0;
        if (!in.ReadVarint64(&before) || !in.ReadVarint32(&place) || before == 0 ||
            before > number_) {
            return false;
        }
        gone_.push_back({number_ - before, place});
    }
    gone_in_ = std::vector<std::atomic<std::uint32_t>>(count);
    left_ = count;
    return true;
}

MessagePage::Row MessagePage::row(std::size_t place) const {
    Texts texts(row_.view(), starts_[place]);
    std::string_view key = texts.next();
    return {read_message_key(key.substr(key.size() - kMessageKeyBytes)), key, texts.next()};
}

std::size_t MessagePage::bytes() const {
    constexpr std::size_t kBytesOfOne = 2 * sizeof(std::uint32_t) + sizeof(Mark);
    return sizeof(MessagePage) + row_.size() + size() * kBytesOfOne + gone_.size() * sizeof(Gone);
}

std::optional<std::size_t> MessagePage::find(MessageKey message, std::string_view key) const {
    auto is_before = [this](std::uint32_t start, MessageKey than) {
        std::string_view is = Texts(row_.view(), start).next();
        return read_message_key(is.substr(is.size() - kMessageKeyBytes)) < than;
    };
    auto found = std::lower_bound(starts_.begin(), starts_.end(), message, is_before);
    for (auto place = static_cast<std::size_t>(found - starts_.begin()); place < size(); ++place) {
        Row candidate = row(place);
        if (candidate.message != message) {
            break;
        }
        if (candidate.key == key) {
            return place;
        }
    }
    return std::nullopt;
}

const std::vector<MessagePage::Mark>& MessagePage::marks() const {
    std::call_once(marked_, [this] {
        marks_.reserve(size());
        for (std::size_t place = 0; place < size(); ++place) {
            std::string_view key = Texts(row_.view(), starts_[place]).next();
            marks_.push_back(mark_of(mailbox_of_row(key)) | place);
        }
        std::sort(marks_.begin(), marks_.end());
    });
    return marks_;
}

MessagePage::Mark MessagePage::mark_of(std::string_view mailbox) {
    Mark hash = std::hash<std::string_view>()(mailbox) & kPlaceMask;
    return Mark{partition_of_key(mailbox)} << kPartitionShift | hash << kHashShift;
}

void MessagePage::take(std::size_t place, Version version) {
    SFG_ASSERT(version > since_ && has(place), "a message goes once");
    constexpr Version kMost = std::numeric_limits<std::uint32_t>::max();
    Version after = std::min(version - since_, kMost);
    gone_in_[place].store(static_cast<std::uint32_t>(after), std::memory_order_relaxed);
    --left_;
}

}  // namespace sfg::storage
