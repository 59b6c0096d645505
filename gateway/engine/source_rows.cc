#include "gateway/engine/source_rows.h"

#include "storage/key_codec.h"

#include <utility>

namespace sfg::engine {

namespace {

using storage::Table;

std::string source_prefix(Table table, const TypeName& source) {
    std::string key = storage::system_prefix(table);
    storage::append_text(key, source.ns);
    storage::append_text(key, source.name);
    return key;
}

std::optional<TypeName> read_source(storage::KeyReader& reader) {
    auto ns = reader.text();
    auto name = ns ? reader.text() : std::nullopt;
    if (!name) {
        return std::nullopt;
    }
    return TypeName{std::move(*ns), std::move(*name)};
}

}  // namespace

std::string source_position_key(const TypeName& source, std::string_view part) {
    std::string key = source_prefix(Table::source_position, source);
    storage::append_text(key, part);
    return key;
}

std::string source_count_key(const TypeName& source) {
    return source_prefix(Table::source_position, source);
}

std::string source_value(std::uint64_t number) {
    std::string value;
    storage::append_u64(value, number);
    return value;
}

std::optional<SourceRow> decode_source_row(std::string_view key, std::string_view value) {
    storage::KeyReader reader(key, storage::kSystemPrefixBytes);
    storage::KeyReader of_value(value, 0);
    auto source = read_source(reader);
    auto number = of_value.u64();
    if (!source || !number) {
        return std::nullopt;
    }
    SourceRow row{std::move(*source), std::nullopt, *number};
    if (reader.rest().empty()) {
        return row;
    }
    row.part = reader.text();
    return row.part && reader.rest().empty() ? std::optional(std::move(row)) : std::nullopt;
}

std::string refused_prefix(const TypeName& source) {
    return source_prefix(Table::refused, source);
}

std::string refused_key(const TypeName& source, MessageKey number) {
    std::string key = refused_prefix(source);
    storage::append_message_key(key, number);
    return key;
}

std::optional<RefusedKey> decode_refused_key(std::string_view key) {
    storage::KeyReader reader(key, storage::kSystemPrefixBytes);
    auto source = read_source(reader);
    if (!source || reader.rest().size() != storage::kMessageKeyBytes) {
        return std::nullopt;
    }
    return RefusedKey{std::move(*source), storage::read_message_key(reader.rest())};
}

std::string encode(const RefusedRecord& record) {
    std::string row;
    storage::append_u64(row, record.position);
    storage::append_u64(row, static_cast<std::uint64_t>(record.time_ms));
    storage::append_text(row, record.part);
    return row + record.record;
}

std::optional<RefusedRecord> decode_refused_record(std::string_view row) {
    storage::KeyReader reader(row, 0);
    auto position = reader.u64();
    auto time_ms = position ? reader.u64() : std::nullopt;
    auto part = time_ms ? reader.text() : std::nullopt;
    if (!part) {
        return std::nullopt;
    }
    return RefusedRecord{
        std::move(*part), *position, static_cast<std::int64_t>(*time_ms), std::string(reader.rest())
    };
}

}  // namespace sfg::engine
