// DecodeRows: keys and values of the store, each read by itself (decode.h puts them together).
//
// Threads: pure functions.
#pragma once

#include "storage/key_codec.h"
#include "tests/simulation/store_model.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace sfg::sim {

struct Key {
    bool of_partition = false;
    PartitionId partition = 0;
    storage::Table table{};
    storage::KeyReader rest;
};

[[nodiscard]] Key read_key(std::string_view key);
[[nodiscard]] MessageKey read_message_key(storage::KeyReader& reader);
[[nodiscard]] StoredMessage read_message(std::string_view bytes);
// With the partition's last number.
[[nodiscard]] std::pair<CountersModel, std::uint64_t> read_counters(std::string_view bytes);
// What the own rows of the partitions in a tally would be.
[[nodiscard]] std::vector<std::pair<PartitionId, std::string>> read_tally(std::string_view bytes);
[[nodiscard]] RecordModel read_record(const TypeName& egress, std::string_view stored);
[[nodiscard]] CallModel read_call(std::string_view bytes);
[[nodiscard]] MarkModel read_mark(std::string_view bytes);
// The key of a dead letter's row.
[[nodiscard]] std::string letter_key(PartitionId home, const Address& owner, MessageKey own);
[[nodiscard]] LetterModel read_letter(const Address& owner, MessageKey own, std::string_view value);
// The key of a refused record's row.
[[nodiscard]] std::string refused_key(const TypeName& source, MessageKey own);
[[nodiscard]] RefusedModel
read_refused(const TypeName& source, MessageKey own, std::string_view value);
[[nodiscard]] TypeName read_type(storage::KeyReader& reader);
[[nodiscard]] std::map<std::string, SpecModel> read_specs(std::string_view bytes);
[[nodiscard]] ExpiryName read_expiry(Key& key);
[[nodiscard]] MarkName read_mark_name(Key& key);

// ---- Delayed messages.

// Due, number and index: the end of a timer's key, and the value of a token.
[[nodiscard]] TimerName read_timer_name(PartitionId home, storage::KeyReader& reader);
[[nodiscard]] TokenName read_token(storage::KeyReader& reader);
// Nothing of it is known where its form is another one.
[[nodiscard]] TimerModel read_timer(std::string_view bytes);

}  // namespace sfg::sim
