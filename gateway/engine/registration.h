// Registration: learning which states a function declares, while it is being called (design D13).
//
// A type's first call is a canary: it goes out without states, so that the SDK's incomplete answer
// tells all that is declared now, also what has changed for a known state (an SDK reports a spec
// only if the state is missing in the request). Only its own entity waits for it. It is repeated
// after the endpoint was down or has cut off a call of the type, since a new version may have come
// up; every kCanaryEvery, for versions that replace each other without an outage; and once for an
// entity that was refused: a function whose state has another type now may stumble over the stored
// value before it can tell.
//
// Threads:    the engine's.
// Invariants: a result is applied only if the request carried all known states: one that was
//             computed without them might be wrong.
// Limits:     kIncompleteMax incomplete answers per turn; kIdleIncompleteMax of those may name
//             nothing but states that the request carried. Past it the turn is rejected, so that
//             the pauses of the failure policy apply.
#pragma once

#include "gateway/engine/core.h"
#include "gateway/engine/expiry_index.h"
#include "protocol/codec.h"

#include <optional>
#include <string>

namespace sfg::engine {

inline constexpr std::uint32_t kIncompleteMax = 64;
inline constexpr std::uint32_t kIdleIncompleteMax = 2;
inline constexpr SteadyMs kCanaryEvery = std::chrono::minutes(10);

class Registration {
public:
    Registration(Core& core, ExpiryIndex& index) : core_(core), index_(index) {}

    // A turn begins: it may be the type's canary.
    void begin(Entity& entity);

    // Takes an incomplete answer. Nothing: call again with what is known now; else why not.
    [[nodiscard]] std::optional<std::string>
    take(Entity& entity, const IncompleteContext& incomplete);

    // A result came: whether it may count. False: call again with what is known now.
    [[nodiscard]] bool may_apply(Entity& entity);

    // The turn's call ends.
    void end(const Entity& entity, Dispatcher::End how);

private:
    void done(FunctionType& type);

    Core& core_;
    ExpiryIndex& index_;
};

}  // namespace sfg::engine
