#include "tests/simulation/clients.h"

#include "protocol/codec.h"

#include <algorithm>

namespace sfg::sim {

namespace {

// A key that is older than this is not used again: the gateway forgets keys after a day.
constexpr std::int64_t kRepeatedFor = 20 * 3'600'000LL;
constexpr std::size_t kRemembered = 100;

const std::vector<std::string>& odd_ids() {
    static const std::vector<std::string> ids = {
        "", std::string("a\0b", 3), "a/b", "a%2Fb", "\xc3\xa9", std::string(300, 'x')
    };
    return ids;
}

}  // namespace

Clients::Request Clients::make(std::int64_t wall_ms, Kind kind) {
    Request request;
    request.uid = "m" + std::to_string(++made_);
    std::size_t padding = random_.one_in(4) ? random_.below(scenario_.padding_max) : 0;
    request.text = request.uid + "|0|" + std::string(padding, '.');
    request.target.type = Scenario::types()[random_.below(Scenario::types().size() - 1)];
    request.target.id = random_.one_in(25) ? odd_ids()[random_.below(odd_ids().size())]
                                           : std::to_string(random_.below(scenario_.ids));
    request.is_call = kind == Kind::any && random_.percent(30);
    request.first_ms = wall_ms;
    if (scenario_.timers && !request.is_call && random_.one_in(6)) {
        request.delay_ms = some_delay(random_);
    }
    if (random_.percent(35)) {
        request.key = "k" + std::to_string(made_);
        request.hash = mix(7, request.text.data(), request.text.size()) +
                       static_cast<std::uint64_t>(request.delay_ms.value_or(0));
    }
    return request;
}

void Clients::forget_old(std::int64_t wall_ms) {
    std::erase_if(repeatable_, [wall_ms](const Request& request) {
        return wall_ms - request.first_ms > kRepeatedFor || request.first_ms > wall_ms;
    });
}

Clients::Request Clients::choose(std::int64_t wall_ms, Kind kind) {
    if (!repeatable_.empty() && random_.percent(30)) {
        Request request = random_.pick(repeatable_);
        if (random_.one_in(20)) {
            request.hash += 1;  // Another content under the same key.
        }
        if (kind == Kind::any || !request.is_call) {
            return request;
        }
    }
    Request request = make(wall_ms, kind);
    if (!request.key.empty()) {
        repeatable_.push_back(request);
        if (repeatable_.size() > kRemembered) {
            repeatable_.erase(repeatable_.begin());
        }
    }
    return request;
}

std::optional<Clients::Outgoing> Clients::send(WaiterId waiter, std::int64_t wall_ms) {
    if (open_.size() >= scenario_.requests_open_max) {
        return std::nullopt;
    }
    forget_old(wall_ms);
    Request request = choose(wall_ms, Kind::any);
    open_[waiter] = request;
    return to_engine(request, waiter);
}

Clients::Outgoing Clients::pulse(WaiterId waiter, const Address& target) {
    Request request;
    do {
        request.uid = "m" + std::to_string(++made_);
    } while (scenario_.is_poison(request.uid));
    request.text = request.uid + "|0|";
    request.target = target;
    open_[waiter] = request;
    return to_engine(request, waiter);
}

std::optional<Clients::OutgoingBulk> Clients::send_bulk(WaiterId waiter, std::int64_t wall_ms) {
    constexpr std::size_t kMost = 12;
    if (open_.size() >= scenario_.requests_open_max) {
        return std::nullopt;
    }
    forget_old(wall_ms);
    OutgoingBulk bulk;
    bulk.event.waiter = waiter;
    bulk.waiter.kind = AnswerAudit::Kind::bulk;
    for (std::size_t left = 1 + random_.below(kMost); left > 0; --left) {
        Outgoing one = to_engine(choose(wall_ms, Kind::send), WaiterId{});
        bulk.event.messages.push_back(std::move(one.event));
        bulk.attempts.push_back(std::move(one.attempt));
        bulk.waiter.parts.push_back(std::move(one.waiter));
    }
    open_[waiter] = {};
    return bulk;
}

Clients::Outgoing Clients::to_engine(const Request& request, WaiterId waiter) const {
    Address caller{kCallType, std::string(kMessageIdBytes, '?')};
    auto home = partition_of(request.target.id, scenario_.options.partitions);
    OpenMessage open =
        make_open_message(home, request.is_call ? &caller : nullptr, "t/text", request.text.size());
    open.fill(request.text);
    Outgoing out;
    out.event.waiter = waiter;
    out.event.target = request.target;
    out.event.stored = std::move(open.bytes);
    out.event.is_call = request.is_call;
    out.event.id_end = open.id_end;
    if (!request.key.empty()) {
        out.event.idempotency = engine::Idempotency{request.key, request.hash};
    }
    if (request.delay_ms) {
        out.event.delay = std::chrono::milliseconds(*request.delay_ms);
    }
    out.attempt = {
        request.uid,
        request.target,
        request.text,
        request.is_call,
        out.event.idempotency,
        request.delay_ms
    };
    out.waiter.kind = request.is_call ? AnswerAudit::Kind::call : AnswerAudit::Kind::send;
    out.waiter.uid = request.uid;
    out.waiter.target = request.target;
    out.waiter.key = request.key;
    out.waiter.hash = request.hash;
    return out;
}

void Clients::answered(WaiterId waiter, const engine::Answer& answer) {
    std::string id;
    if (const auto* accepted = std::get_if<engine::Accepted>(&answer)) {
        id = accepted->message_id.text();
    } else if (const auto* refused = std::get_if<engine::Refused>(&answer)) {
        id = refused->message_id;
    }
    if (!id.empty()) {
        ids_.push_back(id);
        if (ids_.size() > kRemembered) {
            ids_.erase(ids_.begin());
        }
    }
    open_.erase(waiter);
}

void Clients::cut(WaiterId waiter) {
    open_.erase(waiter);
}

std::string Clients::some_id() {
    return ids_.empty() ? "" : random_.pick(ids_);
}

std::optional<WaiterId> Clients::some_waiter() {
    if (open_.empty()) {
        return std::nullopt;
    }
    auto at = open_.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(random_.below(open_.size())));
    return at->first;
}

std::optional<WaiterId> Clients::some_call() {
    auto waiter = some_waiter();
    return waiter && open_.at(*waiter).is_call ? waiter : std::nullopt;
}

}  // namespace sfg::sim
