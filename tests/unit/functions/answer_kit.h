// What tests of answers share: scripts and bodies.
//
// Threads:  pure functions.
#pragma once

#include "tests/support/scripted_server.h"

#include <cstddef>
#include <string>

namespace sfg::test {

// The same script for every request.
[[nodiscard]] inline ScriptedServer::Answer always(Script script) {
    return [script = std::move(script)](const SeenRequest&) {
        return script;
    };
}

// A result without effects of exactly so many bytes, at least 2 MiB: an unknown field fills it.
[[nodiscard]] inline std::string result_of_size(std::size_t size) {
    std::string body = empty_result() + '\x0a';
    std::size_t rest = size - body.size() - 4;  // Lengths from 2^21 to 2^28 take four bytes.
    for (std::size_t left = rest, i = 0; i < 4; ++i, left >>= 7U) {
        body += static_cast<char>((left & 0x7fU) | (i < 3 ? 0x80U : 0U));
    }
    return body.append(rest, 'x');
}

}  // namespace sfg::test
