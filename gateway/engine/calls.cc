#include "gateway/engine/calls.h"

#include "protocol/assert.h"
#include "protocol/module_spec.h"

#include <memory>
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

void Calls::open(Draft& draft, const std::string& id, bool keyed, WaiterId waiter) {
    // A response may have guessed the id and wait for the record: it keeps its place.
    Record& record = records_[id];
    record.state = State::open;
    record.row = {false, keyed, core_.wall_ms, {}, {}};
    record.changed = draft.number();
    if (!keyed || expected_.erase(value(waiter)) > 0) {
        record.waiters.push_back(waiter);
        waiters_[value(waiter)] = id;
    }
    draft.put(key_of(id), encode(record.row));
    ++draft.count(partition_of(id, core_.partitions.count())).calls;
}

bool Calls::known(const std::string& id) const {
    auto found = records_.find(id);
    return !ours(id) || (found != records_.end() && found->second.state != State::loading);
}

void Calls::need(const std::vector<std::string>& ids, std::function<void()> then) {
    // The last one that comes goes on.
    auto left = std::make_shared<std::size_t>(ids.size());
    auto one_less = [left, then = std::move(then)] {
        if (--*left == 0) {
            then();
        }
    };
    std::vector<std::string> asked;
    ReadRequest request;
    for (const std::string& id : ids) {
        Record& record = records_[id];
        SFG_ASSERT(record.state == State::loading, "what is known need not be asked for");
        record.when_loaded.push_back(one_less);
        if (record.when_loaded.size() == 1) {
            request.gets.push_back({key_of(id)});
            asked.push_back(id);
        }
    }
    if (asked.empty()) {
        return;  // Others have asked for all of them.
    }
    core_.reads.start(std::move(request), [this, asked = std::move(asked)](ReadResult result) {
        for (std::size_t i = 0; i < asked.size(); ++i) {
            loaded(asked[i], result.gets[i]);
        }
    });
}

void Calls::pin(const std::string& id) {
    if (ours(id)) {
        ++records_[id].pins;
    }
}

void Calls::unpin(const std::string& id) {
    auto found = records_.find(id);
    if (found != records_.end() && found->second.pins > 0) {
        --found->second.pins;
        may_forget(id, found->second.changed);
    }
}

void Calls::loaded(const std::string& id, const std::optional<SharedBytes>& bytes) {
    Record& record = records_[id];
    std::optional<CallRow> row;
    if (bytes) {
        row = decode_call_row(bytes->view());
        // Its row may be deleted by a commit that this read does not see yet.
        if (row && row->is_over(core_.wall_ms)) {
            row.reset();
        }
    }
    if (record.state == State::loading) {  // Else it was opened meanwhile, which is newer.
        record.state = !row ? State::absent : row->replied ? State::replied : State::open;
        record.row = row ? std::move(*row) : CallRow{};
    }
    for (auto& then : std::exchange(record.when_loaded, {})) {
        then();
    }
    may_forget(id, core_.ledger.last_number());
}

void Calls::attach(const std::string& id, WaiterId waiter) {
    SFG_ASSERT(ours(id), "marks name messages of this store");
    if (!known(id)) {
        need({id}, [this, id, waiter] { attach(id, waiter); });
        return;
    }
    if (expected_.erase(value(waiter)) == 0) {
        return;  // Its time is over, or its client has left.
    }
    Record& record = records_.at(id);
    if (record.state == State::replied) {
        answer_reply(record, id, waiter);
    } else if (record.state == State::open && record.row.held) {
        answer_held(record, id, waiter);
    } else if (record.state == State::open) {
        record.waiters.push_back(waiter);
        waiters_[value(waiter)] = id;
    } else {
        Problem problem{Errc::no_reply_known, "message " + id + " is no longer kept"};
        core_.actions.answer(waiter, Refused{std::move(problem), {}, id});
    }
}

void Calls::ask(const std::string& id, WaiterId waiter) {
    if (ours(id) && !known(id)) {
        need({id}, [this, id, waiter] { ask(id, waiter); });
        return;
    }
    auto found = records_.find(id);
    if (found != records_.end() && found->second.state == State::replied) {
        answer_reply(found->second, id, waiter);
    } else if (found != records_.end() && found->second.row.held) {
        answer_held(found->second, id, waiter);
    } else if (found != records_.end() && found->second.state == State::open) {
        core_.ledger.answer_when_durable(found->second.changed, waiter, StillOpen{id});
    } else {
        Problem problem{Errc::no_reply_known, "'" + id + "' is not the id of a call that is kept"};
        core_.actions.answer(waiter, Refused{std::move(problem), {}, {}});
    }
}

