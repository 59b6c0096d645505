#include "tests/simulation/auditor.h"

#include "tests/simulation/decode.h"
#include "tests/simulation/decode_rows.h"

#include <algorithm>

namespace sfg::sim {

void Auditor::written(CommitNumber up_to, const Rows& rows) {
    books.write(up_to);
    if (auto difference = books.mirror.difference(rows)) {
        books.expect(false, *difference + " (after a group was written)");
    }
}

void Auditor::recovered(const Rows& rows, std::optional<CommitNumber> in_doubt) {
    auto difference = books.mirror.difference(rows);
    if (difference && in_doubt && !books.mirror.after(*in_doubt).difference(rows)) {
        books.write(*in_doubt);
        difference.reset();
    }
    if (difference) {
        books.expect(
            false,
            *difference +
                " (at a start; no prefix of the commits that has all that the "
                "store called durable looks like this: invariant 7)"
        );
    }
    check_timers(rows);
}

void Auditor::epoch_begins() {
    books.roll_back();
    calls.fence();
    letters.epoch_begins();
    sources.epoch_begins();
    streams.epoch_begins();
}

void Auditor::process_ended() {
    calls.fence();
    commits.closed_all();
    answers.dropped_all();
    letters.dropped_all();
    sources.dropped_all();
    streams.dropped_all();
    books.orders.clear();
    books.purges.clear();
    books.pauses.clear();
    books.type_pauses.clear();
    books.retried.clear();
    books.stopping = false;
    books.store_lost = false;
    books.disk = engine::DiskRoom::plenty;
    books.released.clear();
}

void Auditor::released(PartitionId partition) {
    for (const Effects& effects : books.unwritten) {
        books.expect(
            !effects.counters.contains(partition),
            "partition " + std::to_string(partition) + " is released before commit " +
                std::to_string(value_of(effects.number)) + " of it is durable"
        );
        for (const auto& [target, consumed] : effects.consumed_rows) {
            books.expect(
                books.partition(target) != partition,
                "partition " + std::to_string(partition) + " is released before the row of " +
                    target.text() + " is durable"
            );
        }
    }
    books.expect(
        !calls.any_out(partition),
        "partition " + std::to_string(partition) + " is released while a call is out"
    );
}

// The wall's time at the start and what has passed since; if the store remembers a later time, from
// there on at half speed until they meet. The store is told each second.
void Auditor::clock_says(std::int64_t since_ms, std::int64_t engine_ms) {
    constexpr std::int64_t kToldEveryMs = 1000;
    if (!engine_at_start_ms_) {
        engine_at_start_ms_ = engine_ms;
        books.durable.clock_begins(engine_ms);
        std::int64_t remembered = books.durable.time_ms;
        bool goes_on = engine_ms == wall_at_start_ms_ || engine_ms <= remembered;
        books.expect(
            goes_on && engine_ms >= wall_at_start_ms_ && engine_ms > remembered - kToldEveryMs,
            "a start begins at time " + std::to_string(engine_ms) + ", the last one has come to " +
                std::to_string(remembered)
        );
        books.met(Fact::clock_ahead, engine_ms > wall_at_start_ms_);
        books.met(Fact::timer_survived, !books.durable.timers.empty());
    }
    std::int64_t expected = wall_at_start_ms_ + since_ms;
    if (*engine_at_start_ms_ > wall_at_start_ms_) {
        expected = std::max(expected, *engine_at_start_ms_ + since_ms / 2);
    }
    books.expect(engine_ms == expected, "engine time is not the wall's, nor on its way to meet it");
    books.wall_ms = engine_ms;
}

void Auditor::clock_begins(std::int64_t wall_ms) {
    wall_at_start_ms_ = wall_ms;
    engine_at_start_ms_.reset();
}

void Auditor::check_timers(const Rows& rows) {
    std::size_t timers = 0;
    std::size_t tokens = 0;
    for (const auto& [bytes, value] : rows) {
        Key key = read_key(bytes);
        if (key.of_partition && key.table == storage::Table::timer) {
            ++timers;
            auto found = books.durable.timers.find(read_timer_name(key.partition, key.rest));
            bool same = found != books.durable.timers.end() &&
                        found->second.message.bytes == read_timer(value).message.bytes;
            books.expect(same, "the store has timer " + readable(bytes) + ", which is over");
        } else if (key.of_partition && key.table == storage::Table::token) {
            ++tokens;
            auto found = books.durable.tokens.find(read_token(key.rest));
            storage::KeyReader reader(value, 0);
            bool same = found != books.durable.tokens.end() &&
                        found->second == read_timer_name(key.partition, reader);
            books.expect(same, "the store has token " + readable(bytes) + ", which is free");
        }
    }
    books.expect(
        timers == books.durable.timers.size() && tokens == books.durable.tokens.size(),
        "the store lacks timers or tokens that are pending"
    );
}

// An entry is due up to 1/32 of the time to live after the value's end, and looked at soon after.
std::string Auditor::outlives(std::int64_t until_ms) const {
    constexpr std::int64_t kSoonMs = 5'000;
    for (const auto& [owner, entity] : books.current.entities) {
        for (const auto& [name, state] : entity.states) {
            const SpecModel* spec = books.current.spec(owner.type, name);
            bool expires = spec != nullptr && spec->mode != ExpireMode::none;
            std::int64_t late_ms = expires ? spec->ttl_ms / 32 + kSoonMs : 0;
            if (expires && books.current.end_of(owner, name).latest_ms <= until_ms - late_ms) {
                return "state '" + name + "' of " + owner.text() + ", whose time is over,";
            }
        }
    }
    for (const ExpiryName& entry : books.current.expiries) {
        if (entry.due_ms <= until_ms - kSoonMs) {
            return "an entry for state '" + entry.state + "' of " + entry.owner.text();
        }
    }
    return {};
}

std::string Auditor::waits_in_vain(std::int64_t until_ms) const {
    std::string value = outlives(until_ms);
    if (!value.empty()) {
        return value;
    }
    for (const auto& [name, timer] : books.current.timers) {
        if (name.due_ms <= static_cast<std::uint64_t>(until_ms)) {
            return "timer " + name.text() + " for " + timer.target.text();
        }
    }
    for (const auto& [target, entity] : books.current.entities) {
        bool bound = books.module.endpoint_of(target.type).has_value();
        // What can't be processed holds up what is behind it.
        bool held_up =
            books.broken == target.type ||
            (!entity.mailbox.empty() && books.is_poison(entity.mailbox.begin()->second.uid));
        if (bound && !entity.mailbox.empty() && !held_up) {
            return "message " + entity.mailbox.begin()->second.uid + " for " + target.text();
        }
    }
    return {};
}

void Auditor::finished() {
    std::string waits = waits_in_vain(books.wall_ms);
    books.expect(waits.empty(), "at the end " + waits + " still waits");
    for (const auto& [uid, id] : answers.acknowledged()) {
        books.expect(
            books.durable.accepted.contains(uid),
            "message " + uid + " was acknowledged as " + id + " and is lost"
        );
    }
    for (const auto& [name, egress] : books.durable.egresses) {
        for (const auto& [position, record] : egress.records) {
            books.expect(
                record.lane == "undeclared",
                "record " + std::to_string(position) + " of " + name.text() +
                    " was never offered to its reader"
            );
        }
    }
    streams.finished();
    for (const auto& [id, waiter] : answers.waiting()) {
        books.expect(
            waiter.kind == AnswerAudit::Kind::call,  // Its function may never reply.
            "a request for " + waiter.uid + waiter.message_id + waiter.target.text() +
                " was never answered"
        );
    }
}

}  // namespace sfg::sim
