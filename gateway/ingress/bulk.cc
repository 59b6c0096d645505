#include "gateway/ingress/bulk.h"

#include "gateway/ingress/content_hash.h"
#include "protocol/codec.h"
#include "protocol/limits.h"

#include <google/protobuf/io/coded_stream.h>

#include <algorithm>
#include <array>
#include <utility>

namespace sfg::ingress {

namespace {

constexpr std::string_view kMessageProto = "io.statefun.gateway.BulkMessage";
// The number of Api::Ask::send: a message with a key is the same alone and among many.
constexpr std::uint64_t kSendKind = 0;

bool is_ndjson(std::string_view media_type) {
    constexpr std::array<std::string_view, 3> kNames = {
        "application/x-ndjson", "application/ndjson", "application/jsonl"
    };
    return std::any_of(kNames.begin(), kNames.end(), [media_type](std::string_view name) {
        return runtime::same_name(media_type, name);
    });
}

Parsed<BulkForm> parse_form(std::string_view content_type) {
    std::string_view media_type = media_type_of(content_type);
    if (is_ndjson(media_type)) {
        return BulkForm::ndjson;
    }
    bool is_protobuf = runtime::same_name(media_type, "application/vnd.google.protobuf");
    if (is_protobuf && runtime::same_name(parameter_of(content_type, "encoding"), "delimited")) {
        std::string_view proto = parameter_of(content_type, "proto");
        if (proto.empty() || proto == kMessageProto) {
            return BulkForm::protobuf;
        }
    }
    return Problem{
        Errc::bad_bulk_type,
        media_type.empty() ? "there is no Content-Type"
                           : "Content-Type is " + std::string(content_type.substr(0, 200))
    };
}

// RFC 7240.
bool wants_minimal(const runtime::HttpHead& head) {
    for (const runtime::HttpField& field : head.fields) {
        std::string_view rest = runtime::same_name(field.name, "Prefer") ? field.value : "";
        while (!rest.empty()) {
            std::string_view one = rest.substr(0, rest.find(','));
            rest.remove_prefix(std::min(rest.size(), one.size() + 1));
            if (runtime::same_name(runtime::trimmed(one), "return=minimal")) {
                return true;
            }
        }
    }
    return false;
}

std::optional<Problem> object_to_item(const BulkItem& item) {
    if (auto problem = object_to_address(item.target)) {
        return problem;
    }
    if (auto problem = object_to_type_name(item.type_name)) {
        return problem;
    }
    if (!item.key.empty() && !is_good_key(item.key)) {
        return Problem{
            Errc::bad_parameter, "idempotency_key must be 1 to 255 visible ASCII characters"
        };
    }
    return std::nullopt;
}

engine::MessageArrived make_event(BulkItem item, PartitionId partitions) {
    engine::MessageArrived event;
    PartitionId home = partition_of(item.target.id, partitions);
    OpenMessage message = make_open_message(home, nullptr, item.type_name, item.value.size());
    message.fill(item.value);
    if (!item.key.empty()) {
        std::uint64_t hash = content_hash(
            kSendKind, item.type_name, item.value, item.delay.value_or(std::chrono::milliseconds(0))
        );
        event.idempotency = engine::Idempotency{std::string(item.key), hash};
    }
    event.target = std::move(item.target);
    event.stored = std::move(message.bytes);
    event.delay = item.delay;
    return event;
}

// Cuts a body into messages and collects them.
class Parser {
public:
    Parser(BulkForm form, PartitionId partitions) : partitions_(partitions) {
        bulk_.places.form = form;
    }

    // False: enough, there is a problem.
    bool line(std::string_view line, std::uint32_t number) {
        bulk_.places.lines.push_back(number);
        return add(parse_bulk_line(line, decoded_));
    }

    bool message(std::string_view bytes) { return add(parse_bulk_message(bytes)); }

    // Of what comes next.
    bool refuse(Problem problem) {
        auto place = static_cast<std::uint32_t>(bulk_.messages.size());
        problem.detail = bulk_.places.text(place) + ": " + problem.detail;
        problem_ = BulkProblem{std::move(problem), place};
        return false;
    }

