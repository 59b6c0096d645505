// CommitTimes: about when a commit was made, so that an operator can be told since when a message
// waits.
//
// A message has no time of its own, but its key begins with the number of its commit, and numbers
// and engine time only grow. So a list of some numbers with their times tells the time of any: the
// newest ones stand a second apart, older ones further, so that an age is off by a second or a
// thirtieth of it. A row of the store keeps the list over a start; it is written once a minute.
//
// Threads:    the engine's.
// Invariants: numbers and times in the list increase.
// Limits:     kPointsMax numbers; what is older than the first one has no time.
#pragma once

#include "protocol/ids.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sfg::engine {

// The key of its row.
[[nodiscard]] std::string commit_times_key();

class CommitTimes {
public:
    static constexpr std::size_t kPointsMax = 1'024;
    static constexpr std::int64_t kApartMs = 1'000;
    static constexpr std::int64_t kPartOfAge = 32;

    // A commit is made. Not more often than each kApartMs.
    void note(CommitNumber number, std::int64_t wall_ms);

    // When it was made, or up to that much before; nothing: before the list begins.
    [[nodiscard]] std::optional<std::int64_t> of(CommitNumber number) const;

    [[nodiscard]] std::string encode() const;
    // What the store had at the start: older than all that was noted since.
    void restore(std::string_view row);

private:
    struct Point {
        CommitNumber number;
        std::int64_t wall_ms;
    };

    void thin();

    std::vector<Point> points_;
};

}  // namespace sfg::engine
