// How the functions of a simulation misbehave: responses that must not be accepted.
#include "tests/simulation/call_audit.h"
#include "tests/simulation/model_functions.h"

#include <limits>

namespace sfg::sim {

std::string ModelFunctions::spoil(wire::FromFunction& response) {
    response.mutable_invocation_result();
    switch (random_.below(9)) {
        case 0:
            test::set_state(response, "unheard-of", "1");
            return "an undeclared state";
        case 1:
            test::set_state(response, "n", "1");
            response.mutable_invocation_result()
                ->mutable_state_mutations()
                ->rbegin()
                ->mutable_state_value()
                ->set_typename_("t/other");
            return "a state of another type";
        case 2:
            test::send(response, {{"", "f"}, "0"}, "no namespace");
            return "a message without a target";
        case 3:
            test::send(response, {{kCallType.ns, "other"}, "0"}, "reserved");
            return "a message to a reserved type";
        case 4:
            test::cancel(response, "");
            return "a cancel of no token";
        case 5:
            test::send_after(response, "0", "in the past", -1);
            return "a negative delay";
        case 6:
            test::send_after(response, "0", "never", std::numeric_limits<std::int64_t>::max());
            return "a delay without an end";
        case 7:
            test::send_after(response, "0", "once", 1, "twice");
            test::send_after(response, "0", "again", 1, "twice");
            return "a token that is used twice";
        default:
            response.mutable_invocation_result()->add_outgoing_egresses();
            return "a record without an egress";
    }
}

}  // namespace sfg::sim
