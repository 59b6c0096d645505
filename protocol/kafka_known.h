// Kafka's client settings: those that librdkafka has, and what becomes of the Java client's.
//
// Threads:  constant tables.
// Source:   librdkafka 2.0's CONFIGURATION.md without callbacks and what loads code; Apache Kafka's
//           consumer, producer, SSL and SASL settings up to 3.7.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace sfg::kafka {

enum class Side : std::uint8_t { consumer, producer, both };

// Whether a setting for `side` is one for `user` (a consumer or a producer).
[[nodiscard]] constexpr bool is_for(Side side, Side user) {
    return side == Side::both || side == user;
}

enum class ValueKind : std::uint8_t { text, whole, number, boolean, word };

// A setting that librdkafka takes.
struct Known {
    std::string_view name;
    Side side = Side::both;
    ValueKind kind = ValueKind::text;
    std::int64_t min = 0;  // Of whole and number.
    std::int64_t max = 0;
    std::string_view words = {};  // Of word: in lower case, with blanks between them.
};

// Null if librdkafka has no such setting.
[[nodiscard]] const Known* find_known(std::string_view name);

enum class Treatment : std::uint8_t { rename, ignore, refuse };

// A setting that can't be handed over as it is.
struct Foreign {
    std::string_view name;
    Side side = Side::both;
    Treatment treatment = Treatment::ignore;
    // rename: librdkafka's name. ignore: why. refuse: what to do instead.
    std::string_view text;
};

// Null if the name is not in the table for this user.
[[nodiscard]] const Foreign* find_foreign(std::string_view name, Side user);

// Every name of a table that `user` may write, for "did you mean".
[[nodiscard]] std::vector<std::string_view> known_names(Side user);
[[nodiscard]] std::vector<std::string_view> foreign_names(Side user);

}  // namespace sfg::kafka
