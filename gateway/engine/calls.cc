#include "gateway/engine/calls.h"

#include "protocol/assert.h"
#include "protocol/module_spec.h"

#include <utility>

namespace sfg::engine {

namespace {

std::uint64_t value(WaiterId waiter) {
    return static_cast<std::uint64_t>(waiter);
}

}  // namespace

const TypeName& call_type() {
    static const TypeName type{std::string(kGatewayNamespace), std::string(kCallTypeName)};
    return type;
}

std::string Calls::key_of(const std::string& id) const {
    std::string key =
        storage::partition_prefix(partition_of(id, core_.partitions.count()), storage::Table::call);
    return key + id;
}

bool Calls::ours(const std::string& id) const {
    auto parsed = parse_message_id(id);
    return parsed && parsed->store == core_.store;
}

std::optional<CallRow> Calls::record(const std::string& id) const {
    if (!ours(id)) {
        return std::nullopt;
    }
    const std::optional<SharedBytes>& bytes = rows_.at(key_of(id));
    std::optional<CallRow> row = bytes ? decode_call_row(bytes->view()) : std::nullopt;
    // It may be deleted by a commit that the read of it did not see.
    bool is_over = row && row->is_over(core_.wall_ms) && !waiters_.contains(id);
    return is_over ? std::nullopt : row;
}

void Calls::put(Draft& draft, const std::string& id, const CallRow& row) {
    SharedBytes bytes = encode(row);
    std::string key = key_of(id);
    rows_.set(key, bytes, draft.number());
    draft.put(key, std::move(bytes));
}

void Calls::open(Draft& draft, const std::string& id, bool keyed, WaiterId waiter) {
    // A response may have guessed the id and wait for the record: what it reads is older than this.
    put(draft, id, {false, keyed, core_.wall_ms, {}, {}});
    if (!keyed || expected_.erase(value(waiter)) > 0) {
        add_waiter(id, waiter);
    }
    ++draft.count(partition_of(id, core_.partitions.count())).calls;
}

bool Calls::known(const std::string& id) const {
    return !ours(id) || rows_.known(key_of(id));
}

void Calls::need(const std::vector<std::string>& ids, const std::function<void()>& then) {
    std::vector<std::string> keys;
    keys.reserve(ids.size());
    for (const std::string& id : ids) {
        keys.push_back(key_of(id));
    }
    rows_.need(keys, then);
}

void Calls::bring(const std::string& id, std::function<void()> then) {
    std::string key = key_of(id);
    rows_.pin(key);
    rows_.need({key}, [this, key, then = std::move(then)] {
        then();
        rows_.unpin(key);
    });
}

void Calls::pin(const std::string& id) {
    if (ours(id)) {
        rows_.pin(key_of(id));
    }
}

void Calls::unpin(const std::string& id) {
    if (ours(id)) {
        rows_.unpin(key_of(id));
    }
}

void Calls::add_waiter(const std::string& id, WaiterId waiter) {
    std::vector<WaiterId>& waiters = waiters_[id];
    if (waiters.empty()) {
        rows_.pin(key_of(id));
    }
    waiters.push_back(waiter);
    waited_for_[value(waiter)] = id;
}

std::vector<WaiterId> Calls::take_waiters(const std::string& id) {
    auto taken = waiters_.extract(id);
    if (!taken) {
        return {};
    }
    rows_.unpin(key_of(id));
    for (WaiterId waiter : taken.mapped()) {
        waited_for_.erase(value(waiter));
    }
    return std::move(taken.mapped());
}

void Calls::attach(const std::string& id, WaiterId waiter) {
    SFG_ASSERT(ours(id), "marks name messages of this store");
    if (!known(id)) {
        bring(id, [this, id, waiter] { attach(id, waiter); });
        return;
    }
    if (expected_.erase(value(waiter)) == 0) {
        return;  // Its time is over, or its client has left.
    }
    std::optional<CallRow> row = record(id);
    if (!row) {
        Problem problem{Errc::no_reply_known, "message " + id + " is no longer kept"};
        core_.actions.answer(waiter, Refused{std::move(problem), {}, id});
    } else if (row->replied) {
        answer_reply(id, *row, waiter);
    } else if (row->held) {
        answer_held(id, *row, waiter);
    } else {
        add_waiter(id, waiter);
    }
}

void Calls::ask(const std::string& id, WaiterId waiter) {
    if (!known(id)) {
        expect(waiter);
        bring(id, [this, id, waiter] {
            if (no_longer_expected(waiter)) {
                ask(id, waiter);
            }
        });
        return;
    }
    std::optional<CallRow> row = record(id);
    if (!row) {
        Problem problem{Errc::no_reply_known, "'" + id + "' is not the id of a call that is kept"};
        core_.actions.answer(waiter, Refused{std::move(problem), {}, {}});
    } else if (row->replied) {
        answer_reply(id, *row, waiter);
    } else if (row->held) {
        answer_held(id, *row, waiter);
    } else {
        core_.ledger.answer_when_durable(rows_.changed(key_of(id)), waiter, StillOpen{id});
    }
}

void Calls::answer_reply(const std::string& id, const CallRow& row, WaiterId waiter) {
    core_.ledger.answer_when_durable(rows_.changed(key_of(id)), waiter, Reply{id, row.reply});
}

void Calls::answer_held(const std::string& id, const CallRow& row, WaiterId waiter) {
    core_.ledger.answer_when_durable(rows_.changed(key_of(id)), waiter, Refused{*row.held, {}, id});
}

void Calls::hold(Draft& draft, const std::string& id, Problem problem) {
    if (!ours(id)) {
        return;
    }
    if (!known(id)) {
        bring(id, [this, id, problem = std::move(problem)] {
            Draft& own = core_.ledger.open();
            hold(own, id, problem);
            core_.ledger.close(own);
        });
        return;
    }
    std::optional<CallRow> row = record(id);
    if (!row || row->replied) {
        return;
    }
    row->held = std::move(problem);
    put(draft, id, *row);
    draft.hurry();
    for (WaiterId waiter : take_waiters(id)) {
        answer_held(id, *row, waiter);
    }
}

void Calls::reply(Draft& draft, const std::string& id, std::string_view typed_value) {
    std::optional<CallRow> row = record(id);
    if (!row || row->replied) {
        ++core_.stats.late_replies;
        return;
    }
    row->replied = true;
    row->held.reset();
    row->reply = SharedBytes(typed_value);
    put(draft, id, *row);
    draft.hurry();
    for (WaiterId waiter : take_waiters(id)) {
        answer_reply(id, *row, waiter);
    }
}

void Calls::forget_waiter(WaiterId waiter) {
    expected_.erase(value(waiter));
    auto found = waited_for_.extract(value(waiter));
    if (!found) {
        return;
    }
    const std::string& id = found.mapped();
    std::vector<WaiterId>& waiters = waiters_.at(id);
    std::erase(waiters, waiter);
    if (waiters.empty()) {
        waiters_.erase(id);
        rows_.unpin(key_of(id));
    }
}

void Calls::time_out(WaiterId waiter) {
    if (expected_.erase(value(waiter)) > 0) {
        Problem problem{Errc::in_doubt, "the Idempotency-Key is still being looked up"};
        core_.actions.answer(waiter, Refused{std::move(problem), std::chrono::seconds(1), {}});
        return;
    }
    auto found = waited_for_.find(value(waiter));
    if (found == waited_for_.end()) {
        return;
    }
    std::string id = found->second;
    bool durable = rows_.changed(key_of(id)) <= core_.ledger.durable();
    Problem problem{
        durable ? Errc::call_timeout : Errc::in_doubt,
        durable ? "message " + id + " is accepted, its reply is not there yet"
                : "message " + id + " is not durable yet"
    };
    forget_waiter(waiter);
    core_.actions.answer(waiter, Refused{std::move(problem), std::chrono::seconds(1), id});
}

void Calls::give_up() {
    for (auto& [waiter, id] : waited_for_) {
        Problem problem{
            Errc::in_doubt, "the store was opened anew while message " + id + " waited"
        };
        core_.actions.answer(
            WaiterId{waiter}, Refused{std::move(problem), std::chrono::seconds(1), id}
        );
    }
    waited_for_.clear();
    for (std::uint64_t waiter : std::exchange(expected_, {})) {
        Problem problem{Errc::in_doubt, "the store was opened anew while a call was looked up"};
        core_.actions.answer(
            WaiterId{waiter}, Refused{std::move(problem), std::chrono::seconds(1), {}}
        );
    }
    for (const auto& [id, waiters] : std::exchange(waiters_, {})) {
        rows_.unpin(key_of(id));
    }
}

}  // namespace sfg::engine
