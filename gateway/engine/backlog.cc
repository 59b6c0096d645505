#include "gateway/engine/backlog.h"

#include "protocol/assert.h"

#include <algorithm>
#include <utility>

namespace sfg::engine {

namespace {

using storage::Table;

constexpr std::uint32_t kPortionRows = 128;
constexpr std::size_t kPortionBytes = 256 * kKiB;
// A walk goes on after so many calls in any case, so that entities in memory, which new messages
// keep busy, can't keep those on disk waiting for ever.
constexpr std::uint32_t kCallsPerWalk = kPortionRows;
// Of one endpoint, after one event; if it has more of them, the others have their turn soon.
constexpr std::size_t kTypesLookedAt = 8;
constexpr SteadyMs kSoon{100};

// The share of the budget that stays free while a walk brings more: it is for others.
constexpr std::size_t kWalkShare = 8;

}  // namespace

void Backlog::note(FunctionType& type, PartitionId partition, SteadyMs not_before) {
    if (Waiting* waiting = note_at(type, partition, SteadyMs{0})) {
        waiting->not_before = std::max(waiting->not_before, not_before);
    }
}

void Backlog::note_pausing(FunctionType& type, PartitionId partition, SteadyMs due) {
    note_at(type, partition, std::chrono::ceil<std::chrono::seconds>(due));
}

Backlog::Waiting* Backlog::note_at(FunctionType& type, PartitionId partition, SteadyMs due) {
    if (!type.endpoint || type.is_paused) {
        return nullptr;  // Nobody calls it before the next start, which looks for itself, or a
                         // resume.
    }
    auto [found, is_new] = types_.try_emplace(&type);
    Waiting& waiting = found->second;
    if (is_new) {
        waiting.due.resize(core_.partitions.count(), Waiting::kNever);
        line_of(*type.endpoint).push_back(&type);
        type.has_backlog = true;
    }
    ranges_ += waiting.due[partition] == Waiting::kNever ? 1 : 0;
    waiting.due[partition] = std::min(waiting.due[partition], due);
    waiting.next_due = std::min(waiting.next_due, due);
    return &waiting;
}

std::deque<FunctionType*>& Backlog::line_of(EndpointId endpoint) {
    if (endpoint >= lines_.size()) {
        lines_.resize(endpoint + 1);
    }
    return lines_[endpoint];
}

bool Backlog::has_room(EndpointId endpoint) const {
    const Core::EndpointWaits& waits = core_.endpoint_waits[endpoint];
    std::uint32_t supply = waits.loading + waits.ready;
    if (waits.calls_since_walk >= kCallsPerWalk) {
        return true;
    }
    // What it finds must not push itself out again when it is loaded: that would go on for ever.
    std::size_t expected = lines_[endpoint].front()->load_size.expected();
    return is_tight(expected) ? supply + core_.dispatcher.in_flight(endpoint) == 0
                              : supply < core_.supply_wanted(endpoint);
}

bool Backlog::presses(EndpointId endpoint) const {
    if (endpoint >= lines_.size() || core_.dispatcher.is_down(endpoint)) {
        return false;
    }
    const std::deque<FunctionType*>& line = lines_[endpoint];
    auto looks = static_cast<std::ptrdiff_t>(std::min(line.size(), kTypesLookedAt));
    return std::any_of(line.begin(), line.begin() + looks, [this](FunctionType* type) {
        return due(types_.at(type)) <= core_.now;
    });
}

bool Backlog::presses() const {
    for (EndpointId endpoint = 0; endpoint < lines_.size(); ++endpoint) {
        if (presses(endpoint)) {
            return true;
        }
    }
    return false;
}

// When its walk begins, or goes on; kNever: there is nothing to walk.
SteadyMs Backlog::due(const Waiting& waiting) {
    // A walk that is going on has no time of its own.
    return std::max(waiting.not_before, waiting.from.empty() ? waiting.next_due : SteadyMs{0});
}

bool Backlog::is_tight(std::size_t expected) const {
    std::size_t share = core_.options.memory_budget_bytes / kWalkShare;
    return core_.memory_used() + expected + share > core_.options.memory_budget_bytes;
}

void Backlog::note_parked(FunctionType& type, PartitionId partition, SteadyMs due) {
    due = std::chrono::ceil<std::chrono::minutes>(due);
    auto [found, is_new] = parked_.try_emplace({&type, partition}, due);
    found->second = std::min(found->second, due);
    parked_due_ = std::min(parked_due_, due);
}

void Backlog::note_due() {
    parked_due_ = SteadyMs::max();
    std::erase_if(parked_, [this](const auto& parked) {
        const auto& [where, due] = parked;
        if (due <= core_.now) {
            note(*where.first, where.second);
            return true;
        }
        parked_due_ = std::min(parked_due_, due);
        return false;
    });
}

SteadyMs Backlog::settle() {
    if (core_.now >= parked_due_) {
        note_due();
    }
    SteadyMs wake = parked_due_;
    for (std::size_t tried = 0; !out_ && tried < lines_.size(); ++tried) {
        auto endpoint = static_cast<EndpointId>(turn_);
        turn_ = (turn_ + 1) % lines_.size();
        std::size_t looks = std::min(lines_[endpoint].size(), kTypesLookedAt);
        for (; !out_ && looks > 0; --looks) {
            clean(endpoint);
            if (lines_[endpoint].empty() || core_.stopping || !has_room(endpoint)) {
                break;
            }
            wake = std::min(wake, look_at(lines_[endpoint]));
        }
        if (looks == 0 && lines_[endpoint].size() > kTypesLookedAt) {
            wake = std::min(wake, core_.now + kSoon);
        }
    }
    return wake;
}

// Walks the next type of the line, if it is time. When it will be.
SteadyMs Backlog::look_at(std::deque<FunctionType*>& line) {
    FunctionType& type = *line.front();
    line.pop_front();
    line.push_back(&type);
    Waiting& waiting = types_.at(&type);
    bool ends = waiting.from.empty() && waiting.next_due == Waiting::kNever;
    if (SteadyMs next = ends ? waiting.not_before : due(waiting); next > core_.now) {
        return next;
    }
    if (next_range(type, waiting)) {
        walk(type, waiting);
    } else if (waiting.next_due == Waiting::kNever) {
        line.pop_back();
        types_.erase(&type);
        type.has_backlog = false;
    } else {
        return std::max(waiting.not_before, waiting.next_due);
    }
    return SteadyMs::max();
}

// Those at the head of a line that don't belong there any more.
void Backlog::clean(EndpointId endpoint) {
    while (!lines_[endpoint].empty()) {
        FunctionType& type = *lines_[endpoint].front();
        if (!type.is_paused && type.endpoint == endpoint) {
            return;
        }
        lines_[endpoint].pop_front();
        if (type.is_paused || !type.endpoint) {
            forget(type);
        } else {
            line_of(*type.endpoint).push_back(&type);
        }
    }
}

void Backlog::forget(FunctionType& type) {
    ranges_ -= types_.at(&type).ranges();
    types_.erase(&type);
    type.has_backlog = false;
}

// Whether there is something to walk; then `from` says where.
bool Backlog::next_range(FunctionType& type, Waiting& waiting) {
    if (!waiting.from.empty() && core_.partitions.owned(waiting.cursor)) {
        return true;
    }
    waiting.from.clear();
    for (PartitionId step = 1; step <= core_.partitions.count(); ++step) {
        auto id = static_cast<PartitionId>((waiting.cursor + step) % core_.partitions.count());
        if (waiting.due[id] > core_.now) {
            continue;
        }
        // What leaves memory from here on is behind the walk, or is noted again.
        waiting.due[id] = Waiting::kNever;
        --ranges_;
        if (core_.partitions.owned(id)) {
            waiting.cursor = id;
            waiting.from = storage::type_prefix(id, Table::message, type.name);
            break;
        }
    }
    waiting.next_due = *std::min_element(waiting.due.begin(), waiting.due.end());
    return !waiting.from.empty();
}

void Backlog::walk(FunctionType& type, Waiting& waiting) {
    storage::Range range{
        waiting.from,
        storage::prefix_end(storage::type_prefix(waiting.cursor, Table::message, type.name)),
        kPortionRows,
        kPortionBytes
    };
    range.keys_only = true;
    ReadRequest request;
    request.walks = true;
    request.scans.push_back({std::move(range), {}, 0});
    out_ = true;
    core_.reads.start(
        std::move(request),
        [this, &type, partition = waiting.cursor](ReadResult result) {
            out_ = false;
            take(type, partition, result.scans[0]);
        }
    );
}

void Backlog::take(FunctionType& type, PartitionId partition, const storage::ScanResult& rows) {
    Waiting& waiting = types_.at(&type);
    waiting.from.clear();
    if (!core_.partitions.owned(partition)) {
        return;
    }
    std::uint32_t found = 1;
    std::string_view last_prefix;
    bool is_cut = false;
    for (const storage::Row& row : rows.rows) {
        std::string_view prefix(row.key);
        prefix.remove_suffix(storage::kMessageKeyBytes);
        if (prefix == last_prefix) {
            continue;
        }
        // What is found must not push out what was found before it: those at the end of a range
        // would be called again and again, or be found to pause, and the others never.
        is_cut = !last_prefix.empty() && is_tight(0);
        if (is_cut) {
            break;
        }
        last_prefix = prefix;
        ++found;
        storage::KeyReader reader(row.key, storage::kPartitionPrefixBytes);
        if (auto address = reader.address()) {
            core_.consider(core_.entities.obtain(*address));
        } else {
            core_.notice_damage("message", row.key);
        }
    }
    if (type.endpoint) {
        // So many calls are owed to what was found.
        std::uint32_t& calls = core_.endpoint_waits[*type.endpoint].calls_since_walk;
        calls -= std::min(calls, found);
    }
    if (rows.more || is_cut) {
        // On with the next entity: the messages of this one are its own load's.
        waiting.from = storage::prefix_end(last_prefix);
    }
}

void Backlog::clear() {
    types_.clear();
    for (auto& line : lines_) {
        line.clear();
    }
    parked_.clear();
    parked_due_ = SteadyMs::max();
    ranges_ = 0;
    out_ = false;
}

}  // namespace sfg::engine