void Calls::answer_reply(Record& record, const std::string& id, WaiterId waiter) {
    core_.ledger.answer_when_durable(record.changed, waiter, Reply{id, record.row.reply});
}

void Calls::answer_held(Record& record, const std::string& id, WaiterId waiter) {
    core_.ledger.answer_when_durable(record.changed, waiter, Refused{*record.row.held, {}, id});
}

void Calls::hold(Draft& draft, const std::string& id, Problem problem) {
    if (!ours(id)) {
        return;
    }
    if (!known(id)) {
        need({id}, [this, id, problem = std::move(problem)] {
            Draft own = core_.ledger.open();
            hold(own, id, problem);
            core_.ledger.close(std::move(own));
        });
        return;
    }
    Record& record = records_.at(id);
    if (record.state != State::open) {
        return;
    }
    record.row.held = std::move(problem);
    record.changed = draft.number();
    draft.put(key_of(id), encode(record.row));
    draft.hurry();
    for (WaiterId waiter : std::exchange(record.waiters, {})) {
        waiters_.erase(value(waiter));
        answer_held(record, id, waiter);
    }
    may_forget(id, record.changed);
}

void Calls::reply(Draft& draft, const std::string& id, std::string_view typed_value) {
    auto found = records_.find(id);
    if (found == records_.end() || found->second.state != State::open) {
        ++core_.stats.late_replies;
        return;
    }
    Record& record = found->second;
    record.state = State::replied;
    record.row.replied = true;
    record.row.held.reset();
    record.row.reply = SharedBytes(typed_value);
    record.changed = draft.number();
    draft.put(key_of(id), encode(record.row));
    draft.hurry();
    for (WaiterId waiter : std::exchange(record.waiters, {})) {
        waiters_.erase(value(waiter));
        answer_reply(record, id, waiter);
    }
    may_forget(id, record.changed);
}

void Calls::forget_waiter(WaiterId waiter) {
    expected_.erase(value(waiter));
    auto found = waiters_.find(value(waiter));
    if (found == waiters_.end()) {
        return;
    }
    std::string id = std::move(found->second);
    waiters_.erase(found);
    Record& record = records_.at(id);
    std::erase(record.waiters, waiter);
    may_forget(id, record.changed);
}

void Calls::time_out(WaiterId waiter) {
    if (expected_.erase(value(waiter)) > 0) {
        Problem problem{Errc::in_doubt, "the Idempotency-Key is still being looked up"};
        core_.actions.answer(waiter, Refused{std::move(problem), std::chrono::seconds(1), {}});
        return;
    }
    auto found = waiters_.find(value(waiter));
    if (found == waiters_.end()) {
        return;
    }
    std::string id = found->second;
    bool durable = records_.at(id).changed <= core_.ledger.durable();
    Problem problem{
        durable ? Errc::call_timeout : Errc::in_doubt,
        durable ? "message " + id + " is accepted, its reply is not there yet"
                : "message " + id + " is not durable yet"
    };
    forget_waiter(waiter);
    core_.actions.answer(waiter, Refused{std::move(problem), std::chrono::seconds(1), id});
}

void Calls::may_forget(const std::string& id, CommitNumber after) {
    leaving_.push_back({after, id});
}

void Calls::on_durable() {
    while (!leaving_.empty() && leaving_.front().after <= core_.ledger.durable()) {
        auto found = records_.find(leaving_.front().id);
        leaving_.pop_front();
        if (found == records_.end()) {
            continue;
        }
        const Record& record = found->second;
        bool quiet = record.pins == 0 && record.waiters.empty() && record.when_loaded.empty() &&
                     record.state != State::loading;
        if (quiet && record.changed <= core_.ledger.durable()) {
            records_.erase(found);
        }
    }
}

void Calls::clear() {
    for (auto& [waiter, id] : waiters_) {
        Problem problem{
            Errc::in_doubt, "the store was opened anew while message " + id + " waited"
        };
        core_.actions.answer(
            WaiterId{waiter}, Refused{std::move(problem), std::chrono::seconds(1), id}
        );
    }
    waiters_.clear();
    expected_.clear();
    records_.clear();
    leaving_.clear();
}

}  // namespace sfg::engine
