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

#include <cstdint>
#include <deque>
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
    explicit Calls(Core& core) : core_(core) {}

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

    // Brings the records into memory, in one read, then goes on.
    void need(const std::vector<std::string>& ids, std::function<void()> then);

    // What is pinned stays in memory, known or being loaded, until it is unpinned as often.
    void pin(const std::string& id);
    void unpin(const std::string& id);

    // A keyed call whose key is being looked up: its deadline may come, or its client leave, before
    // it is opened or attached. Then it is not attached any more.
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
    void on_durable();

    // A new epoch: what was not durable is in doubt.
    void clear();

    [[nodiscard]] bool in_memory(const std::string& id) const { return records_.contains(id); }

    [[nodiscard]] std::size_t open_count() const { return waiters_.size(); }

private:
    enum class State : std::uint8_t { loading, absent, open, replied };

    struct Record {
        State state = State::loading;
        CallRow row;
        CommitNumber changed{};
        std::vector<WaiterId> waiters;
        std::vector<std::function<void()>> when_loaded;
        std::uint32_t pins = 0;
    };

    [[nodiscard]] std::string key_of(const std::string& id) const;
    [[nodiscard]] bool ours(const std::string& id) const;
    void loaded(const std::string& id, const std::optional<SharedBytes>& bytes);
    void answer_reply(Record& record, const std::string& id, WaiterId waiter);
    void answer_held(Record& record, const std::string& id, WaiterId waiter);
    void may_forget(const std::string& id, CommitNumber after);

    Core& core_;
    std::unordered_map<std::string, Record> records_;
    std::unordered_map<std::uint64_t, std::string> waiters_;
    std::unordered_set<std::uint64_t> expected_;

    struct Leaving {
        CommitNumber after;
        std::string id;
    };

    std::deque<Leaving> leaving_;
};

}  // namespace sfg::engine
