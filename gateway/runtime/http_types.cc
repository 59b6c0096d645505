#include "gateway/runtime/http_types.h"

#include <algorithm>

namespace sfg::runtime {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// The target from its path on: a client of a proxy may name scheme and host before it.
std::string_view origin_form(std::string_view target) {
    constexpr std::string_view kScheme = "http://";
    if (!has_prefix(target, kScheme)) {
        return target;
    }
    auto path = target.find_first_of("/?", kScheme.size());
    return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) {
        return false;
    }
    // Most that are the same are spelt the same.
    return a == b || std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
               return lower(x) == lower(y);
           });
}

bool has_prefix(std::string_view text, std::string_view prefix) {
    return same_name(text.substr(0, prefix.size()), prefix);
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t";
    auto begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::optional<std::string_view> HttpHead::find(std::string_view name) const {
    for (const HttpField& field : fields) {
        if (same_name(field.name, name)) {
            return field.value;
        }
    }
    return std::nullopt;
}

std::size_t HttpHead::count(std::string_view name) const {
    auto found = std::count_if(fields.begin(), fields.end(), [&](const HttpField& field) {
        return same_name(field.name, name);
    });
    return static_cast<std::size_t>(found);
}

std::string_view HttpHead::path() const {
    std::string_view local = origin_form(target);
    return local.substr(0, local.find('?'));
}

std::string_view HttpHead::query() const {
    auto mark = target.find('?');
    return mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
}

void HttpResponse::add(std::string_view name, std::string_view value) {
    fields += name;
    fields += ": ";
    for (char c : value) {
        auto byte = static_cast<unsigned char>(c);
        if (byte < ' ' || byte == 0x7f) {
            fields += '%';
            fields += "0123456789ABCDEF"[byte >> 4U];
            fields += "0123456789ABCDEF"[byte & 15U];
        } else {
            fields += c;
        }
    }
    fields += "\r\n";
}

HttpResponse problem_response(const Problem& problem) {
    HttpResponse response;
    response.status = info(problem.code).http_status;
    response.media_type = "application/problem+json";
    response.body = problem_json(problem);
    return response;
}

}  // namespace sfg::runtime
