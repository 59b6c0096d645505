// Egress lanes: which of an egress's records are read independently of the others.
//
// The playground egress has one lane per topic, so it is the only one whose records are looked
// into; every other egress has one lane, named by the empty string.
//
// Threads: pure functions. A large record takes a while: it is a helper's work, as its response is.
// Limits:  nothing is built of a record but its topic; what is not flat ends the look at once.
// Source:  StateFun's playground: typename io.statefun.playground/EgressRecord, the value JSON
//          {"topic": string, "payload": string} and nothing else.
#pragma once

#include "protocol/address.h"

#include <optional>
#include <string>
#include <string_view>

namespace sfg {

// The lane of a record; nothing if the record can't be delivered to that egress at all, with the
// reason. Only the playground egress looks into its records.
struct LaneChoice {
    std::optional<std::string> lane;
    std::string reason;
};

[[nodiscard]] LaneChoice choose_lane(const TypeName& egress, std::string_view typed_value);

}  // namespace sfg
