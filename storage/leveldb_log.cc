#include "storage/leveldb_log.h"

#include "storage/crc32c.h"

#include <algorithm>
#include <array>

namespace sfg::storage {

namespace {

constexpr std::size_t kBlockBytes = 32 << 10;
constexpr std::size_t kHeaderBytes = 7;

enum FragmentType : unsigned char { whole = 1, first = 2, middle = 3, last = 4 };

struct Fragment {
    unsigned char type = 0;
    std::string_view bytes;
};

std::uint32_t byte_at(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
}

// The fragment that the block holds at `at`, its checksum not yet looked at. Nothing if none can
// stand there.
std::optional<Fragment> outline(std::string_view block, std::size_t at) {
    if (block.size() - at < kHeaderBytes) {
        return std::nullopt;
    }
    std::size_t length = byte_at(block, at + 4) | byte_at(block, at + 5) << 8;
    auto type = static_cast<unsigned char>(block[at + 6]);
    if (type < whole || type > last || block.size() - at - kHeaderBytes < length) {
        return std::nullopt;
    }
    return Fragment{type, block.substr(at + kHeaderBytes, length)};
}

bool checksum_fits(std::string_view block, std::size_t at, const Fragment& fragment) {
    std::uint32_t stored = byte_at(block, at) | byte_at(block, at + 1) << 8 |
                           byte_at(block, at + 2) << 16 | byte_at(block, at + 3) << 24;
    return stored == masked_crc32c(block.substr(at + 6, 1 + fragment.bytes.size()));
}

class LogReader {
public:
    LogReader(const InputFile& file, const LogVisitor& visitor) : file_(file), visitor_(visitor) {}

    FileResult<LogEnd> read() {
        for (std::uint64_t start = 0;; start += kBlockBytes) {
            auto block = load(start);
            if (!block) {
                return block.error();
            }
            if (block->empty()) {
                return end_;
            }
            std::size_t good = take_fragments(start, *block);
            bool block_ended = block->size() == kBlockBytes && kBlockBytes - good < kHeaderBytes;
            if (!block_ended) {
                auto searched = search_behind(start + good);
                if (!searched) {
                    return searched.error();
                }
                return end_;
            }
        }
    }

private:
    FileResult<std::string_view> load(std::uint64_t start) {
        auto got = file_.read_at(start, block_);
        if (!got) {
            return got.error();
        }
        if (*got > 0) {
            end_.file_bytes = std::max(end_.file_bytes, start + *got);
        }
        return std::string_view(block_.data(), *got);
    }

    // Takes fragments until one is damaged, out of place or cut off; says where it stopped.
    std::size_t take_fragments(std::uint64_t start, std::string_view block) {
        std::size_t at = 0;
        while (auto fragment = outline(block, at)) {
            if (!checksum_fits(block, at, *fragment) || !take(*fragment, start + at)) {
                break;
            }
            at += kHeaderBytes + fragment->bytes.size();
        }
        return at;
    }

    // False: this fragment can't follow the one before.
    bool take(const Fragment& fragment, std::uint64_t offset) {
        bool begins = fragment.type == whole || fragment.type == first;
        if (begins == in_record_) {
            return false;
        }
        if (begins) {
            record_at_ = offset;
            head_.clear();
            record_bytes_ = 0;
        }
        std::size_t room = visitor_.head_bytes - head_.size();
        head_ += fragment.bytes.substr(0, std::min(room, fragment.bytes.size()));
        record_bytes_ += fragment.bytes.size();
        in_record_ = fragment.type == first || fragment.type == middle;
        if (!in_record_) {
            end_.whole_bytes = offset + kHeaderBytes + fragment.bytes.size();
            visitor_.record(record_at_, head_, record_bytes_);
        }
        return true;
    }

    // A length may be what is damaged, so every byte can be the start of the next record.
    FileResult<void> search_behind(std::uint64_t from) {
        for (std::uint64_t start = from / kBlockBytes * kBlockBytes;; start += kBlockBytes) {
            auto block = load(start);
            if (!block) {
                return block.error();
            }
            if (block->empty()) {
                return {};
            }
            std::size_t at = from > start ? from - start : 0;
            for (; at + kHeaderBytes <= block->size() && !end_.record_behind; ++at) {
                if (begins_record(*block, at, start)) {
                    end_.record_behind = start + at;
                }
            }
        }
    }

    bool begins_record(std::string_view block, std::size_t at, std::uint64_t start) const {
        auto fragment = outline(block, at);
        if (!fragment || fragment->type > first) {
            return false;
        }
        bool fills_block = at + kHeaderBytes + fragment->bytes.size() == kBlockBytes;
        if (fragment->type == first && !fills_block) {
            return false;
        }
        std::string_view head = fragment->bytes.substr(0, visitor_.head_bytes);
        return visitor_.may_begin(head, start + at - end_.whole_bytes) &&
               checksum_fits(block, at, *fragment);
    }

    const InputFile& file_;
    const LogVisitor& visitor_;
    LogEnd end_;
    std::array<char, kBlockBytes> block_{};

    // The record whose fragments are being read.
    bool in_record_ = false;
    std::uint64_t record_at_ = 0;
    std::uint64_t record_bytes_ = 0;
    std::string head_;
};

}  // namespace

FileResult<LogEnd> read_log(FileSystem& files, const std::string& path, const LogVisitor& visitor) {
    auto file = files.open(path);
    if (!file) {
        return file.error();
    }
    auto reader = std::make_unique<LogReader>(**file, visitor);
    return reader->read();
}

}  // namespace sfg::storage
