#include "gateway/functions/failure.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace sfg::functions {
namespace {

constexpr std::string_view kMediaType = "application/octet-stream";
constexpr std::size_t kShownHeaderBytes = 120;

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

bool equals_ignoring_case(std::string_view left, std::string_view right) {
    auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    };
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), [&](char a, char b) {
        return lower(a) == lower(b);
    });
}

std::optional<std::chrono::system_clock::time_point> parse_http_date(const std::string& text) {
    // The form to send, and the two that a recipient must still understand (RFC 9110, 5.6.7).
    constexpr std::array kForms{
        "%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"
    };
    for (const char* form : kForms) {
        tm parts{};
        const char* end = strptime(text.c_str(), form, &parts);
        if (end != nullptr && *end == '\0') {
            return std::chrono::system_clock::from_time_t(timegm(&parts));
        }
    }
    return std::nullopt;
}

std::string quoted_body(const HttpResponse& response) {
    if (response.body.empty()) {
        return ", without a body";
    }
    if (response.coding == ContentCoding::identity) {
        return ", body \"" + printable(response.body, kShownBodyBytes) + "\"";
    }
    // Only the beginning of it is there; what comes out of that is good enough to be shown.
    Inflater inflater(response.coding, response.body);
    static_cast<void>(inflater.run(kShownBodyBytes));
    return ", body \"" + printable(inflater.content(), kShownBodyBytes) + "\"";
}

std::string status_line(const HttpResponse& response) {
    std::string text = std::to_string(response.status);
    if (!response.status_text.empty()) {
        text += ' ' + printable(response.status_text, kShownHeaderBytes);
    }
    return text;
}

std::string describe(const HttpResponse& response) {
    std::string text = "answered " + status_line(response);
    int family = response.status / 100;
    if (family == 2) {
        text += response.content_type
                    ? " with Content-Type '" +
                          printable(*response.content_type, kShownHeaderBytes) + "'"
                    : std::string(" without a Content-Type");
        text += " where application/octet-stream is expected";
    }
    if (family == 3) {
        text += response.location.empty()
                    ? ", a redirect without a Location"
                    : ", a redirect to '" + printable(response.location, kShownHeaderBytes) + "'";
        text += " (redirects are not followed)";
    }
    return text + quoted_body(response);
}

}  // namespace

FailureKind kind_of(Trouble trouble) {
    switch (trouble) {
        case Trouble::resolve:
        case Trouble::connect:
        case Trouble::tls:
        case Trouble::timed_out:
        case Trouble::disconnected:
        case Trouble::cut_off:
            return FailureKind::down;
        case Trouble::malformed:
        case Trouble::other_protocol:
        case Trouble::bad_encoding:
        case Trouble::too_long:
        case Trouble::bad_url:
            return FailureKind::rejected;
    }
    return FailureKind::rejected;
}

FailurePoint point_of(Trouble trouble) {
    switch (trouble) {
        case Trouble::resolve:
        case Trouble::connect:
        case Trouble::tls:
        case Trouble::bad_url:
            return FailurePoint::connect;
        case Trouble::timed_out:
        case Trouble::disconnected:
        case Trouble::cut_off:
            return FailurePoint::exchange;
        default:
            return FailurePoint::answer;
    }
}

Failure failure_of(const TroubleReport& trouble) {
    Failure failure;
    failure.kind = kind_of(trouble.trouble);
    failure.point = point_of(trouble.trouble);
    failure.reason = trouble.what;
    return failure;
}

FailureKind kind_of_status(int status) {
    switch (status) {
        case 408:
        case 429:
        case 502:
        case 503:
        case 504:
            return FailureKind::down;
        case 413:
            return FailureKind::too_large;
        default:
            return FailureKind::rejected;
    }
}

bool is_octet_stream(std::string_view content_type) {
    if (content_type == kMediaType) {
        return true;  // As nearly everybody spells it.
    }
    while (!content_type.empty()) {
        std::size_t comma = std::min(content_type.find(','), content_type.size());
        std::string_view element = content_type.substr(0, comma);
        if (equals_ignoring_case(trim(element.substr(0, element.find(';'))), kMediaType)) {
            return true;
        }
        content_type.remove_prefix(std::min(comma + 1, content_type.size()));
    }
    return false;
}

bool is_accepted(const HttpResponse& response) {
    return response.status / 100 == 2 && response.content_type &&
           is_octet_stream(*response.content_type);
}

std::chrono::milliseconds
parse_retry_after(std::string_view text, std::chrono::system_clock::time_point now) {
    using std::chrono::milliseconds;
    constexpr milliseconds kMax = kRetryAfterMax;
    text = trim(text);
    bool is_number = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return c >= '0' && c <= '9';
    });
    if (is_number) {
        std::int64_t seconds = 0;
        auto parsed = std::from_chars(text.data(), text.data() + text.size(), seconds);
        bool is_huge = parsed.ec != std::errc{} || seconds > kMax / std::chrono::seconds(1);
        return is_huge ? kMax : milliseconds(std::chrono::seconds(seconds));
    }
    auto date = parse_http_date(std::string(text));
    if (!date || *date <= now) {
        return milliseconds{0};
    }
    return std::min(kMax, std::chrono::ceil<milliseconds>(*date - now));
}

std::optional<Failure>
judge(const HttpResponse& response, std::chrono::system_clock::time_point now) {
    if (is_accepted(response)) {
        return std::nullopt;
    }
    Failure failure;
    failure.kind =
        response.status / 100 == 2 ? FailureKind::rejected : kind_of_status(response.status);
    failure.reason = describe(response);
    failure.retry_after = parse_retry_after(response.retry_after, now);
    failure.status = response.status;
    failure.response = response.body.substr(0, engine::kShownResponseBytes);
    failure.overloaded = response.status == 429 || response.status == 503;
    return failure;
}

std::string printable(std::string_view text, std::size_t bytes_max) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string shown;
    for (char c : text.substr(0, bytes_max)) {
        auto byte = static_cast<unsigned char>(c);
        if (c == '\n') {
            shown += "\\n";
        } else if (c == '\\' || c == '"') {
            shown += '\\';
            shown += c;
        } else if (byte >= 0x20 && byte < 0x7f) {
            shown += c;
        } else {
            shown += "\\x";
            shown += kHex[byte >> 4U];
            shown += kHex[byte & 0xfU];
        }
    }
    if (text.size() > bytes_max) {
        shown += "...";
    }
    return shown;
}

}  // namespace sfg::functions
