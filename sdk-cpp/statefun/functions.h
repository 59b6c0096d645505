// Functions: function types bound to callables, and the pure step from a request to its answer.
//
//     constexpr statefun::ValueSpec<std::int32_t> kSeen{"seen"};
//
//     void greet(statefun::Context& context, const statefun::Message& message) {
//         auto seen = context.state(kSeen);
//         std::int32_t times = seen.get().value_or(0) + 1;
//         seen.set(times);
//         context.reply("Hello " + message.as<std::string>() + " for time " +
//                       std::to_string(times));
//     }
//
//     int main() {
//         statefun::Functions functions;
//         functions.bind("example/greeter", {kSeen}, greet);
//         return statefun::serve(functions, 8000);   // serve.h
//     }
//
// Threads:    bind() before the first handle(); then handle() from any threads at once, as far as
//             the callables allow it.
// Invariants: handle() has no memory: everything a function may remember between calls is its
//             state, because a call may be repeated and any process may get the next one.
// Errors:     bind() throws std::invalid_argument at start-up for what can never work. handle()
//             never throws: an exception of a function is an error of the whole batch, none of
//             whose effects count; the gateway retries it.
#pragma once

#include "protocol/result.h"

#include "statefun/context.h"
#include "statefun/message.h"
#include "statefun/state.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace statefun {

using Function = std::function<void(Context& context, const Message& message)>;

enum class HandlerErrorKind : std::uint8_t {
    bad_request,       // The bytes are not a ToFunction with a target and messages.
    unknown_function,  // Nothing is bound to the target's type.
    function_failed,   // A function threw, or its answer cannot be encoded.
};

struct HandlerError {
    HandlerErrorKind kind{};
    std::string reason;

    // What a host should answer: 400 for bytes that are not ours, else 500, which every StateFun
    // runtime retries.
    [[nodiscard]] int http_status() const {
        return kind == HandlerErrorKind::bad_request ? 400 : 500;
    }
};

class Functions {
public:
    // Binds "namespace/name" with the states that it uses. Binding a type twice is an error.
    void bind(std::string_view type_name, std::vector<StateSpec> states, Function function);

    // The bytes of a ToFunction in, those of a FromFunction out. If the gateway did not send every
    // declared state, the answer names the missing ones and no function runs: it will call again.
    [[nodiscard]] sfg::Result<std::string, HandlerError> handle(std::string_view to_function) const;

private:
    struct Binding {
        std::vector<StateSpec> states;
        Function function;
    };

    std::unordered_map<TypeName, Binding> bindings_;
};

}  // namespace statefun
