#include "gateway/runtime/http_parser.h"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace sfg::runtime {

namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using BeastView = boost::beast::string_view;

std::string_view view(BeastView text) {
    return {text.data(), text.size()};
}

struct Span {
    std::size_t at = 0;
    std::size_t size = 0;
};

// What the parser has found so far. Views come last: the arena moves while it grows.
struct Found {
    std::string arena;
    Span method;
    Span target;
    std::vector<std::pair<Span, Span>> fields;
    HttpHead head;

    Span keep(std::string_view text) {
        Span span{arena.size(), text.size()};
        arena += text;
        return span;
    }

    [[nodiscard]] std::string_view at(Span span) const {
        return std::string_view(arena).substr(span.at, span.size);
    }

    void clear() {
        arena.clear();
        fields.clear();
        head.fields.clear();
    }
};

class BeastParser final : public http::basic_parser<true> {
public:
    explicit BeastParser(Found& found) : found_(found) { body_limit(boost::none); }

    // Where chunks go; absent: fields are of the head, not of the trailer.
    std::string* body = nullptr;
    std::size_t body_bytes_max = 0;

    // Whether these bytes can begin the line of a chunk, if one is due. Beast looks at the line
    // only when all of it is there, which may be never.
    [[nodiscard]] bool may_go_on_with(std::string_view bytes) const {
        if (chunk_left_ != 0) {
            return true;
        }
        for (char expected : std::string_view(had_chunk_ ? "\r\n" : "")) {
            if (bytes.empty() || bytes.front() != expected) {
                return bytes.empty();
            }
            bytes.remove_prefix(1);
        }
        std::size_t digits =
            std::min(bytes.find_first_not_of("0123456789abcdefABCDEF"), bytes.size());
        bool has_end = digits < bytes.size();
        return !has_end || (digits > 0 && std::string_view("\r; \t").find(bytes[digits]) !=
                                              std::string_view::npos);
    }

private:
    void on_request_impl(
        http::verb /*verb*/,
        BeastView method,
        BeastView target,
        int version,
        error_code& /*ec*/
    ) override {
        found_.method = found_.keep(view(method));
        found_.target = found_.keep(view(target));
        found_.head.http10 = version == 10;
    }

    void on_response_impl(int /*code*/, BeastView /*reason*/, int /*version*/, error_code& /*ec*/)
        override {}

    void on_field_impl(
        http::field /*field*/,
        BeastView name,
        BeastView value,
        error_code& /*ec*/
    ) override {
        if (body == nullptr) {
            Span kept_name = found_.keep(view(name));
            found_.fields.emplace_back(kept_name, found_.keep(view(value)));
        }
    }

    void on_header_impl(error_code& /*ec*/) override {}

    void on_body_init_impl(
        const boost::optional<std::uint64_t>& /*length*/,
        error_code& /*ec*/
    ) override {}

    std::size_t on_body_impl(BeastView /*bytes*/, error_code& /*ec*/) override { return 0; }

    void on_chunk_header_impl(std::uint64_t size, BeastView /*extensions*/, error_code& ec)
        override {
        // Refuse the chunk that would not fit before any of it is taken.
        if (size > body_bytes_max - body->size()) {
            ec = http::error::body_limit;
        }
        chunk_left_ = size;
        had_chunk_ = true;
    }

    std::size_t on_chunk_body_impl(
        std::uint64_t /*remain*/,
        BeastView bytes,
        error_code& /*ec*/
    ) override {
        body->append(bytes.data(), bytes.size());
        chunk_left_ -= bytes.size();
        return bytes.size();
    }

    void on_finish_impl(error_code& /*ec*/) override {}

    Found& found_;
    std::uint64_t chunk_left_ = 0;
    bool had_chunk_ = false;
};

// The shortest end of a chunked body: "0\r\n\r\n". At least this much follows until it is complete.
constexpr std::size_t kChunksEndBytes = 5;

std::string limit_text(std::string_view what, std::size_t limit) {
    return std::string(what) + " is longer than " + std::to_string(limit) + " bytes";
}

}  // namespace

struct HttpParser::Impl {
    explicit Impl(HeadLimits limits_in) : limits(limits_in) {}

    Step fail(Errc code, std::string detail) {
        problem = {code, std::move(detail)};
        return Step::failed;
    }

