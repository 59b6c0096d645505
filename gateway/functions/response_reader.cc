#include "gateway/functions/response_reader.h"

#include "gateway/functions/body_sink.h"
#include "gateway/functions/other_protocol.h"
#include "gateway/functions/response_parser.h"
#include "protocol/limits.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace sfg::functions {
namespace {

// Most answers, header and body, fit into the first read.
constexpr std::size_t kBufferBytes = 4 * kKiB;
// Beast judges the header by its limit; the buffer has room for it to see that one is over.
constexpr std::size_t kBufferBytesMax = kHeaderBytesMax + kBufferBytes;
// Growing the body step by step keeps a claimed length from costing memory.
constexpr std::size_t kGrowBytes = 256 * kKiB;
constexpr const char* kLongHeader = "sent a header of over 64 KiB";

}  // namespace

struct ResponseReader::Parts {
    HttpResponse response;
    TroubleReport trouble;
    BodySink sink{response};
    ResponseParser parser{response, sink};
    std::vector<char> buffer = std::vector<char>(kBufferBytes);
    std::size_t from = 0;  // Bytes of the buffer that are not parsed yet: [from, to).
    std::size_t to = 0;
    std::size_t direct_left = 0;  // Of an accepted body: bytes that are still to come.
    std::size_t direct_at = 0;    // How much of the body's memory is filled.
    std::size_t interim = 0;
    bool has_bytes = false;
    bool is_direct = false;
    bool is_waiting = false;  // For more bytes before anything else can be parsed.
    bool is_header_known = false;

    State parse();
    State parse_step();
    State header_done();
    State start_direct(std::uint64_t length);
    State finish(bool keep_alive);
    State fail(Trouble trouble_kind, std::string what);
    State malformed();

    [[nodiscard]] std::string_view unparsed() const { return {buffer.data() + from, to - from}; }

    [[nodiscard]] std::size_t body_bytes() const {
        return is_direct ? direct_at : response.body.size();
    }

    void make_room();
};

ResponseReader::ResponseReader() : parts_(std::make_unique<Parts>()) {}

ResponseReader::~ResponseReader() = default;

void ResponseReader::begin(std::size_t body_bytes_max) {
    Parts& parts = *parts_;
    parts.response = HttpResponse{};
    parts.trouble = TroubleReport{};
    parts.sink.begin(body_bytes_max);
    parts.parser.begin();
    parts.from = parts.to = parts.direct_left = parts.direct_at = parts.interim = 0;
    parts.has_bytes = parts.is_direct = parts.is_header_known = false;
}

void ResponseReader::rest() {
    Parts& parts = *parts_;
    parts.response = HttpResponse{};
    if (parts.buffer.size() > kBufferBytes) {
        parts.buffer = std::vector<char>(kBufferBytes);
    }
    parts.from = parts.to = 0;
    parts.is_direct = false;
}

ResponseReader::Space ResponseReader::space() {
    Parts& parts = *parts_;
    if (parts.is_direct) {
        std::string& body = parts.response.body;
        if (parts.direct_at == body.size()) {
            body.resize(body.size() + std::min(parts.direct_left, kGrowBytes));
        }
        return {body.data() + parts.direct_at, body.size() - parts.direct_at};
    }
    parts.make_room();
    return {parts.buffer.data() + parts.to, parts.buffer.size() - parts.to};
}

ResponseReader::State ResponseReader::received(std::size_t bytes) {
    Parts& parts = *parts_;
    parts.has_bytes = parts.has_bytes || bytes != 0;
    if (parts.is_direct) {
        parts.direct_at += bytes;
        parts.direct_left -= bytes;
        return parts.direct_left == 0 ? parts.finish(parts.parser.keep_alive()) : State::more;
    }
    parts.to += bytes;
    return parts.parse();
}

ResponseReader::State ResponseReader::ended(End end) {
    Parts& parts = *parts_;
    std::string how = end == End::reset ? "reset" : "closed";
    if (!parts.has_bytes) {
        return parts.fail(Trouble::disconnected, how + " the connection before it answered");
    }
    if (is_refusal()) {
        return parts.finish(false);
    }
    bool until_end = parts.is_header_known && !parts.is_direct && parts.parser.needs_end();
    if (until_end && end == End::clean) {
        return parts.finish(false);
    }
    if (end == End::truncated) {
        how += " (without the close_notify of TLS)";
    }
    if (!parts.is_header_known) {
        return parts.fail(
            Trouble::cut_off, how + " the connection inside the header of its answer"
        );
    }
    return parts.fail(
        Trouble::cut_off,
        how + " the connection inside its answer, after " + std::to_string(parts.body_bytes()) +
            " bytes of the body"
    );
}

std::string ResponseReader::progress_text() const {
    const Parts& parts = *parts_;
    if (!parts.has_bytes) {
        return "nothing of an answer has come";
    }
    if (!parts.is_header_known) {
        return "the header of its answer is not complete";
    }
    return "of its answer's body " + std::to_string(parts.body_bytes()) + " bytes have come";
}

