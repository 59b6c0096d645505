// What the HTTP server and its handlers say to each other. Nothing here knows a domain.
//
// An exchange is one request and its answer. The handler decides after the head alone whether the
// body may come and where it is put, gets the request when it is complete, and answers whenever it
// likes; the answers of a connection leave in the order of its requests.
//
// Threads:    the loop's.
// Lifetime:   an HttpHead and its views are valid during on_head. A context belongs to the exchange
//             from on_head on, and to the handler from on_request on.
// Invariants: an ExchangeId is not given twice in the life of a server, and is never 0; servers
//             with different `space` never give the same one.
#pragma once

#include "protocol/errors.h"
#include "protocol/shared_bytes.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sfg::runtime {

// space (4 bits), connection slot (16), number on that slot (44).
enum class ExchangeId : std::uint64_t {};

[[nodiscard]] constexpr unsigned space_of(ExchangeId id) {
    return static_cast<unsigned>(static_cast<std::uint64_t>(id) >> 60U);
}

[[nodiscard]] constexpr std::size_t slot_of(ExchangeId id) {
    return static_cast<std::size_t>(static_cast<std::uint64_t>(id) >> 44U) & 0xffffU;
}

struct HttpField {
    std::string_view name;
    std::string_view value;
};

struct HttpHead {
    std::string_view method;
    std::string_view target;
    bool http10 = false;
    bool keep_alive = true;
    // Nothing: chunks, of a length that only their end tells. A request without a body has 0.
    std::optional<std::uint64_t> content_length = 0;
    std::vector<HttpField> fields;

    // The first value of a field, and how often the field is there. Names in any case.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    [[nodiscard]] std::size_t count(std::string_view name) const;

    // The target without scheme, host and query; and the query without its `?`.
    [[nodiscard]] std::string_view path() const;
    [[nodiscard]] std::string_view query() const;
};

// Whether two names are the same but for the case of ASCII letters.
[[nodiscard]] bool same_name(std::string_view a, std::string_view b);
// The same for a beginning.
[[nodiscard]] bool has_prefix(std::string_view text, std::string_view prefix);
// Without blanks and tabs at its ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);

struct HttpResponse {
    int status = 200;
    std::string_view media_type;  // A literal; empty: no Content-Type but one that was added.
    std::string fields;           // Further lines; see add().
    std::string body;
    // A large body that is not copied: `shared_body` is part of `owner`. Used if not empty.
    SharedBytes owner;
    std::string_view shared_body;
    bool tell_written = false;  // Ask for on_written.
    // The body goes on: HttpServer::stream appends to it, until the client goes or is cut off. No
    // further request of the connection is read.
    bool streams = false;

    // Appends a header field. Control characters, which would end the line, are percent-encoded.
    void add(std::string_view name, std::string_view value);

    [[nodiscard]] std::string_view content() const {
        return shared_body.empty() ? std::string_view(body) : shared_body;
    }
};

// An answer of problem+json with the status of the problem's code.
[[nodiscard]] HttpResponse problem_response(const Problem& problem);

// What a handler keeps of a request between its head and its body.
class HttpContext {
public:
    HttpContext() = default;
    HttpContext(const HttpContext&) = delete;
    HttpContext& operator=(const HttpContext&) = delete;
    virtual ~HttpContext() = default;
};

// The body goes where HttpHandler::place says. Requires: its length is known.
struct BodyInPlace {};

// The body is collected, up to a limit; past it the client gets 413.
struct BodyCollected {
    std::size_t bytes_max = 0;
};

// How a request goes on after its head. An HttpResponse: it is refused and its body not read.
struct BodyPlan {
    std::variant<HttpResponse, BodyInPlace, BodyCollected> how;
    std::unique_ptr<HttpContext> context;
};

// Where a body of known length goes: bytes[at, at + content_length).
struct BodyPlace {
    SharedBytes bytes;
    std::size_t at = 0;
};

// A complete body. `bytes` are the handler's own ones if the body went in place.
struct HttpBody {
    SharedBytes bytes;
    std::string text;  // A chunked body.

    [[nodiscard]] std::string_view view() const {
        return bytes.empty() ? std::string_view(text) : bytes.view();
    }
};

// What became of a piece of a body that goes on.
enum class Streamed : std::uint8_t {
    taken,
    full,  // The client does not read; the piece is not taken.
    gone,
};

// Whether the connection's next request may be read already.
enum class Next : std::uint8_t {
    proceed,
    hold,  // Not before HttpServer::resume or respond for this exchange.
};

class HttpHandler {
public:
    virtual ~HttpHandler() = default;

    // The head of a request is complete.
    virtual BodyPlan on_head(const HttpHead& head, ExchangeId id) = 0;

    // Memory for a body that goes in place: called once it may be read. `context` is on_head's.
    virtual BodyPlace place(HttpContext& context, std::size_t content_length) = 0;

    // The request is complete. May call respond() at once or later.
    virtual Next on_request(ExchangeId id, HttpBody body, std::unique_ptr<HttpContext> context) = 0;

    // The client is gone before the answer; respond() would be in vain.
    virtual void on_gone(ExchangeId id) = 0;

    // The answer (with tell_written) was handed to the client's socket as a whole, or cannot be.
    virtual void on_written(ExchangeId /*id*/, bool /*ok*/) {}
};

}  // namespace sfg::runtime