    // The limits are our own: Beast counts only what it has not yet taken.
    Step check_size(std::size_t waiting) {
        bool in_target = found.target.size == 0;
        constexpr std::size_t kMethodBytesMax = 32;
        if (found.target.size > limits.target_bytes_max ||
            (in_target && waiting > limits.target_bytes_max + kMethodBytesMax)) {
            return fail(
                Errc::target_too_long, limit_text("the request target", limits.target_bytes_max)
            );
        }
        if (head_bytes + waiting > limits.head_bytes_max) {
            return fail(Errc::header_too_large, limit_text("the header", limits.head_bytes_max));
        }
        return Step::need_more;
    }

    Step finish_head() {
        HttpHead& head = found.head;
        head.method = found.at(found.method);
        head.target = found.at(found.target);
        for (const auto& [name, value] : found.fields) {
            head.fields.push_back({found.at(name), found.at(value)});
        }
        head.keep_alive = parser->keep_alive();
        if (parser->chunked()) {
            head.content_length = std::nullopt;
        } else if (auto length = parser->content_length()) {
            head.content_length = *length;
        } else {
            head.content_length = 0;
        }
        return check_framing(head);
    }

    Step check_framing(const HttpHead& head) {
        std::size_t encodings = head.count("Transfer-Encoding");
        if (encodings > 0 && (head.http10 || encodings > 1 ||
                              !same_name(*head.find("Transfer-Encoding"), "chunked"))) {
            return fail(
                Errc::malformed_request,
                "the only Transfer-Encoding that is understood is one 'chunked', in HTTP/1.1"
            );
        }
        if (!head.http10 && head.count("Host") != 1) {
            return fail(Errc::malformed_request, "a request of HTTP/1.1 has one Host header");
        }
        bool carries = head.method == "POST" || head.method == "PUT" || head.method == "PATCH";
        if (head.http10 && carries && !head.find("Content-Length")) {
            return fail(Errc::length_required, "HTTP/1.0 tells the end of a body by its length");
        }
        return Step::complete;
    }

    // More bytes are needed behind these.
    Step wait_for_chunk(std::string_view bytes) {
        if (!parser->may_go_on_with(bytes)) {
            return fail(Errc::malformed_request, "a chunk's size is not a hexadecimal number");
        }
        return Step::need_more;
    }

    HeadLimits limits;
    Found found;
    std::optional<BeastParser> parser;
    std::size_t head_bytes = 0;
    Problem problem;
};

HttpParser::HttpParser(HeadLimits limits) : impl_(std::make_unique<Impl>(limits)) {
    reset();
}

HttpParser::~HttpParser() = default;

void HttpParser::reset() {
    impl_->found.clear();
    impl_->found.method = {};
    impl_->found.target = {};
    impl_->parser.emplace(impl_->found);
    impl_->parser->header_limit(static_cast<std::uint32_t>(impl_->limits.head_bytes_max));
    impl_->head_bytes = 0;
}

HttpParser::Step HttpParser::parse_head(std::string_view input, std::size_t& consumed) {
    if (input.empty()) {
        return Step::need_more;
    }
    error_code error;
    std::size_t taken = impl_->parser->put({input.data(), input.size()}, error);
    consumed += taken;
    impl_->head_bytes += taken;
    if (error && error != http::error::need_more && error != http::error::header_limit) {
        return impl_->fail(
            Errc::malformed_request, "the header cannot be read: " + error.message()
        );
    }
    bool complete = impl_->parser->is_header_done();
    Step size = impl_->check_size(complete ? 0 : input.size() - taken);
    if (size == Step::failed) {
        return size;
    }
    return complete ? impl_->finish_head() : Step::need_more;
}

const HttpHead& HttpParser::head() const {
    return impl_->found.head;
}

HttpParser::Step HttpParser::parse_chunks(
    std::string_view input,
    std::size_t& consumed,
    std::string& body,
    std::size_t bytes_max
) {
    // Beast asserts on a final chunk that it gets in smaller pieces.
    BeastParser& parser = *impl_->parser;
    if (input.size() < kChunksEndBytes) {
        return impl_->wait_for_chunk(input);
    }
    parser.body = &body;
    parser.body_bytes_max = bytes_max;
    parser.eager(true);
    error_code error;
    std::size_t taken = parser.put({input.data(), input.size()}, error);
    consumed += taken;
    if (error == http::error::body_limit) {
        return impl_->fail(Errc::body_too_large, limit_text("the body", bytes_max));
    }
    if (error && error != http::error::need_more) {
        return impl_->fail(Errc::malformed_request, "a chunk cannot be read: " + error.message());
    }
    return parser.is_done() ? Step::complete : impl_->wait_for_chunk(input.substr(taken));
}

const Problem& HttpParser::problem() const {
    return impl_->problem;
}

}  // namespace sfg::runtime
