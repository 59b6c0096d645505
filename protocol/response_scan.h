// The usual answer, read without building its protobuf objects.
//
// An answer of a function is nearly always a result with states, messages and egress records, each
// field once and nothing that we do not know. Those are taken from the bytes directly, at a fifth
// of the cost. Whatever else it is (a field twice, an unknown one, delayed messages, text that is
// not UTF-8, a missing state, bytes that are no FromFunction), the general reader decides: nothing
// is refused here.
//
// Threads:  pure function.
// Invariants: what it returns is what the general reader would; codec_test.cc compares them.
#pragma once

#include "protocol/codec.h"

#include <string_view>

namespace sfg {

// Fills the result, which is empty before. False: the general reader is to look at the answer, and
// what is in the result means nothing.
[[nodiscard]] bool
scan_result(const Address& self, PartitionId home, std::string_view body, InvocationResult& result);

}  // namespace sfg
