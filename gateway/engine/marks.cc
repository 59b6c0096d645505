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
    if (claimed) {
        look_up({std::move(row_key)});
    } else {
        settle(row_key);
    }
}

void Marks::meet_all(Gathering gathering) {
    auto gathered = std::make_shared<Gathered>();
    gathered->decided = std::move(gathering.decided);
    gathered->given_up = std::move(gathering.given_up);
    gathered->known.resize(gathering.keys.size());
    std::vector<std::size_t> different;
    std::unordered_map<std::string_view, std::size_t> first;
    gathered->row_keys.reserve(gathering.keys.size());  // `first` refers to them.
    for (std::size_t i = 0; i < gathering.keys.size(); ++i) {
        const auto& [target, key] = gathering.keys[i];
        gathered->row_keys.push_back(key_of(*target, *key));
        auto [earlier, is_new] = first.try_emplace(gathered->row_keys[i], i);
        if (is_new) {
            different.push_back(i);
        } else {
            gathered->known[i].same_as = earlier->second;
        }
    }
    gathered->unknown = different.size();
    std::vector<std::string> to_look_up;
    for (std::size_t i : different) {
        auto [found, claimed] = claims_.try_emplace(gathered->row_keys[i]);
        found->second.meetings.push_back(meeting_of(gathered, i));
        if (claimed) {
            to_look_up.push_back(gathered->row_keys[i]);
        }
    }
    look_up(std::move(to_look_up));
    for (std::size_t i : different) {
        settle(gathered->row_keys[i]);
    }
}

Marks::Meeting Marks::meeting_of(const std::shared_ptr<Gathered>& gathered, std::size_t at) {
    Meeting meeting;
    meeting.fresh = [this, gathered, at] {
        claims_.at(gathered->row_keys[at]).held = true;
        learn(*gathered, at, {});
    };
    meeting.repeat = [this, gathered, at](const Mark& mark, CommitNumber changed) {
        // What is told of it later must still be so then.
        claims_.at(gathered->row_keys[at]).held = true;
        learn(*gathered, at, {mark, changed, {}});
    };
    meeting.given_up = [gathered] {
        if (gathered->given_up) {
            std::exchange(gathered->given_up, {})();
        }
    };
    return meeting;
}

// What one key is; with the last one the gathering is decided, and its claims go on.
void Marks::learn(Gathered& gathered, std::size_t at, Known known) {
    gathered.known[at] = std::move(known);
    if (--gathered.unknown > 0) {
        return;
    }
    gathered.decided(gathered.known);
    for (std::size_t i = 0; i < gathered.known.size(); ++i) {
        if (gathered.known[i].same_as) {
            continue;
        }
        const std::string& row_key = gathered.row_keys[i];
        claims_.at(row_key).held = false;
        leaving_.push_back({core_.ledger.durable(), row_key});
        settle(row_key);
    }
}

void Marks::look_up(std::vector<std::string> row_keys) {
    // So many gets take a reader about as long as an entity's load; more of them go beside the
    // loads.
    constexpr std::size_t kBesideLoads = 32;
    if (row_keys.empty()) {
        return;
    }
    ReadRequest request;
    request.walks = row_keys.size() > kBesideLoads;
    for (const std::string& row_key : row_keys) {
        request.gets.push_back({row_key});
    }
    auto then = [this, keys = std::move(row_keys)](ReadResult result) {
        for (std::size_t i = 0; i < keys.size(); ++i) {
            looked_up(keys[i], result.gets[i]);
        }
    };
    core_.reads.start(std::move(request), std::move(then));
}

void Marks::looked_up(const std::string& row_key, const std::optional<SharedBytes>& row) {
    Claim& claim = claims_.at(row_key);
    claim.looking = false;
    if (row) {
        claim.mark = decode_mark(row->view());
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
    while (found != claims_.end() && !found->second.looking && !found->second.held &&
           !found->second.meetings.empty()) {
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
        bool quiet = found != claims_.end() && !found->second.looking && !found->second.held &&
                     found->second.meetings.empty() &&
                     found->second.changed <= core_.ledger.durable();
        if (quiet) {
            claims_.erase(found);
        }
    }
}

void Marks::give_up() {
    for (auto& [row_key, claim] : claims_) {
        claim.held = false;
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
