// operator_query: the query of an operator's request: its parameters, and the action that it names.
//
// Threads: any.
#pragma once

#include "gateway/ingress/request.h"
#include "protocol/errors.h"

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sfg::admin {

using ingress::Parsed;

using Values = std::map<std::string, std::string_view>;

// The parameters, as they stand: a value may be a path, whose parts are encoded apart.
[[nodiscard]] Parsed<Values>
parameters(std::string_view query, const std::vector<std::string_view>& known);

[[nodiscard]] std::optional<Problem> object_to_parameters(std::string_view query);

// ?cursor= and ?limit=, if they are there.
[[nodiscard]] std::optional<Problem>
read_page(const Values& values, std::string& cursor, std::size_t& limit);

template <typename Action>
struct Named {
    std::string_view name;
    Action action;
};

template <typename Action>
struct Order {
    Action action;
    std::string about;
};

// ?action=, and where the action is about one thing of many the parameter that names it.
template <typename Action, std::size_t N>
[[nodiscard]] Parsed<Order<Action>> parse_order(
    std::string_view query,
    const std::array<Named<Action>, N>& actions,
    std::string_view about = "message"
) {
    auto parsed = parameters(query, {"action", about});
    if (auto* problem = std::get_if<Problem>(&parsed)) {
        return std::move(*problem);
    }
    auto& values = std::get<0>(parsed);
    std::string names;
    for (const Named<Action>& named : actions) {
        names += (names.empty() ? "" : ", ") + std::string(named.name);
        if (values.contains("action") && values["action"] == named.name) {
            std::string named_one = percent_decode(values[std::string(about)]).value_or("");
            return Order<Action>{named.action, std::move(named_one)};
        }
    }
    return Problem{Errc::bad_parameter, "action is one of " + names};
}

}  // namespace sfg::admin
