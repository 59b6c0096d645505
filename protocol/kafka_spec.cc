#include "protocol/kafka_spec.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace sfg {
namespace {

std::string date_text(std::chrono::sys_time<std::chrono::milliseconds> date) {
    const std::chrono::sys_days day = std::chrono::floor<std::chrono::days>(date);
    const std::chrono::year_month_day calendar(day);
    const std::chrono::hh_mm_ss time(date - day);
    std::array<char, 64> text{};
    std::snprintf(
        text.data(),
        text.size(),
        "%04d-%02u-%02u %02ld:%02ld:%02ld.%03ld UTC",
        static_cast<int>(calendar.year()),
        static_cast<unsigned>(calendar.month()),
        static_cast<unsigned>(calendar.day()),
        static_cast<long>(time.hours().count()),
        static_cast<long>(time.minutes().count()),
        static_cast<long>(time.seconds().count()),
        static_cast<long>(time.subseconds().count())
    );
    return text.data();
}

std::string offsets_text(const std::vector<KafkaOffset>& offsets) {
    constexpr std::size_t kShown = 8;
    std::string text = "offsets";
    for (std::size_t i = 0; i < std::min(offsets.size(), kShown); ++i) {
        const KafkaOffset& each = offsets[i];
        text += (i == 0 ? " " : ", ") + each.topic + "/" + std::to_string(each.partition) + ": " +
                std::to_string(each.offset);
    }
    return offsets.size() > kShown ? text + ", ..." : text;
}

}  // namespace

std::string KafkaStart::text() const {
    switch (from) {
        case KafkaFrom::latest:
            return is_declared ? "latest" : "latest (default)";
        case KafkaFrom::earliest:
            return "earliest";
        case KafkaFrom::group_offsets:
            return "group-offsets";
        case KafkaFrom::offsets:
            return offsets_text(offsets);
        case KafkaFrom::date:
            break;
    }
    return "date " + date_text(date);
}

std::string_view text_of(KafkaDelivery delivery) {
    switch (delivery) {
        case KafkaDelivery::at_least_once:
            return "at-least-once";
        case KafkaDelivery::exactly_once:
            return "exactly-once";
        case KafkaDelivery::none:
            break;
    }
    return "none";
}

std::string_view text_of(KafkaReset reset) {
    return reset == KafkaReset::latest ? "latest" : "earliest";
}

std::string_view text_of(OnInvalidRecord action) {
    switch (action) {
        case OnInvalidRecord::dead_letter:
            return "deadLetter";
        case OnInvalidRecord::skip:
            return "skip";
        case OnInvalidRecord::forward:
            return "forward";
        case OnInvalidRecord::fail:
            break;
    }
    return "fail";
}

bool is_secret_property(std::string_view name) {
    constexpr std::array<std::string_view, 6> kParts{
        "password", "secret", "jaas", "ssl.key.pem", "ssl.keystore.key", "oauthbearer.config"
    };
    return std::ranges::any_of(kParts, [&](std::string_view part) {
        return name.find(part) != std::string_view::npos;
    });
}

}  // namespace sfg
