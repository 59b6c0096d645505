#include "tests/simulation/stream_driver.h"

#include "protocol/codec.h"
#include "tests/simulation/random.h"

#include <algorithm>

namespace sfg::sim {

bool StreamDriver::is_bad(std::string_view typed_value) {
    return mix(99, typed_value.data(), typed_value.size()) % 16 == 0;
}

bool StreamDriver::answered(
    WaiterId waiter,
    const engine::Answer& answer,
    const OutsideLog& outside
) {
    if (waiter != waiter_) {
        return false;  // To an older question.
    }
    Question question = std::exchange(question_, Question::none);
    if (const auto* at = std::get_if<engine::StreamAt>(&answer)) {
        is_open_ = true;
        passed_ = std::max(outside.position, at->delivered);
        return outside.position > at->delivered;
    }
    if (const auto* given = std::get_if<engine::StreamRecords>(&answer)) {
        if (!given->records.empty() && given->records[0].position != behind() + 1) {
            close();
            return false;
        }
        for (const auto& record : given->records) {
            std::string value(record.stored.view().substr(kMessageHeadBytes));
            if (!refused_ && is_bad(value)) {
                refused_ = record.position;
            }
            if (!refused_) {
                batch_.emplace_back(record.position, std::move(value));
            }
        }
    } else if (question == Question::refuse &&
               std::holds_alternative<engine::EgressEmpty>(answer)) {
        passed_ = *std::exchange(refused_, std::nullopt);
    } else if (question != Question::open) {
        close();
    }
    return false;
}

void StreamDriver::commit(OutsideLog& outside) {
    passed_ = outside.position = batch_.back().first;
    outside.records.insert(outside.records.end(), batch_.begin(), batch_.end());
    batch_.clear();
}

void StreamDriver::abort() {
    batch_.clear();
    refused_.reset();
    question_ = Question::none;
    waiter_ = WaiterId{};
}

}  // namespace sfg::sim
