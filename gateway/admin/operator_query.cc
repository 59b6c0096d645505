#include "gateway/admin/operator_query.h"

#include <algorithm>
#include <charconv>

namespace sfg::admin {

Parsed<Values> parameters(std::string_view query, const std::vector<std::string_view>& known) {
    Values found;
    while (!query.empty()) {
        std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        std::string name(pair.substr(0, pair.find('=')));
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            return Problem{Errc::bad_parameter, "there is no parameter '" + name + "' here"};
        }
        std::string_view value = pair.substr(std::min(pair.size(), name.size() + 1));
        if (!found.emplace(std::move(name), value).second) {
            return Problem{Errc::bad_parameter, "a parameter is given twice"};
        }
    }
    return found;
}

std::optional<Problem> object_to_parameters(std::string_view query) {
    auto none = parameters(query, {});
    auto* problem = std::get_if<Problem>(&none);
    return problem == nullptr ? std::nullopt : std::optional(std::move(*problem));
}

std::optional<Problem> read_page(const Values& values, std::string& cursor, std::size_t& limit) {
    if (auto given = values.find("cursor"); given != values.end()) {
        cursor = percent_decode(given->second).value_or("?");
    }
    if (auto given = values.find("limit"); given != values.end()) {
        std::string_view text = given->second;
        auto end = std::from_chars(text.data(), text.data() + text.size(), limit);
        if (end.ec != std::errc{} || end.ptr != text.data() + text.size() || limit == 0) {
            return Problem{Errc::bad_parameter, "limit is a number from 1"};
        }
    }
    return std::nullopt;
}

}  // namespace sfg::admin
