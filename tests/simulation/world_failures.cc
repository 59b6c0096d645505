// The moves of World around calls that fail: one of them, those of a function that can't process
// what it is given, all of a type, all of an endpoint.
#include "protocol/assert.h"
#include "protocol/module_rebind.h"
#include "tests/simulation/decode.h"
#include "tests/simulation/world.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

namespace sfg::sim {

using engine::CallFailed;
using engine::FailureKind;
using engine::FailurePoint;

// The call is over, without a response.
void World::fail(std::size_t at, CallFailed event) {
    OutCall& call = process_->calls[at];
    event.epoch = call.asked.call.epoch;
    event.id = call.asked.call.id;
    trace_.add("the call of " + describe(call.asked) + " fails: " + event.reason);
    bool cut_off = event.point == FailurePoint::exchange;
    auditor_.calls.failed(
        call.seq,
        event.kind != FailureKind::down ? EvidenceAudit::End::refused
        : cut_off                       ? EvidenceAudit::End::cut_off
                                        : EvidenceAudit::End::down
    );
    retire(at);
    process_->give(event);
}

bool World::fail_call() {
    if (process_->calls.empty()) {
        return false;
    }
    std::size_t at = random_.below(process_->calls.size());
    OutCall& call = process_->calls[at];
    if (random_.one_in(2)) {
        call.response = functions_.handle(call.asked);  // It did its work, nobody heard of it.
    }
    constexpr FailureKind kKinds[] = {
        FailureKind::down, FailureKind::rejected, FailureKind::too_large
    };
    constexpr FailurePoint kPoints[] = {
        FailurePoint::connect, FailurePoint::exchange, FailurePoint::answer
    };
    CallFailed event;
    event.kind = kKinds[random_.below(std::size(kKinds))];
    if (event.kind == FailureKind::down) {
        event.point = kPoints[random_.below(std::size(kPoints))];
        event.overloaded = event.point == FailurePoint::answer && random_.one_in(2);
    }
    event.reason = "bad luck";
    event.retry_after = std::chrono::seconds(random_.one_in(5) ? random_.below(20) : 0);
    fail(at, std::move(event));
    return true;
}

bool World::refuse(std::size_t at) {
    const OutCall& call = process_->calls[at];
    const Address& target = call.asked.call.target;
    const auto& batch = call.asked.batch.invocations();
    bool large =
        scenario_.batch_most > 0 && static_cast<std::size_t>(batch.size()) > scenario_.batch_most;
    bool poison = std::any_of(batch.begin(), batch.end(), [this](const auto& one) {
        return auditor_.books.is_poison(uid_of(one.argument().value()));
    });
    CallFailed event;
    event.kind = FailureKind::rejected;
    if (auditor_.books.is_down(target)) {
        event.kind = FailureKind::down;
        event.point = random_.one_in(2) ? FailurePoint::connect : FailurePoint::exchange;
        event.reason = "its endpoint is down";
    } else if (large) {
        event.kind = FailureKind::too_large;
        event.status = 413;
        event.reason = "too large";
    } else if (auditor_.books.broken == target.type) {
        event.status = 500;
        event.reason = "a bad deploy";
    } else if (poison && scenario_.poison_hangs) {
        event.kind = FailureKind::down;
        event.point = FailurePoint::exchange;
        event.reason = "a message that hangs it";
    } else if (poison) {
        event.status = 500;
        event.reason = "a message that can't be processed";
    } else {
        return false;
    }
    auditor_.books.met(Fact::refused_batch, event.kind != FailureKind::down);
    fail(at, std::move(event));
    return true;
}

// A version of a function is deployed that refuses everything, and later a good one.
bool World::deploy_badly() {
    Books& books = auditor_.books;
    if (books.broken) {
        mend();
    } else {
        books.broken = Scenario::types()[random_.below(Scenario::types().size() - 1)];
        books.met(Fact::type_broken);
        trace_.add("functions of " + books.broken->text() + " refuse everything");
    }
    return true;
}

void World::mend() {
    Books& books = auditor_.books;
    if (books.broken) {
        trace_.add("functions of " + books.broken->text() + " are mended");
        books.met(Fact::type_mended);
        books.broken.reset();
    }
}

// An endpoint goes, and comes back.
bool World::outage() {
    Books& books = auditor_.books;
    if (books.down) {
        trace_.add("endpoint " + std::to_string(*books.down) + " is back");
        books.down.reset();
    } else {
        books.down = random_.below(books.module.endpoints.size());
        books.met(Fact::endpoint_gone);
        trace_.add("endpoint " + std::to_string(*books.down) + " is gone");
    }
    return true;
}

// One of the functions of t has an endpoint of its own, or not; those of u are served, or not; all
// of t move to another URL.
bool World::reload() {
    const ModuleSpec& bound = auditor_.books.module;
    const TypeName& moving = Scenario::types()[1];
    auto is_bound = [&bound](const FunctionPattern& functions) {
        return std::any_of(bound.endpoints.begin(), bound.endpoints.end(), [&](const auto& each) {
            return each.is_bound && each.functions == functions;
        });
    };
    enum class Change : std::uint8_t { own, served, url };
    auto change = Change{static_cast<std::uint8_t>(random_.below(3))};
    ModuleSpec next = scenario_.module;
    next.endpoints[0].url_template = bound.endpoints[0].url_template;
    next.endpoints[0].url_template += change == Change::url ? "x" : "";
    if (is_bound({moving.ns, moving.name}) != (change == Change::own)) {
        next.endpoints.push_back(next.endpoints[0]);
        next.endpoints.back().functions = {moving.ns, moving.name};
    }
    if (is_bound({"u", std::nullopt}) == (change == Change::served)) {
        next.endpoints.erase(next.endpoints.begin() + 1);
    }
    bind(next);
    return true;
}

void World::bind(const ModuleSpec& next) {
    Books& books = auditor_.books;
    std::optional<Rebinding> rebinding = rebind(books.module, next);
    SFG_ASSERT(rebinding);
    for (const std::string& change : rebinding->changes) {
        trace_.add("reload: " + change);
    }
    books.met(Fact::reloaded, !rebinding->changes.empty());
    books.module = rebinding->module;
    process_->give(engine::BindingsChanged{
        std::make_shared<const ModuleSpec>(std::move(rebinding->module)), rebinding->renewed
    });
}

}  // namespace sfg::sim
