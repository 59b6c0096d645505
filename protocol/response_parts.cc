#include "protocol/response_parts.h"

#include <cstdint>

namespace sfg {

namespace {

// Walks any message in the wire format; what the general reader refuses ends it.
class AnyFields {
public:
    explicit AnyFields(std::string_view bytes) : rest_(bytes) {}

    // The next field that has a length and is in no group. False: there is none, or the bytes are
    // damaged.
    [[nodiscard]] bool next(std::uint64_t& tag, std::string_view& bytes) {
        while (varint(tag)) {
            std::uint64_t number = 0;
            switch (tag % 8) {
                case 0:
                    if (!varint(number)) {
                        return false;
                    }
                    break;
                case 1:
                case 5:
                    if (!take(tag % 8 == 1 ? 8 : 4, bytes)) {
                        return false;
                    }
                    break;
                case 2:
                    if (!varint(number) || !take(number, bytes)) {
                        return false;
                    }
                    if (groups_ == 0) {
                        return true;
                    }
                    break;
                case 3:
                    ++groups_;
                    break;
                case 4:
                    if (groups_-- == 0) {
                        return false;
                    }
                    break;
                default:
                    return false;
            }
        }
        return false;
    }

private:
    [[nodiscard]] bool varint(std::uint64_t& value) {
        value = 0;
        for (unsigned shift = 0; shift < 70 && !rest_.empty(); shift += 7) {
            auto byte = static_cast<unsigned char>(rest_.front());
            rest_.remove_prefix(1);
            value |= shift < 64 ? (byte & std::uint64_t{0x7f}) << shift : 0;
            if (byte < 0x80) {
                return true;
            }
        }
        return false;
    }

    [[nodiscard]] bool take(std::uint64_t size, std::string_view& bytes) {
        if (size > rest_.size()) {
            return false;
        }
        bytes = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return true;
    }

    std::string_view rest_;
    std::size_t groups_ = 0;  // Around the next field.
};

}  // namespace

std::size_t count_parts(std::string_view body) {
    std::size_t parts = 0;
    std::uint64_t tag = 0;
    std::string_view arm;
    for (AnyFields arms(body); arms.next(tag, arm);) {
        std::string_view part;
        AnyFields fields(tag / 8 == 100 || tag / 8 == 101 ? arm : std::string_view());
        while (fields.next(tag, part)) {
            ++parts;
        }
    }
    return parts;
}

}  // namespace sfg
