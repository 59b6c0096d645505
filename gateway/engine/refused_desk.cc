#include "gateway/engine/refused_desk.h"

#include "gateway/engine/failure_note.h"
#include "gateway/engine/source_rows.h"
#include "protocol/base64.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace sfg::engine {

namespace {

using Json = nlohmann::ordered_json;
using storage::Table;

constexpr CommitNumber kNotYet{~std::uint64_t{0}};

}  // namespace

bool RefusedDesk::admit(WaiterId waiter) {
    if (core_.store_lost || !core_.tables_read) {
        open_.refuse(waiter, Errc::starting, "the refused records are being read");
        return false;
    }
    return open_.admit(waiter);
}

void RefusedDesk::on(RefusedRecordsAsked event) {
    if (!admit(event.waiter)) {
        return;
    }
    std::string prefix =
        event.source ? refused_prefix(*event.source) : storage::system_prefix(Table::refused);
    std::string from = prefix;
    if (!event.cursor.empty()) {
        auto last = parse_base64_url(event.cursor);
        if (!last || !last->starts_with(prefix)) {
            open_.refuse(event.waiter, Errc::bad_parameter, "cursor is none that a page has named");
            return;
        }
        from = *last + '\0';
    }
    ReadRequest request;
    request.walks = true;
    storage::Range range{
        std::move(from),
        storage::prefix_end(prefix),
        std::clamp<std::size_t>(event.limit, 1, kPageMax),
        kPageBytesMax
    };
    request.scans.push_back({std::move(range), {}, 0});
    core_.reads.start(std::move(request), [this, waiter = event.waiter](ReadResult result) {
        tell_page(waiter, result.scans[0]);
    });
}

void RefusedDesk::tell_page(WaiterId waiter, const storage::ScanResult& rows) {
    Json records = Json::array();
    for (const storage::Row& row : rows.rows) {
        auto key = decode_refused_key(row.key);
        auto record = decode_refused_record(row.value.view());
        if (!key || !record) {
            core_.notice_damage("refused record", row.key);
            continue;
        }
        Json as_json = Json::parse(record->record, nullptr, false);
        records.push_back({
            {"source", key->source.text()},
            {"id", message_id(core_.store, key->number)},
            {"part", record->part},
            {"position", record->position},
            {"time", time_text(record->time_ms)},
            {"record", as_json.is_discarded() ? Json(record->record) : std::move(as_json)},
        });
    }
    Json page = {
        {"refused_records", std::move(records)},
        {"next_cursor", rows.more ? Json(base64_url(rows.rows.back().key)) : Json()},
    };
    if (open_.close(waiter)) {  // Else the store was lost meanwhile.
        // All of it was read from the store: it is durable.
        core_.actions.answer(waiter, Told{dump(page) + "\n"});
    }
}

void RefusedDesk::on(RefusedRecordOrdered event) {
    if (!admit(event.waiter)) {
        return;
    }
    auto named = parse_message_id(event.record);
    if (!named || named->store != core_.store) {
        open_.refuse(
            event.waiter, Errc::bad_parameter, "record names no refused record of this store"
        );
        return;
    }
    std::string key = refused_key(event.source, named->key);
    if (!busy_.emplace(key, kNotYet).second) {
        open_.tell(event.waiter, false, "another order for this record is being carried out");
        return;
    }
    ReadRequest request;
    request.gets.push_back({key});
    auto then = [this, order = std::move(event), key](ReadResult result) {
        if (core_.store_lost) {
            return;  // It has been told that.
        }
        if (!result.gets[0]) {
            busy_.erase(key);
            open_.tell(order.waiter, false, "there is no such refused record, or no longer");
        } else {
            drop(order.waiter, order.source, key);
        }
    };
    core_.reads.start(std::move(request), std::move(then));
}

void RefusedDesk::drop(WaiterId waiter, const TypeName& source, const std::string& key) {
    Draft& draft = core_.ledger.open();
    draft.hurry();
    draft.erase(key);
    sources_.forget_refused(draft, source);
    busy_[key] = draft.number();
    core_.ledger.close(draft);
    open_.tell(waiter, true, "the refused record is dropped");
}

void RefusedDesk::on_durable() {
    std::erase_if(busy_, [this](const auto& busy) {
        return busy.second <= core_.ledger.durable();
    });
}

void RefusedDesk::clear() {
    busy_.clear();
    open_.give_up();
}

}  // namespace sfg::engine
