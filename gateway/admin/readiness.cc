#include "gateway/admin/readiness.h"

namespace sfg::admin {

std::vector<Problem> reasons_not_ready(const EngineReport& report) {
    std::vector<Problem> reasons;
    if (report.stage == Stage::starting) {
        reasons.push_back({Errc::starting, "starting"});
    }
    if (report.stage == Stage::stopping) {
        reasons.push_back({Errc::shutting_down, "stopping"});
    }
    if (report.store_trouble) {
        const Problem& trouble = *report.store_trouble;
        reasons.push_back({trouble.code, "the store cannot be written: " + trouble.detail});
    }
    if (report.oldest_commit_age && *report.oldest_commit_age > kCommitAgeMax) {
        auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*report.oldest_commit_age);
        reasons.push_back(
            {Errc::overloaded,
             "a commit has waited for " + std::to_string(seconds.count()) + " s to be durable"}
        );
    }
    return reasons;
}

}  // namespace sfg::admin
