// Commit: the effects of one decision, to become durable all together.
//
// A commit is built by the engine as operations on keys. The messages among them have dense indexes
// (MessageKey), so that a message that is consumed while its put is still in the open group can be
// taken out of the group again (design D3): a consumed message is named by its key, and the
// group decides whether a delete is needed.
//
// Keys stand one behind the other in one text, and the engine fills the same commit again and
// again: at rest its memory is that of the largest of the last ones, and a turn asks for none.
//
// Threads: the engine's.
#pragma once

#include "protocol/ids.h"
#include "protocol/shared_bytes.h"
#include "storage/bytes.h"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace sfg::engine {

// Memory that a driver has granted to somebody; it is given back with the last copy.
using Hold = std::shared_ptr<const void>;

// How urgently a commit must reach the disk (design D3, sync on demand).
enum class Urgency : std::uint8_t {
    lazy,    // Nobody waits: after 5 ms or 1 MiB.
    waited,  // Somebody outside waits: as soon as the loop has nothing else ready.
};

struct Commit {
    using Part = storage::Part;  // Of `text`.

    struct Put {
        Part key;
        SharedBytes value;
    };

    // A message or timer that is gone. Its put may still be in the open group.
    struct MessageDelete {
        Part key;
        MessageKey message;
    };

    // A row of which only the last value of a group matters (partition rows, egress rows).
    struct RowPut {
        Part key;
        Part value;
    };

    CommitNumber number{};
    // It becomes durable in one group with the commit before it: together all or nothing. (Where a
    // commit has to have one home, and a decision has several: design D10.)
    bool joins = false;
    Urgency urgency = Urgency::lazy;
    storage::Bytes text;
    std::vector<Put> messages;  // `index` of a message's key is its place here.
    std::vector<MessageDelete> consumed;
    std::vector<Put> puts;
    std::vector<Part> deletes;
    std::vector<RowPut> rows;

    [[nodiscard]] std::string_view of(Part part) const { return text.view(part); }

    // Nothing is in it any more. What a large one has taken of memory is given back.
    void clear() {
        joins = false;
        urgency = Urgency::lazy;
        text.clear(kKept * sizeof(Put));
        empty(messages);
        empty(consumed);
        empty(puts);
        empty(deletes);
        empty(rows);
    }

private:
    static constexpr std::size_t kKept = 1024;

    template <typename Operations>
    static void empty(Operations& operations) {
        operations.clear();
        if (operations.capacity() > kKept) {
            operations = Operations();
        }
    }
};

}  // namespace sfg::engine
