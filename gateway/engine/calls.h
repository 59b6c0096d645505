// Calls: synchronous calls and their replies (design D8).
//
// A call is an ordinary message from the reserved caller io.statefun.gateway/call with the
// message's id as its id. Accepting it writes a call record in the same commit; the first message
// to that id turns the record into the reply. In memory are only records that somebody waits for or
// that are not durable yet; the store has the rest.
//
// Threads:    the engine's.
// Invariants: a record goes from open to replied once. A reply leaves only when it is durable.
//             While the message is parked or a dead letter its record is held: whoever asks hears
//             why. A reply may still come, after a retry or a replay.
// Limits:     EngineOptions::calls_max records are kept; at that bound new calls are refused
//             and the sweeper makes room.
#pragma once

#include "gateway/engine/call_row.h"
#include "gateway/engine/core.h"
#include "gateway/engine/pinned_rows.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace sfg::engine {

// The type of callers that are synchronous calls.
[[nodiscard]] const TypeName& call_type();

class Calls {
public:
    explicit Calls(Core& core) : core_(core), rows_(core.reads, core.ledger) {}

    [[nodiscard]] bool full() const {
        return core_.partitions.calls_kept() >= core_.options.calls_max;
    }

    // Records a new call in the commit of its message; the waiter is answered by its reply.
    void open(Draft& draft, const std::string& id, bool keyed, WaiterId waiter);

    // Another request waits for the same call (or is answered at once). `then_waits` is called once
    // it is decided.
    void attach(const std::string& id, WaiterId waiter);

    // Whether reply() can be decided without the store.
    [[nodiscard]] bool known(const std::string& id) const;

    // Brings the records into memory, in one read, then goes on. Requires: all of them are
    // different and pinned, and one is not known.
    void need(const std::vector<std::string>& ids, const std::function<void()>& then);

    // What is pinned stays in memory, known or being loaded, until it is unpinned as often.
    void pin(const std::string& id);
    void unpin(const std::string& id);

    // A keyed call whose key is being looked up, or who asks for a record that is being read: the
    // deadline may come, the client leave or the store be lost before it is there. Then it is not
    // attached or answered any more.
    void expect(WaiterId waiter) { expected_.insert(static_cast<std::uint64_t>(waiter)); }

    // It was refused after all. Whether it was still expected, and so is to be answered.
    bool no_longer_expected(WaiterId waiter) {
        return expected_.erase(static_cast<std::uint64_t>(waiter)) > 0;
    }

    // The first message to the call's address. Requires: known(id). A late or second one is counted
    // and dropped.
    void reply(Draft& draft, const std::string& id, std::string_view typed_value);

    // Its message can't be processed: says so to whoever waits or asks. If the record is not in
    // memory, it is loaded first, and changed in a commit of its own.
    void hold(Draft& draft, const std::string& id, Problem problem);

    // GET /v1/replies.
    void ask(const std::string& id, WaiterId waiter);

    // The deadline of a waiting request has come.
    void time_out(WaiterId waiter);
    void forget_waiter(WaiterId waiter);

    // Forgets records that the store can tell again.
    void on_durable() { rows_.on_durable(); }

    // The store is lost: tells those who wait that it is in doubt. Turns may still rest on records.
    void give_up();

    // A new epoch. Requires: nobody waits.
    void clear() { rows_.clear(); }

    [[nodiscard]] bool in_memory(const std::string& id) const { return rows_.contains(key_of(id)); }

    [[nodiscard]] std::size_t open_count() const { return waited_for_.size(); }

    // ---- For checks.
    [[nodiscard]] const PinnedRows& rows() const { return rows_; }

    // Calls that somebody waits for: each is pinned once by that.
    [[nodiscard]] std::size_t waited_for() const { return waiters_.size(); }

private:
    [[nodiscard]] std::string key_of(const std::string& id) const;
    [[nodiscard]] bool ours(const std::string& id) const;

    // Nothing: there is none, or its time is over. Requires: known(id).
    [[nodiscard]] std::optional<CallRow> record(const std::string& id) const;
    void put(Draft& draft, const std::string& id, const CallRow& row);

    // Reads the record, then goes on while it is known.
    void bring(const std::string& id, std::function<void()> then);

    void add_waiter(const std::string& id, WaiterId waiter);
    [[nodiscard]] std::vector<WaiterId> take_waiters(const std::string& id);
    void answer_reply(const std::string& id, const CallRow& row, WaiterId waiter);
    void answer_held(const std::string& id, const CallRow& row, WaiterId waiter);

    Core& core_;
    PinnedRows rows_;
    // By call. Its record is pinned by them.
    std::unordered_map<std::string, std::vector<WaiterId>> waiters_;
    std::unordered_map<std::uint64_t, std::string> waited_for_;  // By waiter.
    std::unordered_set<std::uint64_t> expected_;                 // Those of whom expect() speaks.
};

}  // namespace sfg::engine
