#include "tests/simulation/commit_audit.h"

#include "protocol/codec.h"
#include "tests/simulation/decode.h"

namespace sfg::sim {

namespace {

constexpr std::int64_t kMarkKept = 24 * 3'600'000;

}  // namespace

void CommitAudit::committed(const engine::Commit& commit) {
    Effects effects = decode(commit);
    effects.time_ms = books_.wall_ms;
    where_ = " (commit " + std::to_string(value_of(commit.number)) + ")";
    check_number(commit.number);
    expect(effects.unknown.empty(), effects.unknown.empty() ? "" : effects.unknown.front());
    check_seen(effects);
    check_registry(effects);
    check_expiries(effects);
    effects.fate = fate_of(effects);
    check_status(effects);
    check_type_pauses(effects);
    if (effects.fate != Fate::consumed) {
        check_taken(effects);
    }
    check_held(effects);
    if (!effects.letters_gone.empty()) {
        letters_.check(effects, where_);
    } else if (effects.fate != Fate::consumed) {
        expect(effects.calls.empty(), "a call is answered without a turn");
    } else if (!effects.consumed.empty()) {
        check_turn(effects);
    } else if (effects.is_firing()) {
        check_firing(effects);
    } else if (effects.consumed.empty() && effects.takes_from(kStream)) {
        streams_.check_taken(effects, where_);
    } else if (effects.is_source()) {
        sources_.check(effects, where_);
    } else if (!effects.refused_gone.empty()) {
        sources_.check_dropped(effects, where_);
    } else if (!effects.puts.empty() || !effects.armed.empty()) {
        check_arrival(effects);
    } else {
        check_nothing_else(effects);
    }
    check_sweeping(effects);
    letters_.check_taken(effects);
    books_.current.apply(effects);
    check_rows(effects);
    books_.mirror.committed(commit);
    books_.unwritten.push_back(std::move(effects));
}

void CommitAudit::check_number(CommitNumber number) {
    expect(number > books_.highest_ever, "a commit number is used again");
    books_.highest_ever = std::max(books_.highest_ever, number);
}

void CommitAudit::check_seen(const Effects& effects) {
    std::vector<const StoredMessage*> made;
    for (const auto& [name, timer] : effects.armed) {
        if (timer.target.type != kCallType) {
            made.push_back(&timer.message);
        }
    }
    for (const Effects::Put& put : effects.puts) {
        // Those were made when they were sent.
        if (!effects.is_firing() && !effects.is_replay()) {
            made.push_back(&put.message);
        }
    }
    std::set<std::string> here;
    for (const StoredMessage* message : made) {
        const std::string& uid = message->uid;
        // A client whose request is repeated after its mark has expired has lost the protection of
        // its key, for what the message causes, too.
        auto root = books_.current.accepted.find(uid.substr(0, uid.find('.')));
        bool again = root != books_.current.accepted.end() &&
                     (root->second.size() > 1 || message->from_outside);
        bool is_new = here.insert(uid).second && !books_.current.seen.contains(uid);
        expect(again || is_new, "message " + uid + " is there twice");
    }
}

void CommitAudit::check_nothing_else(const Effects& effects) {
    check_sweep(effects);
    expect(
        effects.records.empty() && effects.calls.empty() && effects.marks.empty() &&
            effects.letters.empty() && effects.tokens.empty() && effects.tokens_gone.empty() &&
            effects.timers_begin.empty(),
        "effects of a turn without what it consumes (invariant 4)"
    );
    for (const auto& place : effects.taken) {
        expect(
            written_out_.erase(place) > 0,
            "record " + std::to_string(place.second) + " of " + place.first.text() +
                " is taken away, but was not written out"
        );
    }
}

void CommitAudit::check_sweeping(const Effects& effects) {
    for (const std::string& id : effects.calls_gone) {
        auto found = books_.current.calls.find(id);
        if (found == books_.current.calls.end() || found->second.gone) {
            expect(false, "call " + id + " is deleted, but is not there");
            continue;
        }
        const CallModel& call = found->second;
        bool old = call.is_over(books_.wall_ms);
        std::uint64_t kept_now = 0;
        for (const auto& [partition, count] : books_.current.counters) {
            kept_now += count.calls;
        }
        bool crowded = kept_now * 10 >= books_.scenario.options.calls_max * 9;
        expect(
            old || (crowded && call.replied && !call.keyed),
            "call " + id + " is deleted before its time"
        );
    }
    for (const MarkName& name : effects.marks_gone) {
        auto found = books_.current.marks.find(name);
        bool there = found != books_.current.marks.end();
        expect(there, "the mark of key " + name.second + " is deleted, but is not there");
        expect(
            !there || found->second.time_ms + kMarkKept <= books_.wall_ms,
            "the mark of key " + name.second + " is deleted before its time"
        );
    }
}

void CommitAudit::check_rows(const Effects& effects) {
    std::set<PartitionId> touched;
    for (const Effects::Put& put : effects.puts) {
        expect(put.partition == books_.partition(put.target), "a message in a wrong partition");
        touched.insert(put.partition);
    }
    for (const Effects::Gone& gone : effects.consumed) {
        touched.insert(books_.partition(gone.target));
    }
    for (const auto& [name, timer] : effects.armed) {
        touched.insert(name.home);
    }
    for (const TimerName& name : effects.timers_gone) {
        touched.insert(name.home);
    }
    for (PartitionId partition : touched) {
        expect(effects.counters.contains(partition), "counters are not in the commit");
    }
    check_timers_begin(effects);
    for (const auto& [partition, row] : effects.counters) {
        const CountersModel& own = books_.current.counters[partition];
        expect(
            row == own,
            "counters of partition " + std::to_string(partition) + ": " + row.text() +
                "; expected " + own.text() + " (invariant 9)"
        );
        expect(
            effects.last_numbers.at(partition) == value_of(effects.number),
            "a partition's last number is not that of its commit"
        );
    }
    for (const auto& [target, consumed] : effects.consumed_rows) {
        expect(
            consumed <= books_.current.entities[target].consumed,
            "the row of " + target.text() + " passes a message that waits"
        );
    }
    check_source_rows(effects);
    for (const auto& [name, row] : effects.egress_rows) {
        const EgressModel& egress = books_.current.egresses[name];
        bool passes = !egress.records.empty() && row.delivered >= egress.records.begin()->first;
        expect(!passes, "the position of " + name.text() + " passes a record that waits");
        expect(
            row.next == egress.next && row.waiting == egress.records.size() &&
                row.delivered < row.next,
            "the row of egress " + name.text() + " is not true"
        );
    }
}

void CommitAudit::check_source_rows(const Effects& effects) {
    std::map<TypeName, std::uint64_t> kept;
    for (const auto& [key, record] : books_.current.refused) {
        ++kept[record.source];
    }
    for (const auto& [key, record] : effects.refused) {
        expect(effects.source_counts.contains(record.source), "a refused record is not counted");
    }
    expect(
        effects.refused_gone.empty() || effects.source_counts.size() == 1,
        "a refused record is dropped, but not counted"
    );
    for (const auto& [source, count] : effects.source_counts) {
        expect(
            count == kept[source],
            std::to_string(count) + " refused records of " + source.text() + " are said to be kept"
        );
    }
}

}  // namespace sfg::sim
