#include "gateway/engine/letter_desk.h"

#include "gateway/engine/dead_letters.h"
#include "protocol/base64.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace sfg::engine {

namespace {

using Json = nlohmann::ordered_json;
using storage::Table;

PartitionId partition_of_key(std::string_view key) {
    return static_cast<PartitionId>(
        static_cast<unsigned char>(key[1]) << 8U | static_cast<unsigned char>(key[2])
    );
}

Json time_json(std::int64_t wall_ms) {
    return wall_ms == 0 ? Json() : Json(time_text(wall_ms));
}

}  // namespace

struct LetterDesk::Page {
    DeadLettersAsked asked;
    PartitionId partition = 0;
    std::string from;  // Empty: the start of the partition's letters.
    Json letters = Json::array();
    std::size_t bytes = 0;
};

bool LetterDesk::admit(WaiterId waiter) {
    if (core_.store_lost || !core_.ready()) {
        open_.refuse(waiter, Errc::starting, "the partitions are being read");
        return false;
    }
    return open_.admit(waiter);
}

// A letter of a partition that has gone is its new owner's.
bool LetterDesk::refuses_other(WaiterId waiter, PartitionId partition) {
    bool is_other = !core_.partitions.owned(partition);
    if (is_other) {
        open_.refuse(waiter, Errc::starting, "the partition of this entity is not at hand");
    }
    return is_other;
}

void LetterDesk::on(DeadLettersAsked event) {
    if (!admit(event.waiter)) {
        return;
    }
    auto page = std::make_shared<Page>();
    page->asked = std::move(event);
    DeadLettersAsked& asked = page->asked;
    asked.limit = std::clamp<std::size_t>(asked.limit, 1, kPageMax);
    if (asked.entity) {
        page->partition = core_.partitions.of(*asked.entity);
        if (refuses_other(asked.waiter, page->partition)) {
            return;
        }
    }
    if (!asked.cursor.empty()) {
        auto key = parse_base64_url(asked.cursor);
        bool is_ours = key && key->size() > storage::kPartitionPrefixBytes &&
                       partition_of_key(*key) < core_.partitions.count();
        if (is_ours) {
            page->partition = partition_of_key(*key);
            is_ours = key->starts_with(prefix_of(*page));
        }
        if (!is_ours) {
            open_.refuse(asked.waiter, Errc::bad_parameter, "cursor is none that a page has named");
            return;
        }
        page->from = *key + '\0';
    }
    read(std::move(page));
}

std::string LetterDesk::prefix_of(const Page& page) const {
    if (page.asked.entity) {
        return storage::entity_prefix(page.partition, Table::dead_letter, *page.asked.entity);
    }
    return page.asked.type
               ? storage::type_prefix(page.partition, Table::dead_letter, *page.asked.type)
               : storage::partition_prefix(page.partition, Table::dead_letter);
}

void LetterDesk::read(std::shared_ptr<Page> page) {
    // Those of other partitions are another process's to list.
    while (!core_.partitions.owned(page->partition)) {
        if (!step(*page)) {
            finish(*page, {});
            return;
        }
    }
    std::string prefix = prefix_of(*page);
    ReadRequest request;
    request.walks = true;
    storage::Range range{
        page->from.empty() ? prefix : page->from,
        storage::prefix_end(prefix),
        page->asked.limit - page->letters.size(),
        kPageBytesMax
    };
    request.scans.push_back({std::move(range), {}, 0});
    core_.reads.start(std::move(request), [this, page = std::move(page)](ReadResult result) {
        take(page, result.scans[0]);
    });
}

void LetterDesk::take(const std::shared_ptr<Page>& page, const storage::ScanResult& rows) {
    for (const storage::Row& row : rows.rows) {
        page->bytes += row.value.size();
        storage::KeyReader reader(row.key, storage::kPartitionPrefixBytes);
        auto address = reader.address();
        auto decoded = decode_dead_letter(row.value.view());
        if (!address || !decoded || reader.rest().size() != storage::kMessageKeyBytes) {
            core_.notice_damage("dead letter", row.key);
            continue;
        }
        const DeadLetter& letter = decoded->letter;
        Json json = {
            {"namespace", address->type.ns},
            {"type", address->type.name},
            {"id", address->id},
            {"message_id", message_id(core_.store, storage::read_message_key(reader.rest()))},
            {"kind", letter.is_message ? "message" : "egress record"},
            {"reason", letter.note.error},
            {"attempts", letter.note.attempts},
            {"last_response", Json()},
            {"time", time_json(letter.time_ms)},
            {"failing_since", time_json(letter.note.first_ms)},
        };
        if (letter.note.status != 0) {
            json["last_response"] = {
                {"status", letter.note.status}, {"body", letter.note.response}
            };
        }
        std::optional<TypedValue> value;
        if (letter.is_message) {
            auto message = decode_message(decoded->bytes);
            json["caller"] = message && message->caller ? Json(message->caller->text()) : Json();
            value = message ? std::optional(message->argument) : std::nullopt;
        } else {
            json["egress"] = letter.destination;
            value = decode_typed_value(decoded->bytes);
        }
        json["typename"] = value ? value->type_name : "";
        json["value_base64"] = value ? base64(value->value) : base64(decoded->bytes);
        page->letters.push_back(std::move(json));
    }
    bool is_full = page->letters.size() >= page->asked.limit || page->bytes >= kPageBytesMax;
    if (rows.more || is_full) {
        bool is_last = rows.rows.empty();
        page->from = is_last ? page->from : rows.rows.back().key;
        finish(*page, is_last ? std::string() : base64_url(page->from));
        return;
    }
    if (step(*page)) {
        read(page);
    } else {
        finish(*page, {});
    }
}

// On to the next partition. False: there is none.
bool LetterDesk::step(Page& page) const {
    page.from.clear();
    return !page.asked.entity && ++page.partition < core_.partitions.count();
}

void LetterDesk::finish(Page& page, const std::string& cursor) {
    Json json = {
        {"dead_letters", std::move(page.letters)},
        {"next_cursor", cursor.empty() ? Json() : Json(cursor)},
    };
    if (!open_.close(page.asked.waiter)) {
        return;  // The store was lost meanwhile.
    }
    // All of it was read from the store: it is durable.
    core_.actions.answer(page.asked.waiter, Told{dump(json) + "\n"});
}

void LetterDesk::clear() {
    busy_.clear();
    open_.give_up();
}

}  // namespace sfg::engine
