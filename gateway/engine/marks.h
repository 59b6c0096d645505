// Marks: requests that carry an Idempotency-Key count once (design D9).
//
// The scope of a key is the target address. A key is claimed in memory before its mark is looked
// up, so that a repeat that comes meanwhile meets the claim; mark and message are one commit; a
// repeat is answered only when that commit is durable. An index by hour serves the sweeper.
//
// Threads:    the engine's.
// Invariants: a claim stays in memory until its mark is durable and its look-up has come back, and
//             while a gathering holds it.
// Limits:     EngineOptions::marks_max marks; no mark goes before kMarkKept.
#pragma once

#include "gateway/engine/core.h"
#include "gateway/engine/events.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sfg::engine {

struct Mark {
    MessageKey message;
    std::uint64_t content_hash = 0;
    std::int64_t time_ms = 0;
};

[[nodiscard]] std::string encode(const Mark& mark);
[[nodiscard]] std::optional<Mark> decode_mark(std::string_view bytes);

class Marks {
public:
    explicit Marks(Core& core) : core_(core) {}

    [[nodiscard]] bool full() const {
        return core_.partitions.marks_kept() >= core_.options.marks_max;
    }

    // What a keyed request meets. Exactly one of the three is called, now or when the mark was
    // looked up: `fresh`: accept it, and call record() in its commit; `repeat`: it was accepted
    // before; `given_up`: the store was lost meanwhile.
    struct Meeting {
        std::function<void()> fresh;
        std::function<void(const Mark&, CommitNumber changed)> repeat;
        std::function<void()> given_up;
    };

    void meet(const Address& target, const std::string& key, Meeting meeting);

    // What is known of a key that was asked for with others.
    struct Known {
        std::optional<Mark> mark;  // Absent: the request is fresh.
        CommitNumber changed{};
        std::optional<std::size_t> same_as;  // An earlier one of those keys; nothing else is told.
    };

    // The same for requests that stand or fall together. `decided` is called once, now or when all
    // marks were looked up: record() is called for those that are accepted, and the other keys are
    // free again. Meanwhile whoever comes for one of the keys waits, and so nobody waits in a
    // circle: each stands in all of its lines before the next one comes.
    struct Gathering {
        std::vector<std::pair<const Address*, const std::string*>> keys;  // Live until called.
        std::function<void(const std::vector<Known>&)> decided;
        std::function<void()> given_up;
    };

    void meet_all(Gathering gathering);

    // Writes the mark. Requires: within `fresh` or `decided`, for the same target and key.
    void record(Draft& draft, const Address& target, const std::string& key, Mark mark);

    // The message of this claim was refused after all: the key is free again.
    void withdraw(const Address& target, const std::string& key);

    // While somebody reads marks to delete them, no claim is forgotten, so that claimed() is true
    // for every key that was written since the read began.
    void pin() { ++pins_; }

    void unpin() { --pins_; }

    [[nodiscard]] bool claimed(const std::string& row_key) const {
        return claims_.contains(row_key);
    }

    void on_durable();

    // Nobody waits for a look-up any more.
    void give_up();

    // A new epoch. Requires: give_up().
    void clear();

private:
    // A gathering on its way.
    struct Gathered {
        std::vector<std::string> row_keys;  // Of each key.
        std::vector<Known> known;
        std::size_t unknown = 0;  // How many are still to be met.
        std::function<void(const std::vector<Known>&)> decided;
        std::function<void()> given_up;
    };

    struct Claim {
        bool looking = true;
        bool held = false;  // By a gathering that is not decided, be it fresh or a repeat.
        std::optional<Mark> mark;
        CommitNumber changed{};
        std::vector<Meeting> meetings;  // That wait for the look-up, in their order.
    };

    [[nodiscard]] std::string key_of(const Address& target, const std::string& key) const;
    [[nodiscard]] Meeting meeting_of(const std::shared_ptr<Gathered>& gathered, std::size_t at);
    void look_up(std::vector<std::string> row_keys);
    void looked_up(const std::string& row_key, const std::optional<SharedBytes>& row);
    void settle(const std::string& row_key);
    void learn(Gathered& gathered, std::size_t at, Known known);

    Core& core_;
    std::unordered_map<std::string, Claim> claims_;  // By the row's key.

    struct Leaving {
        CommitNumber after;
        std::string row_key;
    };

    std::deque<Leaving> leaving_;
    int pins_ = 0;
};

}  // namespace sfg::engine
