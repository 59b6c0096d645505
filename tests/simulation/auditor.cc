#include "tests/simulation/auditor.h"

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
}

void Auditor::epoch_begins() {
    books.roll_back();
    calls.fence();
}

void Auditor::process_ended() {
    calls.fence();
    commits.closed_all();
    answers.dropped_all();
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
    }
    books.expect(
        !calls.any_out(partition),
        "partition " + std::to_string(partition) + " is released while a call is out"
    );
}

std::string Auditor::waits_in_vain() const {
    for (const auto& [target, entity] : books.current.entities) {
        bool bound = books.scenario.module.endpoint_of(target.type).has_value();
        if (bound && !entity.mailbox.empty()) {
            return "message " + entity.mailbox.begin()->second.uid + " for " + target.text();
        }
    }
    return {};
}

void Auditor::finished() {
    std::string waits = waits_in_vain();
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
    for (const auto& [id, waiter] : answers.waiting()) {
        books.expect(
            waiter.kind != AnswerAudit::Kind::send && waiter.kind != AnswerAudit::Kind::egress,
            "a request for " + waiter.uid + " was never answered"
        );
    }
}

}  // namespace sfg::sim
