// The part of Turns that brings into memory what a response rests on: the records of the calls that
// it replies to, and the tokens of its delayed messages (design D2).
#include "gateway/engine/turns.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace sfg::engine {

// Returns those that are not known.
std::vector<std::string> Turns::pin_calls(Turn& turn, const InvocationResult& result) {
    std::vector<std::string> unknown;
    for (const OutgoingMessage& message : result.messages) {
        if (message.target.type == call_type()) {
            calls_.pin(message.target.id);
            turn.pinned.push_back(message.target.id);
            if (!calls_.known(message.target.id)) {
                unknown.push_back(message.target.id);
            }
        }
    }
    std::sort(unknown.begin(), unknown.end());
    unknown.erase(std::unique(unknown.begin(), unknown.end()), unknown.end());
    return unknown;
}

// All records that the result rests on are pinned until the turn is over, so that none is forgotten
// while another one is being read.
bool Turns::bring_needs(Entity& entity, InvocationResult& result) {
    if (result.messages.empty() && result.delayed.empty()) {
        return true;
    }
    Turn& turn = *entity.turn;
    std::vector<std::string> unknown_calls = pin_calls(turn, result);
    turn.pinned_tokens = timers_.pin(entity, result.delayed);
    bool tokens_known = timers_.known(turn.pinned_tokens);
    if (unknown_calls.empty() && tokens_known) {
        return true;
    }
    turn.pending = std::make_unique<InvocationResult>(std::move(result));
    auto left = std::make_shared<int>((unknown_calls.empty() ? 0 : 1) + (tokens_known ? 0 : 1));
    auto one_less = [this, left, address = entity.address, call = turn.call] {
        if (--*left == 0) {
            go_on(address, call);
        }
    };
    if (!unknown_calls.empty()) {
        calls_.need(unknown_calls, one_less);
    }
    if (!tokens_known) {
        timers_.need(turn.pinned_tokens, one_less);
    }
    return false;
}

void Turns::go_on(const Address& address, RequestId call) {
    Entity* entity = core_.entities.find(address);
    bool same = entity != nullptr && entity->turn && entity->turn->call == call;
    if (same && entity->turn->pending) {
        InvocationResult result = std::move(*entity->turn->pending);
        entity->turn->pending.reset();
        finish(*entity, result);
    }
}

void Turns::drop_needs(Turn& turn) {
    if (turn.pinned.empty() && turn.pinned_tokens.empty()) {
        return;
    }
    for (const std::string& id : std::exchange(turn.pinned, {})) {
        calls_.unpin(id);
    }
    timers_.unpin(std::exchange(turn.pinned_tokens, {}));
}

}  // namespace sfg::engine
