// The part of SourceAudit for records that were set aside.
#include "tests/simulation/decode_rows.h"
#include "tests/simulation/source_audit.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sfg::sim {

using nlohmann::json;

void SourceAudit::operated(WaiterId waiter, std::string key, std::optional<TypeName> source) {
    if (!key.empty()) {
        to_drop_.insert(key);
    }
    orders_[waiter] = {std::move(key), std::move(source), books_.writes};
}

void SourceAudit::told(WaiterId waiter, const engine::Answer& answer) {
    auto found = orders_.extract(waiter);
    const auto* told = std::get_if<engine::Told>(&answer);
    if (!found || told == nullptr) {
        return;
    }
    where_ = " (refused records)";
    const Order& order = found.mapped();
    if (order.key.empty()) {
        check_list(order, told->json);
        return;
    }
    bool is_there = books_.durable.refused.contains(order.key);
    bool has_changed = json::parse(told->json, nullptr, false).value("changed", false);
    expect(!has_changed || !is_there, "a refused record is told to be dropped, but is there");
}

void SourceAudit::check_list(const Order& order, const std::string& text) {
    std::set<std::string> listed;
    json told = json::parse(text, nullptr, false);
    for (const json& shown : told["refused_records"]) {
        auto source = TypeName::parse(shown.value("source", ""));
        auto id = parse_message_id(shown.value("id", ""));
        std::string key = refused_key(source.value_or(TypeName{}), id ? id->key : MessageKey{});
        auto span = books_.refused.find(key);
        bool was_there = span != books_.refused.end() &&
                         (span->second.gone == 0 || span->second.gone > order.since);
        expect(was_there, "a refused record is listed that is not durable (invariant 3)");
        expect(
            !was_there || (shown["record"].dump() == span->second.record.record &&
                           shown.value("part", "") == span->second.record.part &&
                           (!order.source || order.source == source)),
            "a refused record is listed as another one"
        );
        listed.insert(key);
    }
    bool is_whole = told["next_cursor"].is_null();
    for (const auto& [key, span] : books_.refused) {
        bool must = span.came <= order.since && span.gone == 0 &&
                    (!order.source || *order.source == span.record.source);
        expect(!is_whole || !must || listed.contains(key), "a refused record is not listed");
    }
    books_.met(Fact::refused_listed, !listed.empty());
}

void SourceAudit::check_dropped(const Effects& effects, const std::string& where) {
    where_ = where;
    for (const std::string& key : effects.refused_gone) {
        expect(
            books_.current.refused.contains(key) && to_drop_.contains(key),
            "a refused record is dropped that is not there, or nobody said so"
        );
    }
    expect(
        effects.refused_gone.size() == 1 && effects.puts.empty() && effects.source_rows.empty() &&
            effects.counters.empty() && effects.letters.empty() && effects.records.empty(),
        "a refused record is dropped, and more changes"
    );
    books_.met(Fact::refused_dropped);
}

}  // namespace sfg::sim
