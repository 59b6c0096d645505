// StreamDriver: who delivers the records of one egress, in transactions that take the position with
// them; the thread of an egress, as the engine sees it. It dies with its process, and what is in
// its transaction with it.
//
// Threads: one.
#pragma once

#include "gateway/engine/events.h"
#include "tests/simulation/stream_audit.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sfg::sim {

class StreamDriver {
public:
    enum class Question : std::uint8_t { none, open, pull, refuse };

    // A record that the outside can't take, by its value.
    [[nodiscard]] static bool is_bad(std::string_view typed_value);

    void asks(Question question, WaiterId waiter) {
        question_ = question;
        waiter_ = waiter;
    }

    // What it was told; true: it has to say how far the outside is.
    [[nodiscard]] bool
    answered(WaiterId waiter, const engine::Answer& answer, const OutsideLog& outside);

    // The transaction becomes visible.
    void commit(OutsideLog& outside);
    // Its records are given again; what comes for an older question is not heard.
    void abort();

    void close() {
        abort();
        is_open_ = false;
    }

    [[nodiscard]] Question question() const { return question_; }

    [[nodiscard]] bool is_open() const { return is_open_; }

    [[nodiscard]] bool has_batch() const { return !batch_.empty(); }

    // The first record that can't be delivered, once all that is before it is.
    [[nodiscard]] std::optional<std::uint64_t> refused() const {
        return batch_.empty() ? refused_ : std::nullopt;
    }

    // Everything up to this one is delivered, set aside, or in the transaction.
    [[nodiscard]] std::uint64_t behind() const {
        return batch_.empty() ? passed_ : batch_.back().first;
    }

    // It takes no more before that is done.
    [[nodiscard]] bool ends_early() const { return refused_.has_value(); }

private:
    Question question_ = Question::none;
    WaiterId waiter_{};
    bool is_open_ = false;
    std::uint64_t passed_ = 0;
    std::vector<std::pair<std::uint64_t, std::string>> batch_;
    std::optional<std::uint64_t> refused_;
};

}  // namespace sfg::sim
