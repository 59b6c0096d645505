#include "tests/simulation/books.h"

namespace sfg::sim {

Books::Books(const Scenario& what, Trace& lines)
    : scenario(what),
      trace(lines),
      module(what.module) {
    current.partitions = durable.partitions = what.options.partitions;
}

std::uint64_t Books::waiting() const {
    std::uint64_t waiting = 0;
    for (const auto& [partition, count] : current.counters) {
        waiting += released.contains(partition) ? 0 : count.waiting;
    }
    return waiting;
}

void Books::write(CommitNumber up_to) {
    ++writes;
    while (!unwritten.empty() && unwritten.front().number <= up_to) {
        note_letters(unwritten.front());
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

void Books::note_letters(const Effects& effects) {
    for (const auto& [key, letter] : effects.letters) {
        letters[key] = {letter, writes, 0};
    }
    for (const std::string& key : effects.letters_gone) {
        letters.at(key).gone = writes;
    }
    for (const auto& [key, record] : effects.refused) {
        refused[key] = {record, writes, 0};
    }
    for (const std::string& key : effects.refused_gone) {
        refused.at(key).gone = writes;
    }
}

void Books::roll_back() {
    unwritten.clear();
    inside.clear();
    mirror.forget_pending();
    current = durable;
}

}  // namespace sfg::sim