    [[nodiscard]] std::variant<Bulk, BulkProblem> take() {
        if (problem_) {
            return std::move(*problem_);
        }
        if (bulk_.messages.empty()) {
            return BulkProblem{{Errc::bad_body, "the body has no message"}, {}};
        }
        return std::move(bulk_);
    }

private:
    bool add(Parsed<BulkItem> parsed) {
        if (bulk_.messages.size() == kBulkMessagesMax) {
            std::string most = std::to_string(kBulkMessagesMax);
            problem_ = BulkProblem{
                {Errc::too_many_messages, "the body has more than " + most + " messages"}, {}
            };
            return false;
        }
        if (auto* problem = std::get_if<Problem>(&parsed)) {
            return refuse(std::move(*problem));
        }
        auto& item = std::get<BulkItem>(parsed);
        if (auto problem = object_to_item(item)) {
            return refuse(std::move(*problem));
        }
        bulk_.messages.push_back(make_event(std::move(item), partitions_));
        return true;
    }

    const PartitionId partitions_;
    Bulk bulk_;
    std::optional<BulkProblem> problem_;
    DecodedLine decoded_;
};

void parse_lines(Parser& parser, std::string_view body) {
    bool goes_on = true;
    for (std::uint32_t number = 1; goes_on && !body.empty(); ++number) {
        std::string_view line = body.substr(0, body.find('\n'));
        body.remove_prefix(std::min(body.size(), line.size() + 1));
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (line.find_first_not_of(" \t") != std::string_view::npos) {
            goes_on = parser.line(line, number);
        }
    }
}

void parse_delimited(Parser& parser, std::string_view body) {
    google::protobuf::io::CodedInputStream in(
        reinterpret_cast<const std::uint8_t*>(body.data()), static_cast<int>(body.size())
    );
    bool goes_on = true;
    while (goes_on && in.CurrentPosition() < static_cast<int>(body.size())) {
        std::uint32_t size = 0;
        bool is_read = in.ReadVarint32(&size);
        auto at = static_cast<std::size_t>(in.CurrentPosition());
        if (!is_read || size > body.size() - at) {
            parser.refuse(
                {Errc::bad_message,
                 "the body ends within it; each message stands behind its size as a varint"}
            );
            return;
        }
        goes_on = parser.message(body.substr(at, size));
        in.Skip(static_cast<int>(size));
    }
}

}  // namespace

std::string BulkPlaces::text(std::uint32_t place) const {
    if (form == BulkForm::ndjson && place < lines.size()) {
        return "line " + std::to_string(lines[place]);
    }
    return "message " + std::to_string(place + 1);
}

std::size_t inline_bytes_max(BulkForm form) {
    return form == BulkForm::ndjson ? kInlineParseBytesMax / 8 : kInlineParseBytesMax;
}

Parsed<BulkPlan> parse_bulk_head(const runtime::HttpHead& head) {
    if (head.count("Content-Type") > 1) {
        return Problem{Errc::bad_parameter, "Content-Type is given more than once"};
    }
    if (auto problem = object_to_coding(head)) {
        return std::move(*problem);
    }
    auto form = parse_form(head.find("Content-Type").value_or(""));
    if (auto* problem = std::get_if<Problem>(&form)) {
        return std::move(*problem);
    }
    if (!head.query().empty()) {
        return Problem{
            Errc::bad_parameter,
            "many messages take no parameters; each may have a delay of its own"
        };
    }
    if (head.find("Idempotency-Key")) {
        return Problem{
            Errc::bad_parameter,
            "an Idempotency-Key is of one message; give each an idempotency_key of its own"
        };
    }
    return BulkPlan{std::get<BulkForm>(form), wants_minimal(head)};
}

std::variant<Bulk, BulkProblem>
parse_bulk(BulkForm form, std::string_view body, PartitionId partitions) {
    Parser parser(form, partitions);
    form == BulkForm::ndjson ? parse_lines(parser, body) : parse_delimited(parser, body);
    return parser.take();
}

}  // namespace sfg::ingress
