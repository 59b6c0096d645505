// The part of CommitAudit about delayed messages: what a turn sends and cancels, and what fires.
#include "protocol/codec.h"
#include "tests/simulation/commit_audit.h"

namespace sfg::sim {

namespace {

Address to_address(const wire::Address& from) {
    return {{from.namespace_(), from.type()}, from.id()};
}

std::optional<TimerName> find(const std::map<TokenName, TimerName>& tokens, const TokenName& name) {
    auto found = tokens.find(name);
    return found == tokens.end() ? std::nullopt : std::optional(found->second);
}

bool is_before(const TimerName& one, const TimerName& other) {
    return std::pair(one.due_ms, one.message) < std::pair(other.due_ms, other.message);
}

}  // namespace

// Sends and cancels count in the order of the list; each send is numbered behind the messages.
void CommitAudit::check_delayed(const Effects& effects, const CallAudit::Call& call) {
    Tokens left;
    auto armed = effects.armed.begin();
    auto gone = effects.timers_gone.begin();
    for (const auto& sent : call.response.invocation_result().delayed_invocations()) {
        TokenName token{call.target, sent.cancellation_token()};
        auto staged = left.find(token);
        auto pending = staged == left.end() ? find(books_.current.tokens, token) : staged->second;
        if (!sent.is_cancellation_request()) {
            if (armed == effects.armed.end()) {
                expect(false, "a delayed message of a turn is not in its commit (invariant 4)");
                return;
            }
            expect(
                token.second.empty() || !pending,
                "token '" + token.second + "' is used again while it is pending"
            );
            check_armed(*armed, call, sent);
            if (!token.second.empty()) {
                left[token] = armed->first;
            }
            ++armed;
            continue;
        }
        if (!pending) {
            books_.met(Fact::cancelled_in_vain);
            continue;
        }
        if (gone == effects.timers_gone.end() || *gone != *pending) {
            expect(false, "the cancel of timer " + pending->text() + " is ignored");
            return;
        }
        books_.met(Fact::timer_cancelled);
        bool is_due = pending->due_ms <= static_cast<std::uint64_t>(books_.wall_ms);
        books_.met(
            pending->message.number == effects.number ? Fact::cancelled_at_once
                                                      : Fact::cancelled_when_due,
            is_due || pending->message.number == effects.number
        );
        left[token] = std::nullopt;
        ++gone;
    }
    expect(armed == effects.armed.end(), "a turn sends a delayed message that it did not send");
    expect(gone == effects.timers_gone.end(), "a turn takes a timer that it did not cancel");
    check_tokens(effects, left);
}

void CommitAudit::check_armed(
    const std::pair<TimerName, TimerModel>& armed,
    const CallAudit::Call& call,
    const wire::FromFunction::DelayedInvocation& sent
) {
    const auto& [name, timer] = armed;
    books_.met(Fact::timer_armed);
    TokenName token{call.target, sent.cancellation_token()};
    auto stored = decode_message(timer.message.bytes);
    bool same =
        stored && timer.target == to_address(sent.target()) && stored->caller == call.target &&
        stored->argument.type_name == sent.argument().typename_() &&
        stored->argument.value == sent.argument().value() &&
        timer.token.has_value() != token.second.empty() && timer.token.value_or(token) == token;
    std::string what = "a turn of " + call.target.text() + " arms " + timer.message.uid;
    expect(same, what + " where it sent " + sent.argument().value().substr(0, 40));
    expect(
        name.home == books_.partition(call.target) &&
            name.due_ms == static_cast<std::uint64_t>(books_.wall_ms + sent.delay_in_ms()),
        what + " for another time than in " + std::to_string(sent.delay_in_ms()) + " ms"
    );
}

void CommitAudit::check_tokens(const Effects& effects, const Tokens& left) {
    std::size_t pending = 0;
    for (const auto& [token, timer] : left) {
        pending += timer ? 1 : 0;
        expect(
            timer ? find(effects.tokens, token) == timer : effects.tokens_gone.contains(token),
            "the row of token '" + token.second + "' is not what the turn leaves of it"
        );
    }
    expect(
        effects.tokens.size() == pending && effects.tokens_gone.size() == left.size() - pending,
        "a turn changes a token that it did not use"
    );
}

void CommitAudit::check_firing(const Effects& effects) {
    const TimerName& name = effects.timers_gone.front();
    auto found = books_.current.timers.find(name);
    if (effects.timers_gone.size() != 1 || found == books_.current.timers.end()) {
        expect(false, "timer " + name.text() + " fires, but is not pending (invariant 7)");
        return;
    }
    const TimerModel& timer = found->second;
    books_.met(Fact::timer_fired);
    check_may_fire(name);
    std::string what = "timer " + name.text();
    if (timer.target.type == kCallType) {
        books_.met(Fact::reply_fired);
        expect(effects.puts.empty(), what + " replies, and sends more");
        std::string_view value = message_argument(timer.message.bytes);
        check_replies(effects, {{timer.target.id, std::string(value)}});
    } else {
        expect(effects.calls.empty(), what + " replies to a call");
        expect(
            effects.puts.size() == 1 && effects.puts.front().target == timer.target &&
                effects.puts.front().message.bytes == timer.message.bytes,
            what + " does not deliver just its message"
        );
    }
    bool freed = timer.token ? effects.tokens_gone == std::set<TokenName>{*timer.token}
                             : effects.tokens_gone.empty();
    expect(freed, what + " does not free just its token");
    expect(
        effects.states.empty() && effects.records.empty() && effects.marks.empty() &&
            effects.armed.empty() && effects.tokens.empty() && effects.letters.empty(),
        what + " changes more than its effects"
    );
}

void CommitAudit::check_may_fire(const TimerName& name) {
    std::string what = "timer " + name.text();
    expect(
        name.due_ms <= static_cast<std::uint64_t>(books_.wall_ms),
        what + " fires before its time, at " + std::to_string(books_.wall_ms)
    );
    expect(
        !books_.stopping && !books_.store_lost &&
            books_.disk != engine::DiskRoom::below_half_reserve &&
            !books_.released.contains(name.home),
        what + " fires while nothing may"
    );
    const auto& timers = books_.current.timers;
    auto next = timers.upper_bound(name);
    books_.met(
        Fact::timer_tie,
        next != timers.end() && next->first.home == name.home && next->first.due_ms == name.due_ms
    );
    for (PartitionId home = 0; home < books_.current.partitions; ++home) {
        auto first = books_.current.first_timer(home);
        bool counts = home == name.home || (books_.ready && !books_.released.contains(home));
        expect(
            !first || !counts || !is_before(*first, name),
            what + " fires before timer " + (first ? first->text() : "")
        );
    }
}

// What a start would not find any more is lost.
void CommitAudit::check_timers_begin(const Effects& effects) {
    for (const auto& [home, begin] : effects.timers_begin) {
        auto first = books_.current.first_timer(home);
        expect(
            !first || *first >= begin,
            "a start would look for timers from behind timer " + (first ? first->text() : "")
        );
    }
}

}  // namespace sfg::sim
