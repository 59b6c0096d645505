#include "gateway/engine/sources.h"

#include "gateway/engine/admission.h"
#include "gateway/engine/source_rows.h"
#include "protocol/assert.h"
#include "protocol/module_spec.h"

#include <algorithm>
#include <utility>

namespace sfg::engine {

namespace {

constexpr std::chrono::seconds kSoon{1};
constexpr SteadyMs kAheadPause{100};

Refused refused(Errc code, std::string detail) {
    return {{code, std::move(detail)}, kSoon, {}};
}

Refused stopping() {
    return refused(Errc::shutting_down, "no new records are taken");
}

}  // namespace

bool Sources::restore(std::string_view key, std::string_view value) {
    auto row = decode_source_row(key, value);
    if (!row) {
        return false;
    }
    Source& source = sources_[row->source];
    if (row->part) {
        source.positions[*row->part] = row->number;
    } else {
        source.stats.kept = row->number;
    }
    return true;
}

Sources::Source* Sources::find(const TypeName& name, std::uint64_t session) {
    auto found = sources_.find(name);
    bool is_open = found != sources_.end() && session != 0 && found->second.session == session;
    return is_open ? &found->second : nullptr;
}

// ---- Sessions.

void Sources::on(SourceOpened event) {
    auto found = sources_.find(event.source);
    if (found != sources_.end()) {
        end_session(found->second);  // Also if none begins: its driver has given it up.
    }
    if (core_.stopping) {
        core_.actions.answer(event.waiter, stopping());
    } else if (!core_.tables_read || core_.store_lost) {
        core_.actions.answer(event.waiter, refused(Errc::starting, "the positions are being read"));
    } else if (found == sources_.end() && sources_.size() >= kSourcesMax) {
        std::string many = std::to_string(kSourcesMax) + " sources are known already";
        core_.actions.answer(event.waiter, refused(Errc::overloaded, std::move(many)));
    } else {
        Source& source = sources_[event.source];
        source.session = ++last_session_;
        answer_at(source, event.waiter);
    }
}

void Sources::on(SourceAsked event) {
    if (const Source* source = find(event.source, event.session)) {
        answer_at(*source, event.waiter);
    } else {
        core_.actions.answer(event.waiter, SourceLost{});
    }
}

void Sources::answer_at(const Source& source, WaiterId waiter) {
    SourceAt at;
    at.session = source.session;
    at.positions.reserve(source.positions.size());
    for (const auto& [part, next] : source.positions) {
        at.positions.push_back({part, next});
    }
    core_.ledger.answer_when_durable(source.taken, waiter, std::move(at));
}

void Sources::end_session(Source& source) {
    source.session = 0;
    if (source.held) {
        std::erase(line_, source.held->source);
        let_go(source, SourceLost{});
    }
}

void Sources::let_go(Source& source, Answer answer) {
    core_.actions.answer(source.held->waiter, std::move(answer));
    source.held.reset();
}

void Sources::stop() {
    for (const TypeName& name : std::exchange(line_, {})) {
        let_go(sources_.at(name), stopping());
    }
}

void Sources::give_up() {
    for (auto& [name, source] : sources_) {
        end_session(source);
    }
}

void Sources::clear() {
    give_up();
    for (auto& [name, source] : sources_) {
        source.positions.clear();
        source.taken = {};
        source.stats.kept = 0;
    }
    pace_.clear();
}

// ---- Records.

void Sources::on(SourceRecords event) {
    SFG_ASSERT(event.messages.size() <= kSourceMessagesMax);
    SFG_ASSERT(event.refused.size() <= kSourceRefusedMax);
    Source* source = find(event.source, event.session);
    if (source == nullptr) {
        core_.actions.answer(event.waiter, SourceLost{});
        return;
    }
    if (core_.stopping) {
        core_.actions.answer(event.waiter, stopping());
        return;
    }
    if (std::string wrong = fault(*source, event); !wrong.empty()) {
        core_.actions.notice(
            "the ingress " + event.source.text() + " is read again from what was taken: " + wrong
        );
        end_session(*source);
        core_.actions.answer(event.waiter, SourceLost{});
        return;
    }
    line_.push_back(event.source);
    source->targets = pace_.targets_of(event);
    source->held = std::move(event);
}

// What is wrong with them; empty: nothing is.
std::string Sources::fault(const Source& source, const SourceRecords& records) const {
    if (source.held) {
        return "more records came while others were held";
    }
    std::map<std::string_view, std::uint64_t> after;
    bool moves = records.messages.empty() && records.refused.empty();
    for (const SourcePosition& position : records.positions) {
        auto known = source.positions.find(position.part);
        auto [at, is_first] = after.try_emplace(position.part, position.next);
        bool is_known = known != source.positions.end() || !is_first;
        std::uint64_t before = is_first ? (is_known ? known->second : 0) : at->second;
        if (is_known && position.next < before && !position.is_reset) {
            return "the position of " + position.part + " would go back from " +
                   std::to_string(before) + " to " + std::to_string(position.next);
        }
        moves = moves || !is_known || position.is_reset || position.next > before;
        at->second = position.next;
    }
    std::size_t parts = source.positions.size();
    for (const auto& [part, next] : after) {
        parts += source.positions.contains(part) ? 0 : 1;
    }
    if (parts > kSourcePartsMax) {
        return "it has more than " + std::to_string(kSourcePartsMax) + " parts";
    }
    return moves ? "" : "records came without a position behind them";
}

SteadyMs Sources::settle() {
    // While partitions come: what is sent to them must become durable first, so a steady flow would
    // keep them from coming.
    if (line_.empty() || !core_.ready() || core_.stopping || no_room_for(Outside::source, core_)) {
        return SteadyMs::max();
    }
    pace_.drop_called();
    Source* source = next();
    if (source != nullptr) {
        // Who is overtaken waits no longer for that.
        if (source->held->source == line_.front()) {
            taken_at_ = core_.now;
        }
        std::erase(line_, source->held->source);
        take(*source);
        // The next one has an event of its own: others get their turns between the two.
        source = line_.empty() ? nullptr : next();
    }
    SteadyMs later = line_.empty() ? SteadyMs::max() : taken_at_ + kAheadPause;
    return source != nullptr ? core_.now : later;
}

Sources::Source* Sources::next() {
    for (const TypeName& name : line_) {
        if (Source& source = sources_.at(name); !pace_.is_ahead(source.targets)) {
            return &source;
        }
    }
    return taken_at_ + kAheadPause <= core_.now ? &sources_.at(line_.front()) : nullptr;
}

void Sources::take(Source& source) {
    SourceRecords batch = *std::exchange(source.held, std::nullopt);
    if (batch.messages.empty() && batch.refused.empty() && batch.positions.empty()) {
        core_.actions.answer(batch.waiter, SourceTaken{});
        return;
    }
    Draft& draft = core_.ledger.open();
    for (SourceMessage& message : batch.messages) {
        SFG_ASSERT(message.target.type.ns != kGatewayNamespace);
        core_.deliver(draft, message.target, std::move(message.stored), Core::Origin::bulk);
    }
    std::uint32_t place = 0;
    for (SourceRefusal& refusal : batch.refused) {
        RefusedRecord record{
            std::move(refusal.part), refusal.position, core_.wall_ms, std::move(refusal.record)
        };
        draft.put(refused_key(batch.source, {draft.number(), place++}), encode(record));
    }
    for (const SourcePosition& position : batch.positions) {
        source.positions[position.part] = position.next;
        draft.put_row(
            source_position_key(batch.source, position.part), source_value(position.next)
        );
    }
    source.stats.kept += batch.refused.size();
    if (!batch.refused.empty()) {
        put_count(draft, batch.source, source);
    }
    ++source.stats.batches;
    source.stats.messages += batch.messages.size();
    source.stats.refused += batch.refused.size();
    core_.stats.accepted += batch.messages.size();
    source.taken = draft.number();
    pace_.took(draft.number(), batch.messages.size());
    core_.ledger.close(draft);
    core_.actions.answer(batch.waiter, SourceTaken{});
}

void Sources::forget_refused(Draft& draft, const TypeName& name) {
    Source& source = sources_[name];
    source.stats.kept -= std::min<std::uint64_t>(source.stats.kept, 1);
    put_count(draft, name, source);
}

void Sources::put_count(Draft& draft, const TypeName& name, const Source& source) {
    draft.put_row(source_count_key(name), source_value(source.stats.kept));
}

}  // namespace sfg::engine
