// Failures: what follows from a call that failed (design D6).
//
//     down      no answer, or one that says "later"    the same batch again, as long as it takes
//     refused   the function can't process it          the policy's attempts, then a search by
//                                                      halves for the one message; that one parks
//                                                      the entity, or becomes a dead letter
//     too large 413, or another error that only        half of it at once; the size is remembered
//               large batches get
//
// A batch that is cut off again and again, while other calls to its endpoint succeed, is refused.
// A message is only judged where there is evidence that it is the message: another entity of the
// type succeeded meanwhile, or another part of the same batch, or nobody else of the type waits, in
// memory or in the store. A type that refuses everybody is down as a type (Dispatcher), and nothing
// of it is judged.
//
// A repeated call is built anew: nothing of the request is kept while the entity waits, be it for
// minutes. It carries the first messages of the mailbox, in their order, and never more of them
// than the call that failed: a function that remembers what it has seen meets the same batch, or
// its beginning (a search, a size that is now known to be too large, messages that left memory). It
// carries the states as the last commit left them: the same ones, but for values that expired
// meanwhile, for what has expired is never sent. So its bytes are mostly those of the call before,
// and that is not promised.
//
// Threads:    the engine's.
// Invariants: no message is judged because its endpoint is down. A batch that is repeated or
//             searched keeps its messages and their order; what a probe brings is applied like any
//             other turn.
// Limits:     one log line per entity in kNoticePause, and kRepeatsToldPerSecond lines about calls
//             that are repeated, which leave room for news; a parked entity is called once in
//             kParkedPause.
#pragma once

#include "gateway/engine/calls.h"
#include "gateway/engine/core.h"
#include "gateway/engine/events.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sfg::engine {

class Failures {
public:
    static constexpr SteadyMs kNoticePause{10'000};
    static constexpr std::uint32_t kRepeatsToldPerSecond = 5;
    // Answers of 429 and 503 in a row after which they speak for the endpoint, not for an entity.
    static constexpr std::uint32_t kOverloadedInARow = 8;

    Failures(Core& core, Calls& calls)
        : core_(core),
          calls_(calls),
          overloaded_(core.policies.size()) {}

    // There may be more endpoints than before.
    void take_endpoints() { overloaded_.resize(core_.policies.size()); }

    // What the next call of the entity may carry.
    struct Limits {
        std::size_t messages;
        std::size_t bytes;  // With its states.
    };

    [[nodiscard]] Limits limits(const Entity& entity);

    // Judges an entity whose states leave no room for its next message. False: there is room.
    bool refuse_oversized(Entity& entity);

    // What the end of such a call says about its endpoint and type.
    [[nodiscard]] static Dispatcher::End end_of(const CallFailed& failed);

    // What the call that failed had carried.
    struct Call {
        std::uint32_t messages = 0;
        std::size_t request_bytes = 0;
    };

    // Requires: its turn is over.
    void failed(Entity& entity, const CallFailed& failed, Call call);

    // A turn is being applied, in this commit. Requires: its turn, and that its messages are gone.
    void applied(Draft& draft, Entity& entity);

    // ---- For an operator.

    // Forgets what is remembered, so that it is called at once.
    void retry_now(Entity& entity);
    // The first so many messages go: to the dead letters, the first one with why it failed, or for
    // good. Requires: they are at hand, and no turn is.
    void set_aside(Entity& entity, std::uint32_t messages);
    void skip(Entity& entity, std::uint32_t messages);

    // The call whose message this is, if there is one.
    [[nodiscard]] static std::optional<std::string> call_of(std::string_view stored);

private:
    Failing& begin(Entity& entity, const CallFailed& failed);
    void down(Entity& entity, const CallFailed& failed, Call call);
    void refused(Entity& entity, const CallFailed& failed, Call call);
    void halve(Entity& entity, Call call);
    void judge(Entity& entity);
    [[nodiscard]] bool has_evidence(const Entity& entity) const;
    [[nodiscard]] bool is_cut_off_again(const Entity& entity, Failing& failing) const;
    void note_overload(const Entity& entity, const CallFailed& failed);

    void park(Entity& entity);
    void pause_parked(Draft& draft, Entity& entity);
    // It goes on, whatever it was parked for.
    void unpark(Draft& draft, const Entity& entity);
    [[nodiscard]] Happening
    happening_of(HappeningKind kind, const Entity& entity, const FailureNote& note) const;
    void put_letter(Draft& draft, const Entity& entity, std::size_t at, const FailureNote& note);
    void take(Draft& draft, Entity& entity, std::uint32_t messages, Core::Fate fate);
    void hold_call(Draft& draft, const Entity& entity, std::size_t at, Problem problem);
    void wait(Entity& entity, SteadyMs pause);
    [[nodiscard]] SteadyMs pause_of(const Entity& entity) const;
    void notice(Entity& entity, std::string_view what);
    void notice_repeat(Entity& entity, std::string_view what);
    void forget(Entity& entity);

    Core& core_;
    Calls& calls_;
    std::vector<std::uint32_t> overloaded_;  // By endpoint: such answers in a row.
    SteadyMs repeats_told_since_{0};
    std::uint32_t repeats_told_ = 0;
};

}  // namespace sfg::engine
