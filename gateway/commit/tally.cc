#include "gateway/commit/tally.h"

#include "gateway/engine/partitions.h"
#include "protocol/assert.h"
#include "storage/key_codec.h"

#include <boost/endian/conversion.hpp>
#include <google/protobuf/io/coded_stream.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace sfg::commit {

namespace {

using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;
using storage::StoreErrc;
using storage::StoreError;

// The tally on disk: how many counters a partition has; then for each partition its number and
// these counters, all as varints. Later versions may have more counters.
constexpr std::size_t kFields = engine::kPartitionCountersBytes / sizeof(std::uint64_t);
constexpr std::size_t kVarintBytesMax = 10;

const std::uint8_t* bytes_of(std::string_view text) {
    return reinterpret_cast<const std::uint8_t*>(text.data());
}

char* write_varint(char* at, std::uint64_t value) {
    auto* bytes = reinterpret_cast<std::uint8_t*>(at);
    return at + (CodedOutputStream::WriteVarint64ToArray(value, bytes) - bytes);
}

bool read_fields(CodedInputStream& in, std::uint64_t fields, std::string& counters) {
    counters.clear();
    for (std::uint64_t i = 0; i < fields; ++i) {
        std::uint64_t value = 0;
        if (!in.ReadVarint64(&value)) {
            return false;
        }
        storage::append_u64(counters, value);
    }
    return true;
}

// The row is behind the counters, or there is none.
bool is_older(const std::optional<SharedBytes>& row, const engine::PartitionCounters& counters) {
    auto own = row ? engine::decode_partition_counters(row->view()) : std::nullopt;
    return !own || own->last_number < counters.last_number;
}

StoreError damaged() {
    return {
        StoreErrc::corrupt,
        "the row of the partitions' counters can't be read: restore the data directory from a copy"
    };
}

}  // namespace

std::string tally_key() {
    return storage::system_prefix(storage::Table::tally);
}

Tally::Entry& Tally::entry_of(PartitionId partition) {
    if (entries_.size() <= partition) {
        entries_.resize(partition + std::size_t{1});
    }
    return entries_[partition];
}

void Tally::put(const std::vector<Row>& rows, storage::WriteBatch& batch) {
    if (rows.size() <= own_rows_max_) {
        for (const Row& row : rows) {
            batch.put(row.key, row.value);
            entry_of(row.partition).size = 0;
        }
        return;
    }
    for (const Row& row : rows) {
        Entry& entry = entry_of(row.partition);
        static_assert(sizeof entry.bytes >= 3 + kFields * kVarintBytesMax);
        char* end = write_varint(entry.bytes.data(), row.partition);
        std::string_view value = batch.text(row.value);
        SFG_ASSERT(value.size() == engine::kPartitionCountersBytes);
        for (std::size_t i = 0; i < kFields; ++i) {
            end = write_varint(end, boost::endian::load_big_u64(bytes_of(value) + i * 8));
        }
        entry.size = static_cast<std::uint8_t>(end - entry.bytes.data());
    }
    row_.assign(1, static_cast<char>(kFields));
    for (const Entry& entry : entries_) {
        row_.append(entry.bytes.data(), entry.size);
    }
    batch.put_copy(tally_key(), row_);
}

storage::StoreResult<void> unfold_tally(storage::Snapshot& store, storage::WriteBatch& batch) {
    auto tally = store.get(tally_key());
    if (tally.has_error()) {
        return tally.error();
    }
    if (!*tally) {
        return {};
    }
    std::string_view bytes = (*tally)->view();
    CodedInputStream in(bytes_of(bytes), static_cast<int>(bytes.size()));
    std::uint64_t fields = 0;
    if (!in.ReadVarint64(&fields) || fields < kFields) {
        return damaged();
    }
    std::string row;
    std::uint64_t id = 0;
    while (in.CurrentPosition() < static_cast<int>(bytes.size())) {
        bool is_whole = in.ReadVarint64(&id) && read_fields(in, fields, row);
        auto counters = engine::decode_partition_counters(row);
        if (!is_whole || !counters || id > std::numeric_limits<PartitionId>::max()) {
            return damaged();
        }
        std::string key =
            storage::partition_prefix(static_cast<PartitionId>(id), storage::Table::partition_row);
        auto own = store.get(key);
        if (own.has_error()) {
            return own.error();
        }
        if (is_older(*own, *counters)) {
            batch.put_copy(key, row);
        }
    }
    batch.remove(tally_key());
    return {};
}

}  // namespace sfg::commit
