// Reads: the questions to the store that are out, and who goes on when they are answered.
//
// A read that fails is asked again after a pause: an entity waits rather than being wrong.
//
// Threads:    the engine's.
// Invariants: 5: an answer counts only for the epoch and request that asked for it.
#pragma once

#include "gateway/engine/actions.h"
#include "gateway/engine/events.h"

#include <functional>
#include <unordered_map>
#include <vector>

namespace sfg::engine {

// Every row of a table or of an entity in it, up to the limits.
[[nodiscard]] storage::Range whole(std::string prefix, std::size_t rows_max, std::size_t bytes_max);

class Reads {
public:
    using Continuation = std::function<void(ReadResult)>;

    explicit Reads(Actions& actions) : actions_(actions) {}

    void begin(Epoch epoch);

    RequestId start(ReadRequest request, Continuation then);

    // The answer is not wanted any more.
    void forget(RequestId id) { waiting_.erase(value(id)); }

    // Runs the continuation. False: it was late.
    bool on(Loaded event, SteadyMs now);

    // Asks again what failed a while ago; returns when to call this next (or max()).
    SteadyMs retry(SteadyMs now);

    [[nodiscard]] std::size_t out() const { return waiting_.size(); }

private:
    static std::uint64_t value(RequestId id) { return static_cast<std::uint64_t>(id); }

    struct Waiting {
        ReadRequest request;
        Continuation then;
    };

    struct Failed {
        SteadyMs at;
        RequestId id;
    };

    Actions& actions_;
    Epoch epoch_{};
    std::uint64_t last_id_ = 0;
    std::unordered_map<std::uint64_t, Waiting> waiting_;
    std::vector<Failed> failed_;
};

}  // namespace sfg::engine
