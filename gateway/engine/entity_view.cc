#include "gateway/engine/entity_view.h"

#include <nlohmann/json.hpp>

#include <string_view>

namespace sfg::engine {

namespace {

using Json = nlohmann::ordered_json;

std::string in_text(SteadyMs left) {
    std::int64_t ms = std::max<std::int64_t>(left.count(), 0);
    return ms < 10'000 ? std::to_string(ms) + " ms" : std::to_string(ms / 1'000) + " s";
}

class View {
public:
    View(Core& core, const Address& address, const EntityRow& row, const MailboxCount& mailbox)
        : core_(core),
          address_(address),
          mailbox_(mailbox),
          entity_(core.entities.find(address)) {
        if (entity_ != nullptr && entity_->residence == Residence::loaded) {
            reason_ = entity_->waits;
            failing_ = entity_->failing ? *entity_->failing : Failing{};
            if (entity_->failing && reason_ == WaitReason::backoff) {
                next_try_ = entity_->retry_at;
            }
        } else {
            read(row);
        }
        std::optional<EndpointId> endpoint = this->endpoint();
        bool is_down = endpoint && core.dispatcher.is_down(*endpoint);
        if (is_down && (reason_ == WaitReason::ready || reason_ == WaitReason::loading)) {
            reason_ = WaitReason::endpoint_down;
        }
        if (reason_ == WaitReason::endpoint_down) {
            next_try_ = core.dispatcher.next_call_at(*endpoint);
        } else if (reason_ == WaitReason::type_down) {
            next_try_ = entity_->type->health.gate.next_probe();
        } else if (reason_ == WaitReason::parked) {
            next_try_ = core.now + SteadyMs(failing_.next_try_ms - core.wall_ms);
        }
    }

    std::string text() const {
        bool is_paused = is_paused_ || (entity_ != nullptr && entity_->is_paused);
        Json json = {
            {"namespace", address_.type.ns},
            {"type", address_.type.name},
            {"id", address_.id},
            {"status", status()},
            {"why", why()},
            {"mailbox", mailbox()},
            {"attempts", failing_.note.attempts},
            {"last_error", failing_.note.error.empty() ? Json() : Json(failing_.note.error)},
            {"last_response", response()},
            {"failing_since", time(failing_.note.first_ms)},
            {"last_failure", time(failing_.note.last_ms)},
            {"next_try", next_try_ ? time(wall_of(*next_try_)) : Json()},
            {"paused", is_paused},
            {"type_paused", is_type_paused()},
            {"in_memory", entity_ != nullptr && entity_->residence == Residence::loaded},
        };
        return dump(json) + "\n";
    }

private:
    std::string_view status() const {
        return reason_ == WaitReason::none ? "idle"
                                           : kWaitReasonNames[static_cast<std::size_t>(reason_)];
    }

    std::optional<EndpointId> endpoint() const {
        if (entity_ != nullptr) {
            return entity_->endpoint;
        }
        auto of_type = core_.module.endpoint_of(address_.type);
        return of_type ? std::optional(static_cast<EndpointId>(*of_type)) : std::nullopt;
    }

    // It is not in memory: its row tells.
    void read(const EntityRow& row) {
        is_paused_ = (row.status & EntityRow::kPaused) != 0;
        bool is_parked = (row.status & EntityRow::kParked) != 0;
        if (is_parked) {
            failing_ = decode_parked(row.detail);
        } else if ((row.status & EntityRow::kFailing) != 0) {
            auto attempts = decode_attempts(row.detail);
            bool counts = attempts && attempts->number >= core_.ledger.first_number();
            failing_ = counts ? std::move(attempts->failing) : Failing{};
        }
        if (mailbox_.messages == 0) {
            reason_ = WaitReason::none;
        } else if (is_paused_ || is_type_paused()) {
            reason_ = WaitReason::paused;
        } else if (is_parked) {
            reason_ = WaitReason::parked;
        } else if (!core_.module.endpoint_of(address_.type)) {
            reason_ = WaitReason::no_destination;
        } else if (failing_.next_try_ms > core_.wall_ms) {
            reason_ = WaitReason::backoff;
            next_try_ = core_.now + SteadyMs(failing_.next_try_ms - core_.wall_ms);
        } else {
            reason_ = WaitReason::loading;
        }
    }

