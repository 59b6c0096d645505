// The texts of --help that no table makes.
#pragma once

#include <string_view>

namespace sfg::cli {

extern const std::string_view kAbout;
extern const std::string_view kServeFooter;
extern const std::string_view kValidateFooter;
extern const std::string_view kMigrateFooter;
extern const std::string_view kFooter;

}  // namespace sfg::cli
