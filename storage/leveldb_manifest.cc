#include "storage/leveldb_manifest.h"

#include <cstddef>

namespace sfg::storage {

namespace {

// The tags of LevelDB's VersionEdit.
enum Tag : std::uint64_t {
    comparator = 1,
    log_number = 2,
    next_file = 3,
    last_sequence = 4,
    compact_pointer = 5,
    deleted_file = 6,
    new_file = 7,
    previous_log = 9,
};

// Reads the parts of a record; once a part is missing, every later one is too.
class Parts {
public:
    explicit Parts(std::string_view rest) : rest_(rest) {}

    std::uint64_t number() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            if (rest_.empty()) {
                break;
            }
            auto byte = static_cast<unsigned char>(rest_.front());
            rest_.remove_prefix(1);
            value |= std::uint64_t{byte & 0x7fU} << shift;
            if (byte < 0x80) {
                return value;
            }
        }
        bad_ = true;
        return 0;
    }

    void skip_text() {
        std::uint64_t bytes = number();
        if (bytes > rest_.size()) {
            bad_ = true;
            return;
        }
        rest_.remove_prefix(static_cast<std::size_t>(bytes));
    }

    [[nodiscard]] bool more() const { return !bad_ && !rest_.empty(); }

    [[nodiscard]] bool bad() const { return bad_; }

private:
    std::string_view rest_;
    bool bad_ = false;
};

}  // namespace

bool LevelDbManifest::apply(std::string_view record) {
    Parts parts(record);
    while (parts.more()) {
        switch (parts.number()) {
            case Tag::comparator:
                parts.skip_text();
                break;
            case Tag::log_number:
                log_number_ = parts.number();
                break;
            case Tag::next_file:
            case Tag::last_sequence:
            case Tag::previous_log:
                static_cast<void>(parts.number());
                break;
            case Tag::compact_pointer:
                static_cast<void>(parts.number());
                parts.skip_text();
                break;
            case Tag::deleted_file:
                static_cast<void>(parts.number());
                tables_.erase(parts.number());
                break;
            case Tag::new_file: {
                static_cast<void>(parts.number());
                std::uint64_t number = parts.number();
                tables_[number] = parts.number();
                parts.skip_text();
                parts.skip_text();
                break;
            }
            default:
                return false;
        }
    }
    return !parts.bad();
}

}  // namespace sfg::storage
