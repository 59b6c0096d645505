#include "tests/simulation/books.h"

namespace sfg::sim {

Books::Books(const Scenario& what, Trace& lines) : scenario(what), trace(lines) {
    current.partitions = durable.partitions = what.options.partitions;
}

void Books::note_waiting() {
    waiting_before = 0;
    for (const auto& [partition, count] : current.counters) {
        waiting_before += released.contains(partition) ? 0 : count.waiting;
    }
}

void Books::write(CommitNumber up_to) {
    while (!unwritten.empty() && unwritten.front().number <= up_to) {
        durable.apply(unwritten.front());
        unwritten.pop_front();
    }
    mirror.written(up_to);
    written = up_to;
    expect(
        !inside.contains(next(up_to)),
        "a group ends within the messages of one body: a crash would leave a part of them"
    );
}

void Books::roll_back() {
    unwritten.clear();
    inside.clear();
    mirror.forget_pending();
    current = durable;
}

}  // namespace sfg::sim
