// The half of Timers that reads the delayed messages of a response: their tokens, what is wrong
// with them, and what they change.
#include "gateway/engine/timers.h"
#include "protocol/assert.h"
#include "protocol/limits.h"

#include <algorithm>
#include <unordered_map>

namespace sfg::engine {

namespace {

std::string token_suffix(const Entity& sender, const std::string& token) {
    std::string suffix = sender.escaped_address();
    storage::append_text(suffix, token);
    return suffix;
}

std::string token_key(const Entity& sender, const std::string& token) {
    return token_row_key(sender.partition, token_suffix(sender, token));
}

// A token in a message to whoever wrote the function.
std::string shown(const std::string& token) {
    return "'" + token.substr(0, 100) + "'";
}

}  // namespace

std::vector<std::string>
Timers::pin(const Entity& sender, const std::vector<DelayedMessage>& delayed) {
    std::vector<std::string> keys;
    for (const DelayedMessage& message : delayed) {
        if (!message.token.empty() && message.token.size() <= kTokenBytesMax) {
            keys.push_back(token_key(sender, message.token));
        }
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    for (const std::string& key : keys) {
        tokens_.pin(key);
    }
    return keys;
}

void Timers::unpin(const std::vector<std::string>& tokens) {
    for (const std::string& key : tokens) {
        tokens_.unpin(key);
    }
}

bool Timers::known(const std::vector<std::string>& tokens) const {
    return std::all_of(tokens.begin(), tokens.end(), [this](const std::string& key) {
        return tokens_.known(key);
    });
}

void Timers::need(const std::vector<std::string>& tokens, const std::function<void()>& then) {
    tokens_.need(tokens, then);
}

std::optional<std::string>
Timers::object(const Entity& sender, const std::vector<DelayedMessage>& delayed) const {
    if (delayed.empty()) {
        return std::nullopt;
    }
    std::unordered_map<std::string_view, bool> pending;  // As this response leaves it so far.
    for (const DelayedMessage& message : delayed) {
        const std::string& token = message.token;
        if (token.size() > kTokenBytesMax) {
            return "a cancellation token has " + std::to_string(token.size()) + " bytes, at most " +
                   std::to_string(kTokenBytesMax) + " are accepted";
        }
        if (message.is_cancellation) {
            if (token.empty()) {
                return "a cancellation has an empty token";
            }
            pending[token] = false;
            continue;
        }
        if (!due_after(message.delay_ms)) {
            return "a delay of " + std::to_string(message.delay_ms) + " ms is " +
                   (message.delay_ms < 0 ? "negative" : "too long");
        }
        if (token.empty()) {
            continue;
        }
        auto found = pending.find(token);
        if (found == pending.end()) {
            found = pending.emplace(token, tokens_.at(token_key(sender, token)).has_value()).first;
        }
        if (found->second) {
            return "the cancellation token " + shown(token) +
                   " belongs to a delayed message that is still pending; cancel that one first, or "
                   "use another token";
        }
        found->second = true;
    }
    return std::nullopt;
}

void Timers::apply(Draft& draft, const Entity& sender, const std::vector<DelayedMessage>& delayed) {
    PartitionId home = sender.partition;
    std::vector<std::string> touched;
    for (const DelayedMessage& message : delayed) {
        std::string suffix = message.token.empty() ? "" : token_suffix(sender, message.token);
        std::string token = token_row_key(home, suffix);
        if (!message.is_cancellation) {
            auto due = due_after(message.delay_ms);
            SFG_ASSERT(due, "checked by object()");
            TimerKey key = put(
                draft, home, *due, encode_timer_row(suffix, message.target, message.stored.view())
            );
            if (!suffix.empty()) {
                std::string bytes;
                append_timer_key(bytes, key);
                tokens_.set(token, SharedBytes(bytes), draft.number());
                touched.push_back(std::move(token));
            }
            continue;
        }
        const std::optional<SharedBytes>& row = tokens_.at(token);
        auto key = row ? read_timer_key(row->view()) : std::nullopt;
        if (!key) {
            continue;  // Fired, cancelled or never used: nothing to do.
        }
        draft.consume(timer_due_prefix(home, key->due_ms), key->message);
        boxes_[home].window.cancel(*key, draft.number());
        gone(draft, home);
        ++core_.stats.timers_cancelled;
        tokens_.set(token, std::nullopt, draft.number());
        touched.push_back(std::move(token));
    }
    // Several uses of one token: only what is left of them is written.
    std::sort(touched.begin(), touched.end());
    touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
    for (const std::string& token : touched) {
        if (const auto& row = tokens_.at(token)) {
            draft.put(token, *row);
        } else {
            draft.erase(token);
        }
    }
}

}  // namespace sfg::engine
