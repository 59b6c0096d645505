// sasl.jaas.config: the login of Kafka's Java client, on one line.
//
//     org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="p";
//
// Threads:  pure functions.
// Source:   Kafka's JaasConfig, which reads it with java.io.StreamTokenizer: class, flag, then
//           key=value pairs up to a semicolon; values in either quotes, with \" \\ \n and the like.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sfg::kafka {

struct JaasLogin {
    std::string module;  // The class.
    std::map<std::string, std::string, std::less<>> options;
};

// Nothing if the text is no such login, or more than one.
[[nodiscard]] std::optional<JaasLogin> parse_jaas(std::string_view text);

}  // namespace sfg::kafka
