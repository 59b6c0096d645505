#include "protocol/module_names.h"

#include "protocol/limits.h"
#include "protocol/module_spec.h"
#include "protocol/yaml_hints.h"

#include <string>

namespace sfg::module_reader {
namespace {

bool has_outer_blank(std::string_view text) {
    return text.starts_with(' ') || text.ends_with(' ') || text.starts_with('\t') ||
           text.ends_with('\t') || text.ends_with('\n');
}

// Why a name of two parts is refused all the same; empty if it is not.
std::string name_problem(const TypeName& name, std::string_view what) {
    if (name.ns.find('*') != std::string::npos || name.name.find('*') != std::string::npos) {
        return "a pattern, not " + std::string(what);
    }
    if (name.ns == kGatewayNamespace) {
        return "the namespace " + std::string(kGatewayNamespace) + " is reserved for the gateway";
    }
    if (name.ns.size() > kNameBytesMax || name.name.size() > kNameBytesMax) {
        return "a part is longer than " + std::to_string(kNameBytesMax) + " bytes";
    }
    return {};
}

}  // namespace

std::optional<TypeName> split_name(std::string_view text) {
    while (text.ends_with('/')) {
        text.remove_suffix(1);
    }
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == text.size() ||
        text.find('/', slash + 1) != std::string_view::npos) {
        return std::nullopt;
    }
    return TypeName{std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
}

std::optional<TypeName>
read_name(Report& report, const Place& place, std::string_view text, std::string_view what) {
    std::optional<TypeName> name = split_name(text);
    std::string problem = name ? name_problem(*name, what) : "not a name of two parts";
    if (!problem.empty()) {
        const std::string_view hint = template_hint(text);
        problem += hint.empty() ? "" : " (" + std::string(hint) + ")";
        report.error(
            place,
            problem + "; accepted: namespace/name of " + std::string(what),
            {"\"" + shortened(text) + "\"", {}}
        );
        return std::nullopt;
    }
    doubt_name(report, place, text);
    return name;
}

void doubt_name(Report& report, const Place& place, std::string_view text) {
    const Seen seen{"\"" + shortened(text) + "\"", {}};
    if (text.ends_with('/')) {
        report.warning(place, "the slash at the end does not count", seen);
    }
    if (has_outer_blank(text)) {
        report.warning(place, "the blank at its edge is part of the name", seen);
    }
}

}  // namespace sfg::module_reader
