// EventStream: GET /v1/events, what operators hear of without asking, as Server-Sent Events.
//
// The engine tells what is durable (news.h). Nothing is kept for who comes later: a listener hears
// what happens from its first line on.
//
// Threads:    happened() any; everything else the admin loop's.
// Lifetime:   the loop and the server behind the wire outlive it; happened() ends before them.
// Invariants: events are numbered without gaps, also those that could not be told: a gap in the ids
//             is a loss, and an event "lost" says so.
// Limits:     kListenersMax listeners. One that leaves kPendingBytesMax unread, beside what its
//             socket holds, is cut off, and counted. kOnTheWayMax events between the threads; what
//             is more is counted and lost.
#pragma once

#include "gateway/admin/report.h"
#include "gateway/engine/happening.h"
#include "gateway/runtime/http_types.h"
#include "gateway/runtime/loop.h"
#include "protocol/limits.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string_view>

namespace sfg::admin {

class EventStream {
public:
    static constexpr std::size_t kListenersMax = 16;
    static constexpr std::size_t kPendingBytesMax = 64 * kKiB;
    static constexpr std::size_t kOnTheWayMax = 1'000;
    // A line that says nothing, so that a dead connection is noticed.
    static constexpr std::chrono::seconds kHeartbeat{15};

    // The server.
    struct Wire {
        std::function<void(runtime::ExchangeId, runtime::HttpResponse)> respond;
        std::function<runtime::Streamed(runtime::ExchangeId, std::string_view, std::size_t)> stream;
        std::function<void(runtime::ExchangeId)> cut;
    };

    EventStream(runtime::Loop& loop, Wire wire)
        : loop_(loop),
          wire_(std::move(wire)),
          heartbeat_(loop, [this] { beat(); }) {}

    // Nothing: the path is another one.
    [[nodiscard]] std::optional<runtime::BodyPlan> plan(const runtime::HttpHead& head) const;

    // Whether the context is of a plan of this stream; if so, it listens now.
    bool ask(runtime::ExchangeId id, const runtime::HttpContext& context);

    void on_gone(runtime::ExchangeId id) { leave(id); }

    void happened(engine::Happening happening);

    [[nodiscard]] EventCounts counts() const;

private:
    struct Listen;

    [[nodiscard]] bool is_full() const { return listeners_.size() >= kListenersMax; }

    void tell(const engine::Happening& happening);
    void send(std::string_view text);
    void leave(runtime::ExchangeId id);
    void beat();

    runtime::Loop& loop_;
    const Wire wire_;
    std::atomic<bool> has_listeners_ = false;
    std::atomic<std::size_t> on_the_way_ = 0;
    std::atomic<std::uint64_t> lost_ = 0;

    // The loop's.
    runtime::Loop::DeadlineTimer heartbeat_;
    std::set<runtime::ExchangeId> listeners_;
    std::uint64_t number_ = 0;  // Of the last event, told or lost.
    std::uint64_t lost_told_ = 0;
    std::uint64_t told_ = 0;
    std::uint64_t cut_off_ = 0;
};

}  // namespace sfg::admin
