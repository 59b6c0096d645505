// RequestTemplate: a request that is built once; only the digits of its ids change afterwards.
//
// Threads:    a value, one per connection.
// Invariants: ids are as long as each other, so lengths and the rest of the bytes never change.
// Limits:     100,000,000 ids.
#pragma once

#include "tests/bench/id_source.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

enum class Mode : std::uint8_t {
    send,      // POST /v1/send to the gateway, answered once the message is durable.
    ndjson,    // The same with many messages in one body, as lines of JSON,
    protobuf,  // or as messages of protobuf behind their sizes.
    call,      // POST /v1/call to the gateway, answered by the function's reply.
    direct,    // A ToFunction with one message, straight to the function server: the ceiling.
};

[[nodiscard]] std::optional<Mode> mode_of(std::string_view name);

// What the requests carry.
struct Content {
    std::string argument;             // The message's value; or, if it is empty,
    std::size_t argument_bytes = 8;   // so many bytes.
    std::size_t state_bytes = 8;      // The entity's state in a direct request.
    std::size_t bulk_messages = 100;  // In one body.
};

class RequestTemplate {
public:
    // For `target` ("bench/counter") at `host` ("127.0.0.1:8070").
    RequestTemplate(
        Mode mode,
        std::string_view host,
        const std::string& target,
        const Content& content
    );

    // The bytes of the whole HTTP request, for the next ids.
    [[nodiscard]] const std::string& next(IdSource& ids);

private:
    std::string bytes_;
    std::vector<std::size_t> digits_at_;  // Of each id.
};

// The modes that an option can name: "send", ...
[[nodiscard]] std::vector<std::string> mode_names();

// Whether the answer is what the mode asks for.
[[nodiscard]] bool is_success(Mode mode, int status, std::string_view body);

}  // namespace bench
