#include "protocol/module_rebind.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace sfg {
namespace {

enum class Change : std::uint8_t { none, added, changed, removed };

std::string_view word_of(Change change) {
    switch (change) {
        case Change::added:
            return "added ";
        case Change::changed:
            return "changed ";
        case Change::removed:
            return "removed ";
        case Change::none:
            break;
    }
    return {};
}

// Where it is declared is no setting of it.
template <typename Spec>
bool is_same(Spec one, Spec other) {
    one.where = {};
    other.where = {};
    return one == other;
}

class Rebinder {
public:
    Rebinder(const ModuleSpec& bound, const ModuleSpec& next) : bound_(bound), next_(next) {}

    bool endpoints() {
        out_.module = next_;
        out_.module.endpoints = bound_.endpoints;
        std::vector<EndpointSpec>& all = out_.module.endpoints;
        std::unordered_map<std::string, std::size_t> index_of;
        for (EndpointSpec& each : all) {
            index_of.emplace(each.functions.text(), index_of.size());
            each.is_bound = false;
        }
        for (const EndpointSpec& each : next_.endpoints) {
            const std::string pattern = each.functions.text();
            const auto [known, is_new] = index_of.try_emplace(pattern, all.size());
            const std::size_t index = known->second;
            Change change = Change::added;
            if (is_new) {
                all.push_back(each);
            } else {
                const EndpointSpec& before = bound_.endpoints[index];
                change = !before.is_bound        ? Change::added
                         : is_same(before, each) ? Change::none
                                                 : Change::changed;
                all[index] = each;
            }
            if (change != Change::none) {
                out_.renewed.push_back(static_cast<std::uint32_t>(index));
            }
            note(change, pattern);
        }
        for (std::size_t i = 0; i < bound_.endpoints.size(); ++i) {
            if (bound_.endpoints[i].is_bound && !all[i].is_bound) {
                note(Change::removed, bound_.endpoints[i].functions.text());
            }
        }
        return all.size() <= kEndpointsMax;
    }

    // Components that have ids.
    template <typename Spec>
    void
    components(const std::vector<Spec>& before, const std::vector<Spec>& after, const char* what) {
        for (const Spec& each : after) {
            const auto known = std::ranges::find(before, each.id, &Spec::id);
            const Change change = known == before.end()   ? Change::added
                                  : is_same(*known, each) ? Change::none
                                                          : Change::changed;
            note(change, what + each.id.text());
        }
        for (const Spec& each : before) {
            if (std::ranges::find(after, each.id, &Spec::id) == after.end()) {
                note(Change::removed, what + each.id.text());
            }
        }
    }

    // A component of which there is one at most.
    template <typename Spec>
    void
    single(const std::optional<Spec>& before, const std::optional<Spec>& after, const char* what) {
        Change change = Change::none;
        if (before && after) {
            change = is_same(*before, *after) ? Change::none : Change::changed;
        } else if (before || after) {
            change = after ? Change::added : Change::removed;
        }
        note(change, what);
    }

    Rebinding take() { return std::move(out_); }

private:
    void note(Change change, const std::string& what) {
        if (change != Change::none) {
            out_.changes.push_back(std::string(word_of(change)) + what);
        }
    }

    const ModuleSpec& bound_;
    const ModuleSpec& next_;
    Rebinding out_;
};

}  // namespace

std::optional<Rebinding> rebind(const ModuleSpec& bound, const ModuleSpec& next) {
    Rebinder rebinder(bound, next);
    if (!rebinder.endpoints()) {
        return std::nullopt;
    }
    rebinder.components(bound.kafka_ingresses, next.kafka_ingresses, "Kafka ingress ");
    rebinder.components(bound.kafka_egresses, next.kafka_egresses, "Kafka egress ");
    rebinder.components(bound.kinesis, next.kinesis, "Kinesis ");
    rebinder.single(bound.playground_ingress, next.playground_ingress, "playground ingress");
    rebinder.single(bound.playground_egress, next.playground_egress, "playground egress");
    return rebinder.take();
}

}  // namespace sfg
