// DiskWatch: looks at the room on the data directory's disk, and keeps the ballast (design D10).
//
// Threads:    the loop's; make_room() also before the loop runs.
// Lifetime:   the loop and the configuration outlive it.
#pragma once

#include "gateway/config.h"
#include "gateway/engine/events.h"
#include "gateway/runtime/loop.h"
#include "storage/ballast.h"

#include <functional>
#include <string>

namespace sfg {

class DiskWatch {
public:
    using Changed = std::function<void(engine::DiskRoom)>;

    DiskWatch(runtime::Loop& loop, const Config& config, Changed changed);

    // The store is open: from here on look once a second and tell of changes.
    void begin();

    // Before the store is opened: if the disk is full, the ballast goes, so that it can be.
    void make_room();

private:
    void look();

    const Changed changed_;
    const std::string directory_;
    const std::uint64_t reserve_bytes_;
    storage::Ballast ballast_;
    runtime::Loop::DeadlineTimer timer_;
    engine::DiskRoom room_ = engine::DiskRoom::plenty;
};

}  // namespace sfg
