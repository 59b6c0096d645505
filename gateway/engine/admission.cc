#include "gateway/engine/admission.h"

#include "gateway/engine/core.h"

#include <string>
#include <utility>

namespace sfg::engine {

namespace {

constexpr std::chrono::seconds kSoon{1};
constexpr std::chrono::seconds kLater{5};

Refused refused(Errc code, std::string detail, std::chrono::seconds retry_after) {
    return {{code, std::move(detail)}, retry_after, {}};
}

}  // namespace

std::optional<Refused> no_room_for(Outside who, const Core& core) {
    const std::size_t part = who == Outside::source ? 2 : 1;
    const EngineOptions& options = core.options;
    if (core.store_lost) {
        return refused(Errc::disk_full, "the store can't be written now", kLater);
    }
    if (core.disk != DiskRoom::plenty) {
        return refused(Errc::disk_full, "the free space is below the reserve", kLater);
    }
    if (core.ledger.undurable_bytes() > options.commit_queue_bytes_max / 2 / part) {
        return refused(Errc::overloaded, "the commit queue is half full", kSoon);
    }
    if (core.partitions.waiting_messages() >= options.waiting_messages_max / part ||
        core.partitions.waiting_bytes() >= options.waiting_bytes_max / part) {
        return refused(
            Errc::overloaded,
            std::to_string(core.partitions.waiting_messages()) + " messages wait in total",
            kLater
        );
    }
    return std::nullopt;
}

}  // namespace sfg::engine
