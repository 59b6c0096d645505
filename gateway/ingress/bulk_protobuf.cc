// An encoded BulkMessage, read in place.
#include "gateway/ingress/bulk.h"
#include "gateway/ingress/wire_view.h"

namespace sfg::ingress {

namespace {

// The fields of protocol/bulk.proto.
enum Field : std::uint32_t {
    kNamespace = 1,
    kType = 2,
    kId = 3,
    kTypeName = 4,
    kValue = 5,
    kKey = 6,
    kDelay = 7,
};

void take_bytes(BulkItem& item, std::uint32_t field, std::string_view bytes) {
    switch (field) {
        case kNamespace:
            item.target.type.ns = bytes;
            break;
        case kType:
            item.target.type.name = bytes;
            break;
        case kId:
            item.target.id = bytes;
            break;
        case kTypeName:
            item.type_name = bytes;
            break;
        case kValue:
            item.value = bytes;
            break;
        case kKey:
            item.key = bytes;
            break;
        default:
            break;  // Of a later version.
    }
}

}  // namespace

Parsed<BulkItem> parse_bulk_message(std::string_view bytes) {
    BulkItem item;
    WireView fields(bytes);
    while (fields.next()) {
        if (fields.is_bytes()) {
            take_bytes(item, fields.number(), fields.bytes());
        } else if (fields.number() == kDelay && fields.is_varint() && fields.varint() != 0) {
            item.delay = std::chrono::milliseconds(static_cast<std::int64_t>(fields.varint()));
        }
    }
    if (!fields.is_whole()) {
        return Problem{Errc::bad_message, "it is no message of protocol/bulk.proto"};
    }
    return item;
}

}  // namespace sfg::ingress
