// What the tests of the module reader share: loading a text, and comparing its reports.
//
// Threads:  one test.
#pragma once

#include "protocol/module_spec.h"

#include <string>
#include <string_view>
#include <vector>

namespace sfg::test {

// One report that must be there: "error 3 spec.functions" (severity, line, key path) and a part of
// its one-line text.
struct Expected {
    std::string head;
    std::string part;
};

// Loads one text as "m.yaml". Every file that it names is readable.
[[nodiscard]] LoadedModules load(std::string_view text);

// The only endpoint of a text that has no errors.
[[nodiscard]] EndpointSpec load_endpoint(std::string_view text);

// An endpoint document with `transport` (lines with two more blanks than their own) below its spec.
[[nodiscard]] EndpointSpec with_transport(std::string_view transport);

// Checks that there are exactly these reports, in this order.
void check_reports(const LoadedModules& loaded, const std::vector<Expected>& expected);

// The severity, line and key path of a report.
[[nodiscard]] std::string head_of(const Diagnostic& diagnostic);

}  // namespace sfg::test
