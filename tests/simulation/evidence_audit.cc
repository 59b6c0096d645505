#include "tests/simulation/evidence_audit.h"

#include <algorithm>

namespace sfg::sim {

void EvidenceAudit::called(const Address& target, std::size_t endpoint) {
    called_[target] = {++clock_, endpoint};
}

void EvidenceAudit::failed(const Address& target, const std::vector<MessageKey>& batch, End end) {
    auto [found, is_new] = failing_.try_emplace(target);
    Failing& failing = found->second;
    failing.since = is_new ? ++clock_ : failing.since;
    bool refused = end == End::refused;
    failing.is_cut_off = end == End::cut_off;
    if (failing.is_cut_off) {
        std::size_t endpoint = called_[target].endpoint;
        failing.cut_off = failing.cut_off_at == endpoint ? failing.cut_off : 0;
        failing.cut_off_at = endpoint;
        refused = failing.cut_off > 0 && answered_[endpoint] > failing.cut_off;
        failing.cut_off = failing.cut_off == 0 || refused ? ++clock_ : failing.cut_off;
    }
    failing.called = called_[target].at;
    failing.refused = refused ? batch : std::vector<MessageKey>{};
    if (refused && !batch.empty()) {
        failing.covers = std::max(failing.covers, batch.back());
    }
}

bool EvidenceAudit::applied(const Address& target, const std::vector<MessageKey>& batch) {
    successes_[target.type].emplace_back(++clock_, target);
    answered_[called_[target].endpoint] = clock_;
    auto failing = failing_.find(target);
    if (failing == failing_.end()) {
        return true;
    }
    if (failing->second.covers > batch.back()) {
        failing->second.part_succeeded = true;
        failing->second.refused.clear();
        return true;
    }
    failing_.erase(failing);
    return !kept_.contains(target);
}

bool EvidenceAudit::may_keep(const Address& target, bool fails) {
    if (!fails) {
        kept_.erase(target);
        return true;
    }
    kept_.insert(target);
    books_.met(Fact::attempts_kept);
    return failing_.contains(target);
}

bool EvidenceAudit::may_judge(const Address& target, MessageKey message) {
    auto found = failing_.find(target);
    if (found == failing_.end() || found->second.refused != std::vector{message}) {
        return false;
    }
    const Failing& failing = found->second;
    bool another = another_succeeded(target, failing);
    bool alone = !another && !failing.part_succeeded && is_alone(target);
    books_.met(Fact::judged_by_part, failing.part_succeeded);
    books_.met(Fact::judged_by_others, another && !failing.part_succeeded);
    books_.met(Fact::judged_alone, alone);
    books_.met(Fact::cut_off_judged, failing.is_cut_off);
    return another || alone || failing.part_succeeded;
}

bool EvidenceAudit::another_succeeded(const Address& target, const Failing& failing) const {
    auto found = successes_.find(target.type);
    if (found == successes_.end()) {
        return false;
    }
    auto counts = [&](const auto& success) {
        return success.first > failing.since && success.first < failing.called &&
               success.second != target;
    };
    return std::any_of(found->second.begin(), found->second.end(), counts);
}

bool EvidenceAudit::is_alone(const Address& target) const {
    for (const auto& [other, entity] : books_.current.entities) {
        bool waits = other != target && other.type == target.type && !entity.mailbox.empty() &&
                     (entity.status & (kParkedBit | kPausedBit)) == 0 &&
                     !books_.released.contains(books_.partition(other));
        if (waits) {
            return false;
        }
    }
    return true;
}

void EvidenceAudit::fence() {
    called_.clear();
    failing_.clear();
    successes_.clear();
    answered_.clear();
    kept_.clear();
}

}  // namespace sfg::sim
