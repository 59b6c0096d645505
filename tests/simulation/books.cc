#include "tests/simulation/books.h"

namespace sfg::sim {

Books::Books(const Scenario& what, Trace& lines) : scenario(what), trace(lines) {
    current.partitions = durable.partitions = what.options.partitions;
}

void Books::write(CommitNumber up_to) {
    while (!unwritten.empty() && unwritten.front().number <= up_to) {
        durable.apply(unwritten.front());
        unwritten.pop_front();
    }
    mirror.written(up_to);
    written = up_to;
}

void Books::roll_back() {
    unwritten.clear();
    mirror.forget_pending();
    current = durable;
}

}  // namespace sfg::sim