bool ResponseReader::has_bytes() const {
    return parts_->has_bytes;
}

bool ResponseReader::is_refusal() const {
    return parts_->is_header_known && !is_accepted(parts_->response);
}

std::size_t ResponseReader::claim() const {
    const Parts& parts = *parts_;
    bool is_known = parts.is_direct && parts.response.coding == ContentCoding::identity;
    std::size_t size = parts.body_bytes() + parts.direct_left;
    return is_known || size <= kLargeBodyBytes ? size : parts.sink.bytes_max();
}

HttpResponse& ResponseReader::response() {
    return parts_->response;
}

const TroubleReport& ResponseReader::trouble() const {
    return parts_->trouble;
}

bool ResponseReader::has_leftover() const {
    return parts_->from != parts_->to;
}

ResponseReader::State ResponseReader::Parts::parse() {
    bool is_first = !is_header_known && interim == 0 && from == 0;
    if (is_first && may_be_other_protocol(unparsed())) {
        return State::more;  // It cannot be HTTP/1.x; wait for what names it.
    }
    if (is_first && !other_protocol(unparsed()).empty()) {
        return fail(Trouble::other_protocol, std::string(other_protocol(unparsed())));
    }
    State state = State::more;
    is_waiting = false;
    while (state == State::more && !is_waiting && !is_direct && from < to) {
        state = parse_step();
    }
    return state;
}

// One part of the message: the header, some of the body, a chunk's header.
ResponseReader::State ResponseReader::Parts::parse_step() {
    using Step = ResponseParser::Step;
    Step step = parser.put(unparsed());
    from += parser.taken();
    switch (step) {
        case Step::need_more:
            is_waiting = true;
            return from == 0 && to >= kBufferBytesMax ? fail(Trouble::too_long, kLongHeader)
                                                      : State::more;
        case Step::header:
            return header_done();
        case Step::part:
            return sink.is_drained() ? finish(false) : State::more;
        case Step::complete:
            return finish(parser.keep_alive());
        case Step::header_too_long:
            return fail(Trouble::too_long, kLongHeader);
        case Step::body_too_long:
            return fail(Trouble::too_long, sink.limit_text("a longer body"));
        case Step::malformed:
            return malformed();
    }
    return State::bad;
}

ResponseReader::State ResponseReader::Parts::header_done() {
    if (response.status / 100 == 1) {
        if (response.status == 101) {
            return fail(Trouble::malformed, "answered 101, a change of protocol nobody asked for");
        }
        if (++interim > kInterimAnswersMax) {
            return fail(Trouble::malformed, "sent more than 16 interim (1xx) answers");
        }
        response = HttpResponse{};
        parser.begin();
        return State::more;
    }
    is_header_known = true;
    if (auto objection = object_to_codings(response); objection && is_accepted(response)) {
        return fail(Trouble::bad_encoding, std::move(*objection));
    }
    auto coding = parse_coding(response.content_encoding);
    response.coding = coding.value_or(ContentCoding::identity);
    sink.header_known();
    if (parser.is_complete()) {
        return finish(parser.keep_alive());
    }
    auto length = parser.content_length();
    if (length && is_accepted(response)) {
        return start_direct(*length);
    }
    return State::more;
}

// From here on the parser is not needed: what comes is the body, exactly so many bytes.
ResponseReader::State ResponseReader::Parts::start_direct(std::uint64_t length) {
    if (length > sink.wire_bytes_max()) {
        return fail(
            Trouble::too_long, sink.limit_text("a body of " + std::to_string(length) + " bytes")
        );
    }
    auto size = static_cast<std::size_t>(length);
    std::size_t here = std::min(size, to - from);
    response.body.reserve(size);
    response.body.assign(buffer.data() + from, here);
    from += here;
    direct_at = here;
    direct_left = size - here;
    is_direct = true;
    return direct_left == 0 ? finish(parser.keep_alive()) : State::more;
}

ResponseReader::State ResponseReader::Parts::finish(bool keep_alive) {
    response.keep_alive = keep_alive;
    return State::done;
}

ResponseReader::State ResponseReader::Parts::fail(Trouble trouble_kind, std::string what) {
    trouble = {trouble_kind, std::move(what)};
    return State::bad;
}

ResponseReader::State ResponseReader::Parts::malformed() {
    std::string what = "sent what is no HTTP/1.x answer (" + parser.error() + ")";
    if (!is_header_known) {
        what += ": \"" + printable(unparsed(), 64) + "\"";
    }
    return fail(Trouble::malformed, std::move(what));
}

void ResponseReader::Parts::make_room() {
    if (from == to) {
        from = to = 0;
    }
    if (to < buffer.size()) {
        return;
    }
    if (from != 0) {
        std::memmove(buffer.data(), buffer.data() + from, to - from);
        to -= from;
        from = 0;
        return;
    }
    buffer.resize(std::min(buffer.size() * 2, kBufferBytesMax));
}

}  // namespace sfg::functions
