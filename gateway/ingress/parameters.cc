#include "gateway/ingress/request.h"
#include "protocol/duration.h"

#include <algorithm>

namespace sfg::ingress {

Parsed<Parameters> parse_parameters(std::string_view query, std::chrono::milliseconds otherwise) {
    Parameters parameters{otherwise, std::nullopt};
    bool has_timeout = false;
    while (!query.empty()) {
        std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        auto equals = pair.find('=');
        std::string_view name = pair.substr(0, equals);
        auto value = percent_decode(
            equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1)
        );
        if (name != "timeout" && name != "delay") {
            return Problem{
                Errc::bad_parameter,
                "parameter '" + std::string(name.substr(0, 100)) + "' is not known"
            };
        }
        bool is_again = name == "delay" ? parameters.delay.has_value() : has_timeout;
        if (is_again) {
            return Problem{
                Errc::bad_parameter, "parameter '" + std::string(name) + "' is given twice"
            };
        }
        auto given = value ? parse_duration(*value) : std::nullopt;
        if (name == "delay") {
            if (!given) {
                return Problem{
                    Errc::bad_parameter, "delay must be " + std::string(kDurationAccepted)
                };
            }
            parameters.delay = given;
            continue;
        }
        if (!given || *given <= std::chrono::milliseconds(0) || *given > kReplyTimeoutMax) {
            return Problem{
                Errc::bad_parameter, "timeout must be a duration up to 10min, for example 30s"
            };
        }
        parameters.timeout = *given;
        has_timeout = true;
    }
    return parameters;
}

}  // namespace sfg::ingress
