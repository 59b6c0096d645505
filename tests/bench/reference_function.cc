// The reference function server of the benchmark. FROZEN: every figure of the benchmark is a ratio
// to this program's CPU, so a change here, also a better one, makes old and new figures
// incomparable. If it must change, change the name of the program too and report both for a while.
//
// Plain protobuf and plain Beast, one thread, no SDK, no tricks: what a competent person writes in
// an afternoon. It depends on nothing of ours but the protocol's generated messages.
//
//   bench/counter  state `count` (long): adds one per message; answers a caller with the new count
//   bench/greeter  state `seen` (int): answers a caller, or else the egress, with a greeting
#include "protocol/request_reply.pb.h"
#include "protocol/types.pb.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace wire = io::statefun::sdk::reqreply;
namespace types = io::statefun::sdk::types;
using asio::ip::tcp;
using boost::system::error_code;
using Batch = wire::ToFunction::InvocationBatchRequest;
using Effects = wire::FromFunction::InvocationResponse;

constexpr std::uint64_t kBodyBytesMax = 64 * 1024 * 1024;

const wire::ToFunction::PersistedValue* find_state(const Batch& batch, const char* name) {
    for (const auto& entry : batch.state()) {
        if (entry.state_name() == name) {
            return &entry;
        }
    }
    return nullptr;
}

void ask_for(const char* name, const char* type_name, wire::FromFunction& answer) {
    auto& spec = *answer.mutable_incomplete_invocation_context()->add_missing_values();
    spec.set_state_name(name);
    spec.set_type_typename(type_name);
}

template <typename Wrapper>
auto value_of(const wire::ToFunction::PersistedValue& entry) {
    Wrapper wrapper;
    if (entry.state_value().has_value()) {
        wrapper.ParseFromString(entry.state_value().value());
    }
    return wrapper.value();
}

template <typename Wrapper, typename Value>
void put(wire::TypedValue& to, const char* type_name, const Value& value) {
    Wrapper wrapper;
    wrapper.set_value(value);
    to.set_typename_(type_name);
    to.set_has_value(true);
    wrapper.SerializeToString(to.mutable_value());
}

template <typename Wrapper, typename Value>
void modify(Effects& effects, const char* name, const char* type_name, const Value& value) {
    auto& mutation = *effects.add_state_mutations();
    mutation.set_mutation_type(wire::FromFunction::PersistedValueMutation::MODIFY);
    mutation.set_state_name(name);
    put<Wrapper>(*mutation.mutable_state_value(), type_name, value);
}

void count(const Batch& batch, wire::FromFunction& answer) {
    const char* type_name = "io.statefun.types/long";
    const auto* state = find_state(batch, "count");
    if (state == nullptr) {
        return ask_for("count", type_name, answer);
    }
    auto& effects = *answer.mutable_invocation_result();
    std::int64_t count = value_of<types::LongWrapper>(*state);
    for (const auto& invocation : batch.invocations()) {
        ++count;
        if (invocation.has_caller()) {
            auto& reply = *effects.add_outgoing_messages();
            *reply.mutable_target() = invocation.caller();
            put<types::LongWrapper>(*reply.mutable_argument(), type_name, count);
        }
    }
    modify<types::LongWrapper>(effects, "count", type_name, count);
}

void greet(const Batch& batch, wire::FromFunction& answer) {
    const char* type_name = "io.statefun.types/int";
    const auto* state = find_state(batch, "seen");
    if (state == nullptr) {
        return ask_for("seen", type_name, answer);
    }
    auto& effects = *answer.mutable_invocation_result();
    std::int32_t seen = value_of<types::IntWrapper>(*state);
    for (const auto& invocation : batch.invocations()) {
        ++seen;
        const std::string greeting =
            "Hello " + batch.target().id() + " for time " + std::to_string(seen);
        if (invocation.has_caller()) {
            auto& reply = *effects.add_outgoing_messages();
            *reply.mutable_target() = invocation.caller();
            put<types::StringWrapper>(
                *reply.mutable_argument(), "io.statefun.types/string", greeting
            );
        } else {
            auto& record = *effects.add_outgoing_egresses();
            record.set_egress_namespace("io.statefun.playground");
            record.set_egress_type("egress");
            record.mutable_argument()->set_typename_("io.statefun.playground/EgressRecord");
            record.mutable_argument()->set_has_value(true);
            record.mutable_argument()->set_value(
                R"({"topic":"greetings","payload":")" + greeting + "\"}"
            );
        }
    }
    modify<types::IntWrapper>(effects, "seen", type_name, seen);
}

// The answer to a ToFunction; nothing if it is not one for us.
std::optional<std::string> answer_to(const std::string& body) {
    wire::ToFunction request;
    wire::FromFunction answer;
    if (!request.ParseFromString(body)) {
        return std::nullopt;
    }
    const auto& target = request.invocation().target();
    if (target.namespace_() == "bench" && target.type() == "counter") {
        count(request.invocation(), answer);
    } else if (target.namespace_() == "bench" && target.type() == "greeter") {
        greet(request.invocation(), answer);
    } else {
        return std::nullopt;
    }
    return answer.SerializeAsString();
}

class Connection : public std::enable_shared_from_this<Connection> {
public:
    explicit Connection(tcp::socket socket) : socket_(std::move(socket)) {}

    void read() {
        parser_.emplace();
        parser_->body_limit(kBodyBytesMax);
        http::async_read(
            socket_,
            buffer_,
            *parser_,
            [self = shared_from_this()](error_code error, std::size_t) {
                if (!error) {
                    self->write();
                }
            }
        );
    }

private:
    void write() {
        const auto body = answer_to(parser_->get().body());
        keep_alive_ = parser_->keep_alive();
        out_ = body ? "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
                    : "HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/plain\r\n";
        out_ += "Content-Length: " + std::to_string(body ? body->size() : 0) + "\r\n\r\n";
        out_ += body.value_or("");
        asio::async_write(
            socket_,
            asio::buffer(out_),
            [self = shared_from_this()](error_code error, std::size_t) {
                if (!error && self->keep_alive_) {
                    self->read();
                }
            }
        );
    }

    tcp::socket socket_;
    boost::beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::string_body>> parser_;
    std::string out_;
    bool keep_alive_ = true;
};

void accept(tcp::acceptor& acceptor) {
    acceptor.async_accept([&acceptor](error_code error, tcp::socket socket) {
        if (!error) {
            socket.set_option(tcp::no_delay(true), error);
            std::make_shared<Connection>(std::move(socket))->read();
        }
        accept(acceptor);
    });
}

}  // namespace

// reference_function [port]: serves on the loopback interface, on a free port by default, and
// prints where.
int main(int argc, char** argv) {
    const int port = argc > 1 ? std::atoi(argv[1]) : 0;
    asio::io_context io(1);
    tcp::acceptor acceptor(
        io, {asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)}
    );
    accept(acceptor);
    std::printf("listening on http://127.0.0.1:%u\n", unsigned{acceptor.local_endpoint().port()});
    std::fflush(stdout);
    io.run();
}
