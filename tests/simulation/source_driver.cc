#include "tests/simulation/source_driver.h"

#include "protocol/codec.h"

#include <algorithm>

namespace sfg::sim {

namespace {

engine::SourceMessage to_engine(const LogMessage& message, PartitionId partitions) {
    OpenMessage open = make_open_message(
        partition_of(message.target.id, partitions), nullptr, "t/text", message.text.size()
    );
    open.fill(message.text);
    return {message.target, std::move(open.bytes)};
}

}  // namespace

std::optional<SourceDriver::Batch>
SourceDriver::read(const SourceLog::Parts& log, PartitionId partitions, std::size_t records_max) {
    Batch batch;
    batch.event.session = session_;
    after_ = next_;
    for (const auto& [name, part] : log) {
        auto known = next_.find(name);
        bool is_gone = known != next_.end() && known->second > part.end();
        bool is_new = known == next_.end();
        std::uint64_t next = is_new || is_gone ? part.first : known->second;
        std::size_t most = std::min<std::size_t>(records_max, part.end() - next);
        for (std::size_t i = 0; i < most; ++i, ++next) {
            const LogRecord& record = part.records[next - part.first];
            for (const LogMessage& message : record.messages) {
                batch.event.messages.push_back(to_engine(message, partitions));
                batch.told.messages.push_back({message, name, next});
            }
            if (record.messages.empty()) {
                std::string json = "{\"uid\":\"" + record.uid + "\"}";
                batch.event.refused.push_back({name, next, json});
                batch.told.refused.push_back({name, next, json});
            }
        }
        if (is_new || is_gone || most > 0) {
            batch.event.positions.push_back({name, next, is_gone});
            after_[name] = next;
        }
        records_max -= most;
    }
    if (batch.event.positions.empty()) {
        return std::nullopt;
    }
    batch.told.session = session_;
    batch.told.positions = batch.event.positions;
    return batch;
}

void SourceDriver::answered(WaiterId waiter, const engine::Answer& answer) {
    if (waiter_ != waiter) {
        return;
    }
    waiter_.reset();
    if (const auto* at = std::get_if<engine::SourceAt>(&answer)) {
        bool is_opened = session_ != at->session;
        session_ = at->session;
        if (is_opened) {
            next_.clear();
            for (const engine::SourcePosition& position : at->positions) {
                next_[position.part] = position.next;
            }
        }
        is_durable_ = true;
    } else if (std::holds_alternative<engine::SourceTaken>(answer)) {
        next_ = after_;
        is_durable_ = false;
    } else if (std::holds_alternative<engine::SourceLost>(answer)) {
        session_ = 0;
    } else if (const auto* refused = std::get_if<engine::Refused>(&answer)) {
        session_ = refused->problem.code == Errc::starting ? 0 : session_;
    }
}

}  // namespace sfg::sim
