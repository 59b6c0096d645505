// The part of CommitAudit for messages from outside.
#include "protocol/codec.h"
#include "tests/simulation/commit_audit.h"

#include <algorithm>
#include <iterator>

namespace sfg::sim {

namespace {

constexpr std::int64_t kMarkKept = 24 * 3'600'000;

}  // namespace

std::vector<CommitAudit::Arrival> CommitAudit::arrivals_of(const Effects& effects) {
    std::vector<Arrival> arrivals;
    for (const Effects::Put& put : effects.puts) {
        arrivals.push_back({put.key, &put.message, put.target, std::nullopt});
    }
    for (const auto& [name, timer] : effects.armed) {
        arrivals.push_back({name.message, &timer.message, timer.target, name});
    }
    std::sort(arrivals.begin(), arrivals.end(), [](const Arrival& one, const Arrival& other) {
        return one.key < other.key;
    });
    return arrivals;
}

bool CommitAudit::is_it(const Effects& effects, const Arrival& arrival, const Attempt& sent) {
    auto mark = sent.idempotency ? effects.marks.find({sent.target, sent.idempotency->key})
                                 : effects.marks.end();
    return sent.uid == arrival.message->uid &&
           sent.delay_ms.has_value() == arrival.timer.has_value() &&
           (mark == effects.marks.end() || mark->second.hash == sent.idempotency->content_hash);
}

std::optional<std::vector<std::size_t>> CommitAudit::match(
    const Effects& effects,
    const std::vector<Arrival>& arrivals,
    const std::vector<Attempt>& sent
) {
    std::vector<std::size_t> places;
    std::size_t at = 0;
    for (const Arrival& arrival : arrivals) {
        while (at < sent.size() && !is_it(effects, arrival, sent[at])) {
            ++at;
        }
        if (at == sent.size()) {
            return std::nullopt;
        }
        places.push_back(at++);
    }
    return places;
}

// What one request brought, or the part of it that lives in one partition, in its order.
void CommitAudit::check_arrival(const Effects& effects) {
    const std::vector<Arrival> arrivals = arrivals_of(effects);
    // It may go on with the request of the commit before it, if it is known which one that was.
    bool goes_on = is_last_arrival_sure_ && next(last_arrival_.second) == effects.number &&
                   last_arrival_event_ == books_.events;
    auto attempt = goes_on ? attempts_.find(last_arrival_.first) : attempts_.end();
    auto places =
        attempt == attempts_.end() ? std::nullopt : match(effects, arrivals, attempt->second);
    goes_on = places.has_value();
    if (!goes_on) {
        // The newest one that it can be: older ones may only wait to be told of a repeat.
        attempt = attempts_.end();
        std::size_t matches = 0;
        for (auto one = attempts_.rbegin(); one != attempts_.rend(); ++one) {
            auto found = match(effects, arrivals, one->second);
            matches += found ? 1 : 0;
            if (found && !places) {
                places = std::move(found);
                attempt = std::prev(one.base());
            }
        }
        is_last_arrival_sure_ = matches == 1;
    }
    if (!places) {
        expect(
            false,
            "message " + arrivals.front().message->uid + " is accepted, but nobody sends it now"
        );
        return;
    }
    last_arrival_ = {attempt->first, effects.number};
    last_arrival_event_ = books_.events;
    if (goes_on) {
        books_.inside.insert(effects.number);
        books_.met(Fact::bulk_split);
    }
    // Limits are looked at before a request, which may pass them by its own messages.
    expect(
        books_.waiting_before < books_.scenario.options.waiting_messages_max || !books_.ready,
        "a message is accepted above the limit (invariant 8)"
    );
    std::vector<Attempt>& sent = attempt->second;
    std::size_t keyed = 0;
    for (std::size_t i = 0; i < arrivals.size(); ++i) {
        const Attempt& one = sent[(*places)[i]];
        check_content(effects, arrivals[i], one);
        check_mark(effects, arrivals[i], one);
        keyed += one.idempotency ? 1 : 0;
        expect(
            books_.partition(one.target) == books_.partition(arrivals[0].target),
            "messages of several partitions are accepted in one commit (D10)"
        );
    }
    expect(effects.marks.size() == keyed && effects.hours.size() == keyed, "a mark without a key");
    expect(
        effects.states.empty() && effects.records.empty() && effects.tokens.empty() &&
            effects.tokens_gone.empty(),
        "an arrival changes more"
    );
    for (std::size_t i = places->size(); i-- > 0;) {
        sent.erase(sent.begin() + static_cast<std::ptrdiff_t>((*places)[i]));
    }
    if (sent.empty()) {
        attempts_.erase(attempt);
    }
}

void CommitAudit::check_content(
    const Effects& effects,
    const Arrival& arrival,
    const Attempt& sent
) {
    expect(
        arrival.target == sent.target, "message " + sent.uid + " is accepted for another target"
    );
    auto decoded = decode_message(arrival.message->bytes);
    expect(decoded && decoded->argument.value == sent.text, sent.uid + " has another content");
    if (arrival.timer) {
        const TimerName& name = *arrival.timer;
        books_.met(Fact::client_timer);
        auto timer =
            std::find_if(effects.armed.begin(), effects.armed.end(), [&name](const auto& one) {
                return one.first == name;
            });
        expect(
            name.home == books_.partition(arrival.target) && !timer->second.token &&
                name.due_ms == static_cast<std::uint64_t>(books_.wall_ms + *sent.delay_ms),
            sent.uid + " is delayed, but not until its time"
        );
    }
    if (!sent.is_call) {
        expect(decoded && !decoded->caller, "a send has a caller");
        expect(effects.calls.empty(), "a send opens a call");
        return;
    }
    std::string id = message_id(kStore, arrival.key);
    expect(decoded && decoded->caller == Address{kCallType, id}, sent.uid + " has no caller");
    auto call = effects.calls.find(id);
    bool open = call != effects.calls.end() && effects.calls.size() == 1 && !call->second.replied &&
                call->second.keyed == sent.idempotency.has_value();
    expect(open, "the commit of call " + sent.uid + " does not open it");
}

void CommitAudit::check_mark(const Effects& effects, const Arrival& arrival, const Attempt& sent) {
    if (!sent.idempotency) {
        return;
    }
    MarkName name{sent.target, sent.idempotency->key};
    auto mark = effects.marks.find(name);
    bool good = mark != effects.marks.end() && mark->second.message == arrival.key &&
                mark->second.hash == sent.idempotency->content_hash &&
                mark->second.time_ms == books_.wall_ms;
    expect(good, "the commit of " + sent.uid + " has not its mark");
    auto before = books_.current.marks.find(name);
    bool old = before == books_.current.marks.end() ||
               before->second.time_ms + kMarkKept <= books_.wall_ms;
    expect(old, "key " + name.second + " is accepted twice within its time");
}

}  // namespace sfg::sim
