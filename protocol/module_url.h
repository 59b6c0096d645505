// urlPathTemplate: whether a function can be called there.
//
// Threads:  pure functions.
// Source:   java.net.URI after the replacement of {function.name}; schemes http, https, and
//           http+unix, https+unix whose path names a socket that ends in ".sock".
#pragma once

#include "protocol/module_report.h"

#include <string>
#include <string_view>

namespace sfg::module_reader {

// Reports what is wrong with the template, or odd about it. True if calls can be made.
// `function` stands for {function.name}: the bound name, or any name of a namespace.
[[nodiscard]] bool check_url(
    Report& report,
    const Place& place,
    std::string_view url_template,
    std::string_view function
);

// The URL for people: a password that someone wrote into it goes into no log.
[[nodiscard]] std::string shown_url(std::string_view url);

// Whether the URL speaks TLS; false for anything that is no URL.
[[nodiscard]] bool is_tls_url(std::string_view url_template);

}  // namespace sfg::module_reader
