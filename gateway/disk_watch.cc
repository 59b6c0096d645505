#include "gateway/disk_watch.h"

#include "gateway/runtime/log.h"

#include <utility>

namespace sfg {

namespace {

constexpr std::chrono::milliseconds kLookEvery{1000};

engine::DiskRoom to_engine(storage::DiskRoom::Level level) {
    switch (level) {
        case storage::DiskRoom::Level::half_reserve:
            return engine::DiskRoom::below_half_reserve;
        case storage::DiskRoom::Level::reserve:
            return engine::DiskRoom::below_reserve;
        default:
            return engine::DiskRoom::plenty;
    }
}

}  // namespace

DiskWatch::DiskWatch(runtime::Loop& loop, const Config& config, Changed changed)
    : changed_(std::move(changed)),
      directory_(config.data),
      reserve_bytes_(config.disk_reserve_bytes.value_or(storage::kDiskReserveBytes)),
      ballast_(config.data),
      timer_(loop, [this] { look(); }) {}

void DiskWatch::begin() {
    look();
}

void DiskWatch::make_room() {
    auto room = storage::disk_room(directory_, reserve_bytes_);
    if (room.has_value() && room->level() == storage::DiskRoom::Level::half_reserve &&
        ballast_.held_bytes() > 0) {
        auto released = ballast_.release();
        if (released.has_error()) {
            log::error(
                "disk", "the ballast can't be given back", {{"reason", released.error().reason}}
            );
        } else {
            log::warn("disk", "the ballast is given back, so that the store can be opened");
        }
    }
}

void DiskWatch::look() {
    timer_.set(kLookEvery);
    auto room = storage::disk_room(directory_, reserve_bytes_);
    if (room.has_error()) {
        return;
    }
    engine::DiskRoom now = to_engine(room->level());
    if (now != room_) {
        room_ = now;
        log::warn("disk", "the room on the disk has changed", {{"free_bytes", room->free_bytes}});
        changed_(now);
    }
    if (now == engine::DiskRoom::plenty && ballast_.held_bytes() == 0) {
        // It may not fit; then the next look tries again.
        static_cast<void>(ballast_.restore(reserve_bytes_));
    }
}

}  // namespace sfg
