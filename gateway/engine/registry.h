// Registry: function types, what states each declares, and who serves it (design D13).
//
// What a function declares is learnt from its incomplete answers and kept in the store, so that a
// restart meets no storm of them. After each start the first call of a type is a canary: it goes
// out without states, so that the answer tells what is declared now (Registration).
//
// Threads:    the engine's.
// Lifetime:   a FunctionType is never destroyed before the registry; pointers to it are stable.
// Invariants: states are only added, so a state's ordinal is fixed for the life of the process.
// Limits:     kStatesPerTypeMax names per type.
#pragma once

#include "gateway/engine/actions.h"
#include "gateway/engine/breaker.h"
#include "gateway/engine/stats.h"
#include "protocol/module_spec.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace sfg::engine {

inline constexpr std::size_t kStatesPerTypeMax = 1000;
// Function types known at once. Past it a message from outside to yet another one is refused.
inline constexpr std::size_t kFunctionTypesMax = 10'000;
// Of those, types without an endpoint: their names come from functions' answers. What is sent to
// further ones, or to one with a longer name, waits in the store until a start binds it.
inline constexpr std::size_t kUnboundTypesMax = 1'000;
inline constexpr std::size_t kUnboundNameBytesMax = 512;

// A guess at how large the next one of its kind is: the largest of the last ones.
class SizeEstimate {
public:
    void saw(std::size_t bytes) {
        known_ = true;
        expected_ = std::max(bytes, expected_ - expected_ / 64);
    }

    [[nodiscard]] bool known() const { return known_; }

    [[nodiscard]] std::size_t expected() const { return expected_; }

private:
    std::size_t expected_ = 0;
    bool known_ = false;
};

// A state of a function type, and what its values need to know beside its spec.
struct KnownState : StateSpec {
    // It expires AFTER_INVOKE since then: calls before that left no touched stamp.
    std::int64_t touched_from_ms = 0;
    // Every stored value that expires has its entry in the expiry table, in time.
    bool indexed = true;
};

// `stale`: one is out where the type is no longer bound; another one is due.
enum class Canary : std::uint8_t { due, out, done, stale };

// How the function of a type does, over all its entities (design D6).
struct TypeHealth {
    static Breaker new_gate() {
        return Breaker({10, SteadyMs{100}, SteadyMs{5'000}, Breaker::kAny, 2, SteadyMs{250}, 64});
    }

    Breaker gate = new_gate();
    std::uint64_t successes = 0;
    // Since the last success: one entity that was refused, and whether others were, too.
    std::size_t refused_one = 0;
    bool refused_several = false;
    std::uint32_t parked_alone = 0;  // Entities that were parked since then without evidence.

    // Its function is served by somebody else from now on. The count of successes goes on: others
    // remember it.
    void renew() {
        gate = new_gate();
        refused_one = 0;
        refused_several = false;
        parked_alone = 0;
    }
};

struct FunctionType {
    TypeName name;
    std::string key_part;                // storage::escaped_type() of it.
    std::optional<EndpointId> endpoint;  // Absent: messages wait (no destination).
    bool is_paused = false;              // By an operator.
    std::vector<KnownState> states;
    bool names_lost = false;  // Values of other names may be stored: its record was damaged once.
    Canary canary = Canary::due;
    SteadyMs canary_again_at{0};     // When the next one is due, if this one is done.
    std::uint64_t outages_seen = 0;  // Of its endpoint.
    std::string conflict;            // Why what the last one declared can't be accepted.
    FunctionStats stats;
    TypeHealth health;
    SizeEstimate load_size;    // Of an entity's load.
    SizeEstimate commit_size;  // Of a turn's effects.
    std::uint32_t loads_out = 0;
    bool has_backlog = false;  // Entities of it that wait may be in the store alone (Backlog).

    [[nodiscard]] std::optional<std::size_t> ordinal_of(std::string_view state_name) const;
};

class Registry {
public:
    // The module may change, and bind_types() is called then.
    explicit Registry(const ModuleSpec& module) : module_(module) {}

    // The type's record, made if it is new.
    FunctionType& type(const TypeName& name);

    // The module is another one: each type is bound as it says. What is known of those that others
    // serve now, or an endpoint that `is_renewed`, is asked anew.
    void bind_types(const std::vector<bool>& is_renewed);

    // The type's record, or nothing if it is not known.
    [[nodiscard]] const FunctionType* find(const TypeName& name) const;

    // Whether the type is known, or there is room for another one.
    [[nodiscard]] bool has_room_for(const TypeName& name) const;

    struct Learnt {
        bool changed = false;  // The record must be stored.
        bool reindex = false;  // Stored values need entries in the expiry table.
        std::string error;     // Not empty: the specs can't be accepted; nothing was changed.
        std::string news;      // What has changed for values that are stored, for the log.
    };

    // Takes the specs of an incomplete answer at `now_ms` (engine time).
    [[nodiscard]] Learnt
    learn(FunctionType& type, const std::vector<StateSpec>& specs, std::int64_t now_ms);

    // A stored value bears a name that is not known: takes it, with the type of the value, as a
    // state that does not expire. Returns its ordinal; nothing if the type has too many states.
    [[nodiscard]] static std::optional<std::size_t>
    adopt(FunctionType& type, std::string_view state_name, std::string_view type_name);

    // The stored form of a type's record.
    [[nodiscard]] static std::string key_of(const TypeName& name);
    [[nodiscard]] static std::string encode(const FunctionType& type);
    // Of the row that is there while the type is paused. A version that does not know it leaves it
    // alone.
    [[nodiscard]] static std::string pause_key_of(const TypeName& name);

    // Whether no value of the type is stored but under a name that is known.
    [[nodiscard]] bool knows_all_names(const FunctionType& type) const {
        return !type.names_lost && !any_names_lost_;
    }

    // One row of the store. False if it can't be understood.
    [[nodiscard]] bool restore(std::string_view key, std::string_view value);

    // A new epoch: nothing that was learnt or ordered but is not durable counts.
    void forget_states();

    // In the order in which they were met.
    template <typename Visitor>
    void for_each(Visitor&& visit) const {
        for (const FunctionType* type : in_order_) {
            visit(*type);
        }
    }

private:
    [[nodiscard]] std::optional<EndpointId> endpoint_of(const TypeName& name) const;
    [[nodiscard]] static bool restore_states(FunctionType& type, std::string_view value);

    const ModuleSpec& module_;
    std::unordered_map<TypeName, std::unique_ptr<FunctionType>> types_;
    std::vector<const FunctionType*> in_order_;
    std::size_t unbound_ = 0;
    bool any_names_lost_ = false;  // A record was damaged that does not even say of which type.
};

}  // namespace sfg::engine
