#include "gateway/engine/commit_times.h"

#include "storage/key_codec.h"

#include <algorithm>

namespace sfg::engine {

std::string commit_times_key() {
    std::string key = storage::system_prefix(storage::Table::store);
    storage::append_text(key, "commit times");
    return key;
}

void CommitTimes::note(CommitNumber number, std::int64_t wall_ms) {
    if (!points_.empty() && (number <= points_.back().number || wall_ms < points_.back().wall_ms)) {
        return;
    }
    if (points_.size() == kPointsMax) {
        thin();
    }
    points_.push_back({number, wall_ms});
}

std::optional<std::int64_t> CommitTimes::of(CommitNumber number) const {
    auto behind = std::upper_bound(
        points_.begin(),
        points_.end(),
        number,
        [](CommitNumber one, const Point& point) { return one < point.number; }
    );
    if (behind == points_.begin()) {
        return std::nullopt;
    }
    return (behind - 1)->wall_ms;
}

// A point goes where its neighbours are near enough without it. Should that not be enough (years),
// every second one of the older half goes.
void CommitTimes::thin() {
    std::vector<Point> kept = {points_.front()};
    std::int64_t now_ms = points_.back().wall_ms;
    for (std::size_t i = 1; i + 1 < points_.size(); ++i) {
        std::int64_t age = now_ms - points_[i + 1].wall_ms;
        if (points_[i + 1].wall_ms - kept.back().wall_ms > age / kPartOfAge) {
            kept.push_back(points_[i]);
        }
    }
    kept.push_back(points_.back());
    points_ = std::move(kept);
    if (points_.size() > kPointsMax / 4 * 3) {
        std::size_t i = 0;
        auto half = points_.begin() + static_cast<std::ptrdiff_t>(points_.size() / 2);
        auto end =
            std::remove_if(points_.begin() + 1, half, [&i](const Point&) { return ++i % 2 == 1; });
        points_.erase(end, half);
    }
}

std::string CommitTimes::encode() const {
    std::string row;
    for (const Point& point : points_) {
        storage::append_u64(row, value_of(point.number));
        storage::append_u64(row, static_cast<std::uint64_t>(point.wall_ms));
    }
    return row;
}

void CommitTimes::restore(std::string_view row) {
    std::vector<Point> since = std::move(points_);
    points_.clear();
    storage::KeyReader reader(row, 0);
    while (points_.size() + since.size() < kPointsMax) {
        auto number = reader.u64();
        auto wall_ms = number ? reader.u64() : std::nullopt;
        if (!wall_ms || (!since.empty() && CommitNumber{*number} >= since.front().number)) {
            break;
        }
        points_.push_back({CommitNumber{*number}, static_cast<std::int64_t>(*wall_ms)});
    }
    points_.insert(points_.end(), since.begin(), since.end());
}

}  // namespace sfg::engine