    bool is_type_paused() const {
        const FunctionType* type = core_.registry.find(address_.type);
        return type != nullptr && type->is_paused;
    }

    Json mailbox() const {
        Json json = {
            {"messages", mailbox_.messages},
            {"bytes", mailbox_.bytes},
            {"complete", mailbox_.is_whole},
            {"head", Json()},
        };
        if (mailbox_.head) {
            auto message = decode_message(mailbox_.head_bytes.view());
            auto since = core_.ledger.times().of(mailbox_.head->number);
            json["head"] = {
                {"message_id", message_id(core_.store, *mailbox_.head)},
                {"typename", message ? message->argument.type_name : ""},
                {"bytes", mailbox_.head_bytes.size()},
                {"caller", message && message->caller ? Json(message->caller->text()) : Json()},
                {"waiting_since", since ? time(*since) : Json()},
                {"waiting_seconds", since ? Json((core_.wall_ms - *since) / 1'000) : Json()},
            };
        }
        return json;
    }

    Json response() const {
        if (failing_.note.status == 0) {
            return {};
        }
        return {{"status", failing_.note.status}, {"body", failing_.note.response}};
    }

    static Json time(std::int64_t wall_ms) {
        return wall_ms == 0 ? Json() : Json(time_text(wall_ms));
    }

    std::int64_t wall_of(SteadyMs time) const { return core_.wall_ms + (time - core_.now).count(); }

    std::string next_text() const { return next_try_ ? in_text(*next_try_ - core_.now) : "time"; }

    std::string why() const {
        std::string type = address_.type.text();
        switch (reason_) {
            case WaitReason::none:
                return "No message waits.";
            case WaitReason::loading:
                return entity_ == nullptr
                           ? "Its messages wait on disk until its endpoint has room for a call."
                           : "Its states and messages are being read from the store.";
            case WaitReason::ready:
                return "It is in line for a call: its endpoint has " + in_flight_text() + ".";
            case WaitReason::in_flight:
                return "A call of its function with " + std::to_string(entity_->turn->messages) +
                       " of its messages is in flight.";
            case WaitReason::backoff:
                return "Its last call failed, the next one starts in " + next_text() + ": " +
                       failing_.note.error;
            case WaitReason::no_destination:
                return "No endpoint is bound to " + type +
                       ": bind it in module.yaml and reload; the messages are kept.";
            case WaitReason::paused:
                if (entity_ != nullptr && entity_->is_purged) {
                    return "Its messages are being taken away, as an operator has ordered.";
                }
                return "An operator has paused " + (is_type_paused() ? type : "it") +
                       "; messages are kept until it is resumed.";
            case WaitReason::parked:
                return "Its function can't process the first message (" +
                       std::to_string(failing_.note.attempts) +
                       " attempts); the others wait behind it. It is tried again in " +
                       next_text() + "; an operator can retry, skip or set the message aside.";
            case WaitReason::releasing:
                return "Its partition is being handed over.";
            case WaitReason::not_durable:
                return "Its call waits until what it rests on is on disk (dispatch: after-commit).";
            case WaitReason::type_down:
                return "The function " + type +
                       " refuses the messages of all its entities; one of them is tried in " +
                       next_text() + ".";
            case WaitReason::endpoint_down:
                return "Its endpoint does not answer; it is tried again in " + next_text() + ".";
        }
        return {};
    }

    std::string in_flight_text() const {
        EndpointId endpoint = *entity_->endpoint;
        return std::to_string(core_.dispatcher.in_flight(endpoint)) + " calls in flight, at most " +
               std::to_string(core_.dispatcher.limit(endpoint).value()) + " at a time";
    }

    Core& core_;
    const Address& address_;
    const MailboxCount& mailbox_;
    const Entity* entity_;
    WaitReason reason_ = WaitReason::none;
    Failing failing_;
    bool is_paused_ = false;
    std::optional<SteadyMs> next_try_;
};

}  // namespace

std::string
show_entity(Core& core, const Address& address, const EntityRow& row, const MailboxCount& mailbox) {
    return View(core, address, row, mailbox).text();
}

}  // namespace sfg::engine
