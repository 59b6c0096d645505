// Bulk: the messages of one body of POST /v1/send.
//
//     Content-Type: application/x-ndjson
//
//         {"target": "shop/cart/ada", "text": "hello"}
//         {"target": {"namespace": "shop", "type": "cart", "id": "a/b"}, "typename": "shop/Add",
//          "json": {"item": 7}, "idempotency_key": "order-17", "delay": "10s"}
//
//         One object a line (LF or CRLF; lines of blanks are passed over). A target's text is that
//         of a path: three parts, percent-encoded. The value is one of `text`, `base64` and `json`:
//         a text of a built-in type (io.statefun.types/string where no typename is named), bytes,
//         or any JSON, whose bytes are the value as they stand in the line (of a built-in type: the
//         scalar). `delay` is a duration, or a number of milliseconds. Any other name is refused.
//
//     Content-Type: application/vnd.google.protobuf; encoding=delimited
//
//         io.statefun.gateway.BulkMessage (protocol/bulk.proto), each behind its size as a varint.
//
// All of a body's messages are accepted, in one durable step, or none of them. So a 202 says that
// all are durable, a refusal that none was taken; after a broken connection, a 503 "may have been
// accepted" or a time-out it is all or none, too, and a repeat with the same keys counts once.
// Between two bodies of a connection, and within one, messages for one entity keep their order.
//
// Threads:  pure functions; parse_bulk() of a large body is a helper's work. So it looks at no
//           module, which belongs to the loop: the engine refuses what is not bound.
// Limits:   kBulkMessagesMax messages; those of a single message for each; the body's for all.
#pragma once

#include "gateway/engine/events.h"
#include "gateway/ingress/request.h"
#include "gateway/runtime/http_types.h"
#include "protocol/errors.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sfg::ingress {

enum class BulkForm : std::uint8_t { ndjson, protobuf };

// What the head of a request for many messages asks for.
struct BulkPlan {
    BulkForm form = BulkForm::ndjson;
    bool is_minimal = false;  // Prefer: return=minimal.
};

// Requires: nothing stands behind /v1/send. A query and an Idempotency-Key are refused: they would
// be of one message.
[[nodiscard]] Parsed<BulkPlan> parse_bulk_head(const runtime::HttpHead& head);

// Longer ones are parsed aside: so many bytes take some hundred microseconds.
[[nodiscard]] std::size_t inline_bytes_max(BulkForm form);

// How the messages of a body are named to people.
struct BulkPlaces {
    BulkForm form = BulkForm::ndjson;
    std::vector<std::uint32_t> lines;  // Of each message, from 1. Only of NDJSON.

    // "line 3".
    [[nodiscard]] std::string text(std::uint32_t place) const;
};

struct Bulk {
    std::vector<engine::MessageArrived> messages;
    BulkPlaces places;
};

struct BulkProblem {
    Problem problem;                     // Its detail names the place.
    std::optional<std::uint32_t> place;  // Of the message, from 0.
};

[[nodiscard]] std::variant<Bulk, BulkProblem>
parse_bulk(BulkForm form, std::string_view body, PartitionId partitions);

// ---- For the two forms.

// A message as it stands in a body, or in what was decoded of it.
struct BulkItem {
    Address target;
    std::string_view type_name;
    std::string_view value;
    std::string_view key;  // Empty: none.
    std::optional<std::chrono::milliseconds> delay;
};

// Texts of a line without their escapes, and its value without its encoding.
struct DecodedLine {
    std::string type_name;
    std::string key;
    std::string value;
};

// One line, without its end, or one encoded BulkMessage. `decoded` keeps what the item refers to.
[[nodiscard]] Parsed<BulkItem> parse_bulk_line(std::string_view line, DecodedLine& decoded);
[[nodiscard]] Parsed<BulkItem> parse_bulk_message(std::string_view bytes);

}  // namespace sfg::ingress
