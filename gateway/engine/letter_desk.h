// LetterDesk: an operator lists dead letters, replays and drops them.
//
// A replayed message is a new message at the end of its mailbox. Counters: a letter that leaves is
// no longer set aside; a replayed one waits, a dropped one is dropped (invariant 9).
//
// Threads:    the engine's.
// Invariants: every waiter is answered once. A letter is replayed or dropped once, whatever is
//             ordered meanwhile: from the order until its commit is durable it is busy.
// Limits:     OpenQuestions::kMax questions and orders at a time; a page has at most kPageMax
//             letters, and is cut at kPageBytesMax.
#pragma once

#include "gateway/engine/core.h"
#include "gateway/engine/events.h"
#include "gateway/engine/open_questions.h"

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>

namespace sfg::engine {

class LetterDesk {
public:
    static constexpr std::size_t kPageMax = 1'000;
    static constexpr std::size_t kPageBytesMax = 4 * kMiB;

    explicit LetterDesk(Core& core) : core_(core), open_(core) {}

    void on(DeadLettersAsked event);
    void on(DeadLetterOrdered event);

    void on_durable();

    // A new epoch, or the store is lost: what is open is in doubt.
    void clear();

    // Whom it owes an answer.
    [[nodiscard]] std::size_t open() const { return open_.count(); }

private:
    struct Page;

    [[nodiscard]] bool admit(WaiterId waiter);
    [[nodiscard]] bool refuses_other(WaiterId waiter, PartitionId partition);
    void read(std::shared_ptr<Page> page);
    void take(const std::shared_ptr<Page>& page, const storage::ScanResult& rows);
    [[nodiscard]] bool step(Page& page) const;
    void finish(Page& page, const std::string& cursor);
    [[nodiscard]] std::string prefix_of(const Page& page) const;

    void carry_out(const DeadLetterOrdered& order, const std::string& key, std::string_view row);

    Core& core_;
    OpenQuestions open_;
    // Letters that are being replayed or dropped, with the commit that did it (or none yet).
    std::unordered_map<std::string, CommitNumber> busy_;
};

}  // namespace sfg::engine
