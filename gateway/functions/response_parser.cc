#include "gateway/functions/response_parser.h"

#include "protocol/limits.h"

#include <boost/beast/core/error.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <charconv>

namespace sfg::functions {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

std::string text_of(string_view view) {
    return {view.data(), view.size()};
}

// "timeout=5, max=100". A `max` of 0 says that this was the last answer.
void read_keep_alive(std::string_view value, HttpResponse& response) {
    auto number_after = [&](std::string_view key) -> std::optional<std::uint32_t> {
        std::size_t at = value.find(key);
        std::uint32_t number = 0;
        if (at == std::string_view::npos) {
            return std::nullopt;
        }
        std::string_view rest = value.substr(at + key.size());
        auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), number);
        return parsed.ec == std::errc{} ? std::optional(number) : std::nullopt;
    };
    if (auto seconds = number_after("timeout=")) {
        response.keep_alive_timeout = std::chrono::seconds(*seconds);
    }
    if (number_after("max=") == 0U) {
        response.keep_alive_timeout = std::chrono::seconds(0);
    }
}

}  // namespace

class ResponseParser::Parser final : public http::basic_parser<false> {
public:
    Parser(HttpResponse& response, BodySink& sink) : response_(response), sink_(sink) {
        header_limit(kHeaderBytesMax);
        body_limit(boost::none);
        eager(false);
    }

private:
    void on_request_impl(http::verb, string_view, string_view, int, error_code&) override {}

    void on_response_impl(int status, string_view reason, int, error_code&) override {
        response_.status = status;
        response_.status_text = text_of(reason);
    }

    void on_field_impl(http::field name, string_view, string_view value, error_code&) override {
        if (is_trailer_) {
            return;
        }
        switch (name) {
            case http::field::content_type:
                // Two such fields are one list.
                response_.content_type = response_.content_type
                                             ? *response_.content_type + ", " + text_of(value)
                                             : text_of(value);
                break;
            case http::field::transfer_encoding:
                response_.transfer_encoding = text_of(value);
                break;
            case http::field::content_encoding:
                response_.content_encoding += response_.content_encoding.empty() ? "" : ", ";
                response_.content_encoding += text_of(value);
                break;
            case http::field::location:
                response_.location = text_of(value);
                break;
            case http::field::retry_after:
                response_.retry_after = text_of(value);
                break;
            case http::field::keep_alive:
                read_keep_alive({value.data(), value.size()}, response_);
                break;
            default:
                break;
        }
    }

    void on_header_impl(error_code&) override { is_trailer_ = true; }

    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}

    std::size_t on_body_impl(string_view body, error_code& error) override {
        return take(body, error);
    }

    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}

    std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code& error) override {
        return take(body, error);
    }

    void on_finish_impl(error_code&) override {}

    std::size_t take(string_view body, error_code& error) {
        if (!sink_.take({body.data(), body.size()})) {
            error = http::error::body_limit;
        }
        return body.size();
    }

    HttpResponse& response_;
    BodySink& sink_;
    bool is_trailer_ = false;
};

// Where one parser after another is made: Beast's are for one message.
struct ResponseParser::Place {
    std::optional<Parser> parser;
};

ResponseParser::ResponseParser(HttpResponse& response, BodySink& sink)
    : response_(response),
      sink_(sink),
      place_(std::make_unique<Place>()) {}

ResponseParser::~ResponseParser() = default;

void ResponseParser::begin() {
    place_->parser.emplace(response_, sink_);
    was_header_done_ = false;
}

ResponseParser::Step ResponseParser::put(std::string_view bytes) {
    error_code error;
    taken_ = place_->parser->put({bytes.data(), bytes.size()}, error);
    if (error == http::error::need_more) {
        return Step::need_more;
    }
    if (error == http::error::header_limit) {
        return Step::header_too_long;
    }
    if (error == http::error::body_limit) {
        return Step::body_too_long;
    }
    if (error) {
        error_ = error.message();
        return Step::malformed;
    }
    if (place_->parser->is_header_done() && !was_header_done_) {
        was_header_done_ = true;
        return Step::header;
    }
    return place_->parser->is_done() ? Step::complete : Step::part;
}

bool ResponseParser::is_complete() const {
    return place_->parser->is_done();
}

bool ResponseParser::keep_alive() const {
    return place_->parser->keep_alive();
}

bool ResponseParser::needs_end() const {
    return place_->parser->need_eof();
}

std::optional<std::uint64_t> ResponseParser::content_length() const {
    auto length = place_->parser->content_length();
    return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

}  // namespace sfg::functions
