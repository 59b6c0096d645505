#include "protocol/date.h"

#include <algorithm>

namespace sfg {
namespace {

using std::chrono::milliseconds;

// Cuts what a date is made of off the front of a text.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    // Exactly so many digits.
    std::optional<int> digits(std::size_t count) {
        if (text_.size() < count) {
            return std::nullopt;
        }
        int number = 0;
        for (char c : text_.substr(0, count)) {
            if (c < '0' || c > '9') {
                return std::nullopt;
            }
            number = number * 10 + (c - '0');
        }
        text_.remove_prefix(count);
        return number;
    }

    // As many digits as there are.
    std::string_view run() {
        const std::size_t end = std::min(text_.find_first_not_of("0123456789"), text_.size());
        const std::string_view digits = text_.substr(0, end);
        text_.remove_prefix(end);
        return digits;
    }

    bool take(char c) {
        const bool there = text_.starts_with(c);
        text_.remove_prefix(there ? 1 : 0);
        return there;
    }

    [[nodiscard]] bool done() const { return text_.empty(); }

private:
    std::string_view text_;
};

std::optional<std::chrono::sys_days> scan_day(Scanner& in) {
    const auto year = in.digits(4);
    if (!year || !in.take('-')) {
        return std::nullopt;
    }
    const auto month = in.digits(2);
    if (!month || !in.take('-')) {
        return std::nullopt;
    }
    const auto day = in.digits(2);
    if (!day) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{
        std::chrono::year(*year),
        std::chrono::month(static_cast<unsigned>(*month)),
        std::chrono::day(static_cast<unsigned>(*day))
    };
    return date.ok() ? std::optional<std::chrono::sys_days>(date) : std::nullopt;
}

std::optional<milliseconds> scan_clock(Scanner& in) {
    const auto hours = in.digits(2);
    if (!hours || *hours > 23 || !in.take(':')) {
        return std::nullopt;
    }
    const auto minutes = in.digits(2);
    if (!minutes || *minutes > 59 || !in.take(':')) {
        return std::nullopt;
    }
    const auto seconds = in.digits(2);
    if (!seconds || *seconds > 59) {
        return std::nullopt;
    }
    return std::chrono::hours(*hours) + std::chrono::minutes(*minutes) +
           std::chrono::seconds(*seconds);
}

// The digits behind the point; what comes after three of them is cut off.
milliseconds part_of_second(std::string_view digits) {
    int millis = 0;
    for (std::size_t i = 0; i < 3; ++i) {
        millis = millis * 10 + (i < digits.size() ? digits[i] - '0' : 0);
    }
    return milliseconds(millis);
}

struct Offset {
    std::chrono::minutes east{0};
    DateForm form = DateForm::statefun;
};

// "Z", "+0100" or "+01:00".
std::optional<Offset> scan_offset(Scanner& in) {
    if (in.take('Z')) {
        return Offset{{}, DateForm::other};
    }
    const bool west = in.take('-');
    if (!west && !in.take('+')) {
        return std::nullopt;
    }
    const auto hours = in.digits(2);
    const bool colon = in.take(':');
    const auto minutes = in.digits(2);
    if (!hours || !minutes || *hours > 18 || *minutes > 59) {
        return std::nullopt;
    }
    const std::chrono::minutes east = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
    return Offset{west ? -east : east, colon ? DateForm::other : DateForm::statefun};
}

}  // namespace

std::optional<Date> parse_date(std::string_view text) {
    Scanner in(text);
    const auto day = scan_day(in);
    const bool iso = day && in.take('T');
    if (!day || (!iso && !in.take(' '))) {
        return std::nullopt;
    }
    const auto clock = scan_clock(in);
    if (!clock) {
        return std::nullopt;
    }
    const std::string_view fraction = in.take('.') ? in.run() : std::string_view{};
    const bool blank = in.take(' ');
    const auto offset = scan_offset(in);
    if (!offset || !in.done()) {
        return std::nullopt;
    }
    Date date;
    date.time = *day + *clock + part_of_second(fraction) - offset->east;
    const bool statefun = !iso && blank && fraction.size() == 3;
    date.form = statefun ? offset->form : DateForm::other;
    return date;
}

}  // namespace sfg
