// RefusedDesk: an operator lists the records that sources have set aside, and drops them.
//
// Threads:    the engine's.
// Invariants: every waiter is answered once, when what it is told is durable. A record is dropped,
//             and counted, once: from the order until its commit is durable it is busy.
// Limits:     OpenQuestions::kMax questions and orders at a time; a page has at most kPageMax
//             records, and is cut at kPageBytesMax.
#pragma once

#include "gateway/engine/core.h"
#include "gateway/engine/open_questions.h"
#include "gateway/engine/source_events.h"
#include "gateway/engine/sources.h"

#include <cstddef>
#include <string>
#include <unordered_map>

namespace sfg::engine {

class RefusedDesk {
public:
    static constexpr std::size_t kPageMax = 1'000;
    static constexpr std::size_t kPageBytesMax = 4 * kMiB;

    RefusedDesk(Core& core, Sources& sources) : core_(core), sources_(sources), open_(core) {}

    void on(RefusedRecordsAsked event);
    void on(RefusedRecordOrdered event);

    void on_durable();

    // A new epoch, or the store is lost: what is open is in doubt.
    void clear();

    // Whom it owes an answer.
    [[nodiscard]] std::size_t open() const { return open_.count(); }

private:
    [[nodiscard]] bool admit(WaiterId waiter);
    void tell_page(WaiterId waiter, const storage::ScanResult& rows);
    void drop(WaiterId waiter, const TypeName& source, const std::string& key);

    Core& core_;
    Sources& sources_;
    OpenQuestions open_;
    // Records that are being dropped, with the commit that does it (or none yet).
    std::unordered_map<std::string, CommitNumber> busy_;
};

}  // namespace sfg::engine
