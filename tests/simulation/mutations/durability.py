"""Bugs in what may leave the process, what is durable, and how a life begins."""
from mutations.mutation import bug

MUTATIONS = [
    bug(
        "sync dropped",
        "What the store called durable survives a power cut (D10).",
        "storage/leveldb_database.cc",
        ("synced.sync = true;", "synced.sync = false;"),
    ),
    bug(
        "group written in halves",
        "A group is in the store as a whole or not at all (D3, invariant 4).",
        "storage/leveldb_store.cc",
        (
            "        group.for_each([this](std::string_view key, const std::string_view* value) {\n",
            "        group.for_each([this](std::string_view key, const std::string_view* value) {\n"
            "            if (batch_->ApproximateSize() > 300) {\n"
            "                leveldb::WriteOptions half;\n"
            "                half.sync = true;\n"
            "                static_cast<void>(database_->db().Write(half, &*batch_));\n"
            "                batch_->Clear();\n"
            "            }\n",
        ),
    ),
    bug(
        "name of a log not synced",
        "A new log's name is on the disk before what it holds is called durable (D10).",
        "storage/leveldb_files.cc",
        ("        if (!name_synced_) {\n", "        if (!name_synced_ && path_.empty()) {\n"),
    ),
    bug(
        "failed write called durable",
        "A group in doubt is never told to be durable (D10).",
        "storage/leveldb_store.cc",
        ("        dead_because_ = error.reason;\n        return error;", "        return {};"),
    ),
    bug(
        "accepted before durable",
        "A message is acknowledged only when its commit is durable (invariant 3).",
        "gateway/engine/ledger.cc",
        ("if (number <= durable_ && held_.empty()) {", "if (number <= last_number()) {"),
    ),
    bug(
        "reply before durable",
        "A reply leaves only when its commit is durable (invariant 3, D8).",
        "gateway/engine/calls.cc",
        (
            "core_.ledger.answer_when_durable(rows_.changed(key_of(id)), waiter, Reply{id, row.reply});",
            "core_.actions.answer(waiter, Reply{id, row.reply});",
        ),
    ),
    bug(
        "repeat answered early",
        "A repeated key waits for the commit of the first request (D9).",
        "gateway/engine/arrivals.cc",
        (
            "core_.ledger.answer_when_durable(changed, event.waiter, Accepted{id});",
            "core_.actions.answer(event.waiter, Accepted{id});",
        ),
    ),
    bug(
        "record offered before durable",
        "An egress record leaves only when its commit is durable (invariant 3).",
        "gateway/engine/outbox.cc",
        (
            "if (item.number > core_.ledger.durable()) {",
            "if (item.number > core_.ledger.last_number()) {",
        ),
    ),
    bug(
        "numbers begin below the ceiling",
        "A number is never used twice, not even one that a crash undid (D3).",
        "gateway/commit/recovery.cc",
        (
            "CommitNumber{*ceiling + 1}, CommitNumber{reserved}",
            "CommitNumber{*ceiling == 0 ? 1 : *ceiling - engine::kNumberBlock + 1},"
            " CommitNumber{reserved}",
        ),
    ),
    bug(
        "tally forgets earlier groups",
        "A partition's counters survive, wherever they were written last (invariant 9).",
        "gateway/commit/tally.cc",
        (
            "    for (const Row& row : rows) {\n        Entry& entry",
            "    entries_.clear();\n    for (const Row& row : rows) {\n        Entry& entry",
        ),
    ),
    bug(
        "older tally believed",
        "Of a partition's own row and a tally the newer one is true.",
        "gateway/commit/tally.cc",
        (
            "return !own || own->last_number < counters.last_number;",
            "return !own || own->last_number != counters.last_number;",
        ),
    ),
    bug(
        "tally not unfolded",
        "An epoch begins with the counters that the last one had (invariant 9).",
        "gateway/commit/tally.cc",
        ("            batch.put_copy(key, row);\n", "            static_cast<void>(key);\n"),
    ),
    bug(
        "epoch used again",
        "What was asked or told in an earlier epoch no longer counts (invariant 5, D10).",
        "gateway/engine/engine.cc",
        (
            "core_.epoch = Epoch{static_cast<std::uint32_t>(core_.epoch) + 1};",
            "core_.epoch = Epoch{1};",
        ),
    ),
    bug(
        "notice of an earlier epoch counts",
        "A reset fences the durable notices of the epoch before (D10).",
        "gateway/engine/engine.cc",
        ("if (event.epoch != core_.epoch) {", "if (event.epoch > core_.epoch) {"),
    ),
    bug(
        "read of an earlier epoch counts",
        "A reset fences the reads of the epoch before (invariant 5).",
        "gateway/engine/reads.cc",
        ("    waiting_.clear();\n", ""),
        ("event.epoch != epoch_ || found", "found"),
    ),
    bug(
        "in doubt told as refused",
        "Who waits for a group in doubt is not told that it was refused (D10).",
        "gateway/engine/engine.cc",
        ("Problem problem{Errc::in_doubt,", "Problem problem{Errc::shutting_down,"),
    ),
    bug(
        "committer takes a failure for success",
        "The engine hears that a group is durable only when it is (D10).",
        "gateway/commit/committer.cc",
        ("    if (result.has_error()) {\n", "    if (result.has_error() && failed_) {\n"),
        program="unit_host",
        tests="a group in doubt is told as such, and work goes on with a new handle",
    ),
    bug(
        "handle goes on after a failed write",
        "After any failed write the handle is dead (D10).",
        "storage/leveldb_store.cc",
        ("        dead_because_ = error.reason;\n", ""),
        program="contract_store",
        tests="a disk that is full for one operation ends the handle all the same",
    ),
    bug(
        "calls go on without a store",
        "Nothing starts while nothing can become durable (D10).",
        "gateway/engine/turns.cc",
        ("!core_.stopping && !core_.store_lost &&", "!core_.stopping &&"),
    ),
    bug(
        "calls start on a full disk",
        "Below half of the reserve no calls start (D10).",
        "gateway/engine/turns.cc",
        (" && core_.disk != DiskRoom::below_half_reserve) {", ") {"),
    ),
    bug(
        "calls start while stopping",
        "A stop starts no calls (design, section 4).",
        "gateway/engine/turns.cc",
        ("!core_.stopping && !core_.store_lost &&", "!core_.store_lost &&"),
    ),
    bug(
        "limit of waiting messages ignored",
        "Messages above the limit are refused (invariant 8).",
        "gateway/engine/admission.cc",
        (
            "core.partitions.waiting_messages() >= options.waiting_messages_max / part ||",
            "core.partitions.waiting_messages() >= 2 * options.waiting_messages_max / part ||",
        ),
    ),
    bug(
        "last value of a row lost",
        "Of a row that many commits write, a group keeps the last value (D3).",
        "gateway/commit/group.cc",
        ("batch_.replace(found->second, value);", "static_cast<void>(value);"),
        ("partition_rows_[place - 1].value = row.value;", "static_cast<void>(row);"),
    ),
    bug(
        "consumed message left in the store",
        "A consumed message is deleted in the commit of its turn (invariant 4).",
        "gateway/commit/group.cc",
        ("        batch_.remove(key);\n        return;", "        return;"),
    ),
]
