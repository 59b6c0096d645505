#include "gateway/engine/marks.h"

#include "protocol/assert.h"

#include <utility>

namespace sfg::engine {

namespace {

constexpr std::int64_t kHourMs = 3'600'000;

}  // namespace

std::string encode(const Mark& mark) {
    std::string bytes;
    storage::append_message_key(bytes, mark.message);
    storage::append_u64(bytes, mark.content_hash);
    storage::append_u64(bytes, static_cast<std::uint64_t>(mark.time_ms));
    return bytes;
}

std::optional<Mark> decode_mark(std::string_view bytes) {
    if (bytes.size() != storage::kMessageKeyBytes + 16) {
        return std::nullopt;
    }
    Mark mark;
    mark.message = storage::read_message_key(bytes.substr(0, storage::kMessageKeyBytes));
    storage::KeyReader reader(bytes, storage::kMessageKeyBytes);
    mark.content_hash = *reader.u64();
    mark.time_ms = static_cast<std::int64_t>(*reader.u64());
    return mark;
}

std::string Marks::key_of(const Address& target, const std::string& key) const {
    std::string row_key =
        storage::entity_prefix(core_.partitions.of(target), storage::Table::mark, target);
    storage::append_text(row_key, key);
    return row_key;
}

void Marks::meet(const Address& target, const std::string& key, Meeting meeting) {
    std::string row_key = key_of(target, key);
    auto [found, claimed] = claims_.try_emplace(row_key);
    found->second.meetings.push_back(std::move(meeting));
    if (!claimed) {
        settle(row_key);
        return;
    }
    ReadRequest request;
    request.gets.push_back({row_key});
    core_.reads.start(std::move(request), [this, row_key](ReadResult result) {
        looked_up(row_key, std::move(result));
    });
}

void Marks::looked_up(const std::string& row_key, ReadResult result) {
    Claim& claim = claims_.at(row_key);
    claim.looking = false;
    if (result.gets[0]) {
        claim.mark = decode_mark(result.gets[0]->view());
        bool expired =
            claim.mark &&
            claim.mark->time_ms + std::chrono::milliseconds(kMarkKept).count() <= core_.wall_ms;
        if (expired) {
            claim.mark.reset();
        }
    }
    settle(row_key);
    leaving_.push_back({core_.ledger.last_number(), row_key});
}

void Marks::settle(const std::string& row_key) {
    auto found = claims_.find(row_key);
    while (found != claims_.end() && !found->second.looking && !found->second.meetings.empty()) {
        Claim& claim = found->second;
        Meeting meeting = std::move(claim.meetings.front());
        claim.meetings.erase(claim.meetings.begin());
        if (claim.mark) {
            meeting.repeat(*claim.mark, claim.changed);
        } else {
            meeting.fresh();
        }
        found = claims_.find(row_key);
    }
}

void Marks::record(Draft& draft, const Address& target, const std::string& key, Mark mark) {
    std::string row_key = key_of(target, key);
    Claim& claim = claims_.at(row_key);
    claim.mark = mark;
    claim.changed = draft.number();
    PartitionId partition = core_.partitions.of(target);
    std::string hour_key = storage::partition_prefix(partition, storage::Table::mark_by_hour);
    storage::append_u64(hour_key, static_cast<std::uint64_t>(mark.time_ms / kHourMs));
    hour_key += std::string_view(row_key).substr(storage::kPartitionPrefixBytes);
    draft.put(row_key, encode(mark));
    draft.put(hour_key, std::string_view());
    ++draft.count(partition).marks;
    leaving_.push_back({draft.number(), std::move(row_key)});
}

void Marks::withdraw(const Address& target, const std::string& key) {
    leaving_.push_back({core_.ledger.durable(), key_of(target, key)});
}

void Marks::on_durable() {
    while (pins_ == 0 && !leaving_.empty() && leaving_.front().after <= core_.ledger.durable()) {
        auto found = claims_.find(leaving_.front().row_key);
        leaving_.pop_front();
        bool quiet = found != claims_.end() && !found->second.looking &&
                     found->second.meetings.empty() &&
                     found->second.changed <= core_.ledger.durable();
        if (quiet) {
            claims_.erase(found);
        }
    }
}

void Marks::give_up() {
    for (auto& [row_key, claim] : claims_) {
        for (Meeting& meeting : std::exchange(claim.meetings, {})) {
            meeting.given_up();
        }
    }
}

void Marks::clear() {
    claims_.clear();
    leaving_.clear();
    pins_ = 0;
}

}  // namespace sfg::engine
