#include "gateway/engine/failures.h"

#include "protocol/assert.h"

#include <algorithm>
#include <utility>

namespace sfg::engine {

namespace {

std::string sizes_text(const Entity& entity, std::size_t request_bytes) {
    std::size_t message = entity.mailbox.at(0).bytes.size();
    std::string text = "; the request had " + std::to_string(request_bytes) + " bytes (state " +
                       std::to_string(entity.state_bytes) + ", message " + std::to_string(message) +
                       ")";
    if (entity.state_bytes <= message) {
        return text;
    }
    constexpr std::size_t kNamed = 10;
    std::vector<std::pair<std::size_t, std::string_view>> sizes;
    for (std::size_t i = 0; i < entity.states.size(); ++i) {
        sizes.emplace_back(entity.states[i].size(), entity.type->states[i].name);
    }
    std::sort(sizes.rbegin(), sizes.rend());
    text += ": ";
    for (std::size_t i = 0; i < std::min(sizes.size(), kNamed); ++i) {
        text += (i == 0 ? "" : ", ") + std::string(sizes[i].second.substr(0, 100)) + " " +
                std::to_string(sizes[i].first);
    }
    return text + (sizes.size() > kNamed ? ", ..." : "");
}

// What the server asked for. Engine time is in whole milliseconds, rounded down, so the moment of
// the answer may be up to one later than it says: a server must not be called before its time.
SteadyMs pause_told(const CallFailed& failed) {
    constexpr SteadyMs kGrain{1};
    return failed.retry_after.count() == 0 ? SteadyMs{0} : failed.retry_after + kGrain;
}

}  // namespace

Failures::Limits Failures::limits(const Entity& entity) {
    std::size_t messages = entity.failing ? entity.failing->most() : 0;
    std::size_t bytes = core_.dispatcher.size(*entity.endpoint).most(core_.now);
    return {messages == 0 ? RequestSize::kAny : messages, std::min(bytes, kRequestBytesMax)};
}

bool Failures::refuse_oversized(Entity& entity) {
    std::size_t bytes = entity.state_bytes + entity.mailbox.at(0).bytes.size();
    if (bytes <= kRequestBytesMax) {
        return false;
    }
    CallFailed failed;
    failed.kind = FailureKind::too_large;
    failed.reason =
        "no call was made: requests are limited to " + std::to_string(kRequestBytesMax) + " bytes";
    Failing& failing = begin(entity, failed);
    failing.note.error += sizes_text(entity, bytes);
    failing.range = 1;
    failing.part_succeeded = true;  // It needs no evidence: nobody was asked.
    judge(entity);
    return true;
}

Dispatcher::End Failures::end_of(const CallFailed& failed) {
    if (failed.kind != FailureKind::down) {
        return Dispatcher::End::refused;
    }
    return failed.point == FailurePoint::answer ? Dispatcher::End::answered
                                                : Dispatcher::End::unreachable;
}

void Failures::failed(Entity& entity, const CallFailed& failed, Call call) {
    SFG_ASSERT(!entity.turn && call.messages > 0);
    begin(entity, failed);
    if (failed.kind == FailureKind::down) {
        down(entity, failed, call);
    } else {
        refused(entity, failed, call);
    }
    core_.entities.touch(entity);
}

Failing& Failures::begin(Entity& entity, const CallFailed& failed) {
    if (!entity.failing) {
        entity.failing = std::make_unique<Failing>();
        entity.failing->type_successes = entity.type->health.successes;
        entity.failing->note.first_ms = core_.wall_ms;
    }
    Failing& failing = *entity.failing;
    failing.row_is_true = false;
    ++failing.in_a_row;
    FailureNote& note = failing.note;
    // A function may fail because of what it declares, and not say so.
    const std::string& conflict = entity.type->conflict;
    bool is_told =
        failed.kind == FailureKind::down || failed.reason.find(conflict) != std::string::npos;
    note.error = ((is_told ? "" : conflict + "; ") + failed.reason).substr(0, kErrorBytesMax);
    note.status = failed.status;
    note.response = failed.response.substr(0, kShownResponseBytes);
    note.last_ms = core_.wall_ms;
    note.attempts += failed.kind == FailureKind::down ? 0 : 1;
    return failing;
}

void Failures::down(Entity& entity, const CallFailed& failed, Call call) {
    Failing& failing = *entity.failing;
    // Whoever has seen a batch sees it again as it was; else it is made anew.
    if (failed.point != FailurePoint::connect) {
        failing.batch = call.messages;
    }
    note_overload(entity, failed);
    notice_repeat(entity, "failed and is repeated");
    if (failing.is_parked) {
        Draft& draft = core_.ledger.open();
        pause_parked(draft, entity);
        core_.ledger.close(draft);
        core_.consider(entity);
        return;
    }
    if (failed.point == FailurePoint::exchange && is_cut_off_again(entity, failing)) {
        CallFailed cut_off = failed;
        cut_off.kind = FailureKind::rejected;
        failing.refusals = core_.policy_of(entity).attempts - 1;
        failing.note.attempts += failing.cut_offs;
        refused(entity, cut_off, call);
        return;
    }
    // Nobody was there: the endpoint's breaker spaces the calls.
    SteadyMs pause = failed.point == FailurePoint::connect ? core_.policy_of(entity).backoff_first
                                                           : pause_of(entity);
    wait(entity, std::max(pause, pause_told(failed)));
}

// Whether the function's server dies of this batch, or hangs on it, rather than being away.
bool Failures::is_cut_off_again(const Entity& entity, Failing& failing) const {
    std::uint64_t answers = core_.dispatcher.applied(*entity.endpoint);
    if (failing.endpoint != *entity.endpoint) {
        failing.cut_offs = 0;  // It was bound elsewhere meanwhile: another server.
        failing.endpoint = *entity.endpoint;
    }
    bool others_succeed = failing.cut_offs > 0 && answers > failing.endpoint_answers;
    if (failing.cut_offs == 0 || others_succeed) {
        ++failing.cut_offs;
        failing.endpoint_answers = answers;
    }
    return others_succeed &&
           (failing.is_searched() || failing.cut_offs >= core_.policy_of(entity).attempts);
}

void Failures::note_overload(const Entity& entity, const CallFailed& failed) {
    std::uint32_t& in_a_row = overloaded_[*entity.endpoint];
    in_a_row = failed.overloaded ? in_a_row + 1 : 0;
    if (in_a_row >= kOverloadedInARow) {
        core_.dispatcher.rest(*entity.endpoint, core_.now + pause_told(failed));
    }
}

void Failures::refused(Entity& entity, const CallFailed& failed, Call call) {
    Failing& failing = *entity.failing;
    ++entity.type->stats.rejected;
    overloaded_[*entity.endpoint] = 0;
    RequestSize& size = core_.dispatcher.size(*entity.endpoint);
    bool says_too_large = failed.kind == FailureKind::too_large;
    bool may_be_too_large = failed.status >= 400 && size.suspects(call.request_bytes);
    if (says_too_large || (may_be_too_large && call.messages > 1)) {
        size.refused(call.request_bytes, core_.now);
        if (call.messages > 1) {
            halve(entity, call);
            return;
        }
        failing.note.error += sizes_text(entity, call.request_bytes);
    }
    if (failing.is_searched()) {
        failing.range = std::min(failing.range, call.messages);
    } else {
        failing.batch = call.messages;
        if (++failing.refusals < core_.policy_of(entity).attempts) {
            notice_repeat(entity, "was refused and is repeated");
            wait(entity, std::max(pause_of(entity), pause_told(failed)));
            return;
        }
        failing.range = call.messages;
    }
    if (failing.range == 1 && call.messages == 1) {
        judge(entity);
        return;
    }
    wait(entity, SteadyMs{0});
}

void Failures::halve(Entity& entity, Call call) {
    Failing& failing = *entity.failing;
    failing.batch = (call.messages + 1) / 2;
    failing.in_a_row = 0;
    failing.refusals = 0;
    if (failing.is_searched()) {
        failing.range = std::min(failing.range, call.messages);
    }
    notice_repeat(entity, "was too large and is halved");
    wait(entity, SteadyMs{0});
}

void Failures::applied(Draft& draft, Entity& entity) {
    const Turn& turn = *entity.turn;
    overloaded_[*entity.endpoint] = 0;
    core_.dispatcher.size(*entity.endpoint).accepted(turn.request_bytes);
    if (!entity.failing) {
        return;
    }
    Failing& failing = *entity.failing;
    if (!failing.is_parked && failing.is_searched() && failing.range > turn.messages) {
        // It is behind what was applied.
        failing.range -= turn.messages;
        failing.batch = 0;
        failing.in_a_row = 0;
        failing.part_succeeded = true;
        if (failing.is_in_row) {
            core_.put_entity_row(draft, entity);  // It counts from the head of the mailbox.
        }
        return;
    }
    bool is_in_row = failing.is_parked || failing.is_in_row;
    unpark(draft, entity);
    forget(entity);
    if (is_in_row) {
        core_.put_entity_row(draft, entity);
    }
}

void Failures::forget(Entity& entity) {
    core_.leave_lines(entity);  // Where it stands by its pause.
    entity.failing.reset();
    entity.retry_at = SteadyMs{0};
}

void Failures::wait(Entity& entity, SteadyMs pause) {
    core_.leave_lines(entity);
    entity.retry_at = pause == SteadyMs{0} ? SteadyMs{0} : core_.now + pause;
    core_.consider(entity);
}

// Doubles with each failure, with jitter of up to a half from the address: the engine has no
// randomness of its own.
SteadyMs Failures::pause_of(const Entity& entity) const {
    const FailurePolicy& policy = core_.policy_of(entity);
    std::uint32_t failures = entity.failing->in_a_row;
    SteadyMs pause = policy.backoff_first;
    for (std::uint32_t i = 1; i < failures && pause < policy.backoff_max; ++i) {
        pause *= 2;
    }
    pause = std::min(pause, policy.backoff_max);
    auto spread = std::hash<Address>{}(entity.address) * (failures * 2 + 1);
    pause = pause / 2 + SteadyMs(static_cast<std::int64_t>(spread % 1024) * pause.count() / 2048);
    return std::max(pause, SteadyMs{1});
}

void Failures::notice_repeat(Entity& entity, std::string_view what) {
    if (core_.now - repeats_told_since_ >= std::chrono::seconds(1)) {
        repeats_told_since_ = core_.now;
        repeats_told_ = 0;
    }
    if (repeats_told_++ < kRepeatsToldPerSecond) {
        notice(entity, what);
    }
}

void Failures::notice(Entity& entity, std::string_view what) {
    Failing& failing = *entity.failing;
    if (failing.is_noticed && core_.now - failing.noticed_at < kNoticePause) {
        return;
    }
    failing.is_noticed = true;
    failing.noticed_at = core_.now;
    core_.actions.notice(
        "a call for " + entity.address.text().substr(0, 300) + " " + std::string(what) + ": " +
        failing.note.error
    );
}

}  // namespace sfg::engine
