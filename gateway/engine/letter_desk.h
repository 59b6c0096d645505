// LetterDesk: an operator lists dead letters, replays and drops them.
//
// A replayed message is a new message at the end of its mailbox, a replayed record the last one of
// its egress: what could not be delivered may be once somebody has made the topic. Counters: a
// letter that leaves is no longer set aside; a replayed one waits, a dropped one is dropped
// (invariant 9).
//
// Threads:    the engine's.
// Invariants: every waiter is answered once. A letter is replayed or dropped once, whatever is
//             ordered meanwhile: from the order until its commit is durable it is busy.
// Limits:     OpenQuestions::kMax questions and orders at a time; a page has at most kPageMax
//             letters, and is cut at kPageBytesMax.
#pragma once

#include "gateway/engine/core.h"
#include "gateway/engine/dead_letters.h"
#include "gateway/engine/events.h"
#include "gateway/engine/open_questions.h"
#include "gateway/engine/outbox.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

namespace sfg::engine {

class LetterDesk {
public:
    static constexpr std::size_t kPageMax = 1'000;
    static constexpr std::size_t kPageBytesMax = 4 * kMiB;

    LetterDesk(Core& core, Outbox& outbox) : core_(core), outbox_(outbox), open_(core) {}

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

    // Where a record goes that is to go out again.
    struct Way {
        TypeName egress;
        std::string lane;
    };

    void carry_out(const DeadLetterOrdered& order, const std::string& key, std::string_view row);
    // The text says why it can't.
    [[nodiscard]] std::variant<Way, std::string> way_of(const DecodedLetter& decoded) const;
    // What the operator is told.
    std::string send_again(Draft& draft, const Address& entity, SharedBytes bytes);
    std::string
    emit_again(Draft& draft, const Address& entity, const Way& way, const SharedBytes& typed_value);

    Core& core_;
    Outbox& outbox_;
    OpenQuestions open_;
    // Letters that are being replayed or dropped, with the commit that did it (or none yet).
    std::unordered_map<std::string, CommitNumber> busy_;
};

}  // namespace sfg::engine
