// OpenQuestions: whom an operator's rooms owe an answer.
//
// Threads:    the engine's.
// Invariants: every waiter that was admitted is answered once; an order is answered when all that
//             was committed until then is durable.
// Limits:     kMax at a time.
#pragma once

#include "gateway/engine/core.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

namespace sfg::engine {

class OpenQuestions {
public:
    static constexpr std::size_t kMax = 64;

    explicit OpenQuestions(Core& core) : core_(core) {}

    // False: there are too many, and it has been told.
    [[nodiscard]] bool admit(WaiterId waiter);
    // The same of a question about one entity, whose partition must be at hand,
    [[nodiscard]] bool admit(WaiterId waiter, const Address& entity);
    // and of an order, which brings it into memory.
    [[nodiscard]] bool admit_order(WaiterId waiter, const Address& entity);

    // It is about to be answered in another way. False: it was answered already.
    [[nodiscard]] bool close(WaiterId waiter);

    void refuse(WaiterId waiter, Errc code, std::string detail);

    // Answers an order, if nobody has.
    void tell(WaiterId waiter, bool changed, std::string_view detail);

    // A new epoch, or the store is lost: what is open is in doubt.
    void give_up();

    [[nodiscard]] std::size_t count() const { return open_.size(); }

private:
    Core& core_;
    std::unordered_set<std::uint64_t> open_;
};

}  // namespace sfg::engine
