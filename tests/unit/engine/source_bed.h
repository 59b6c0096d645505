// A bed with the driver of one source: what it says, and what it is told.
#pragma once

#include "protocol/codec.h"
#include "tests/unit/engine/operator_bed.h"

#include <catch2/catch.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sfg::test {

inline const TypeName kIn{"k", "in"};

inline engine::SourceMessage
source_message(const std::string& id, const std::string& text, const TypeName& type = {"t", "f"}) {
    OpenMessage open = make_open_message(0, nullptr, "t/text", text.size());
    std::copy(text.begin(), text.end(), open.bytes.mutable_data() + open.value_at);
    return {{type, id}, std::move(open.bytes)};
}

struct SourceBed {
    explicit SourceBed(engine::EngineOptions options = {}) : bed(std::move(options)) {}

    EngineBed bed;
    std::uint64_t session = 0;

    WaiterId ask_open(const TypeName& source = kIn) {
        return put(bed, engine::SourceOpened{{}, source});
    }

    // Begins a session of the source that the bed is about. Requires: nothing of it is undurable.
    std::vector<engine::SourcePosition> open() { return told_at(ask_open()); }

    // What a question was told; its session is the bed's from here on.
    std::vector<engine::SourcePosition> told_at(WaiterId waiter) {
        const auto* at = bed.answer_of<engine::SourceAt>(waiter);
        REQUIRE(at != nullptr);
        session = at->session;
        return at->positions;
    }

    WaiterId ask() { return put(bed, engine::SourceAsked{{}, kIn, session}); }

    WaiterId give(engine::SourceRecords records) {
        records.source = kIn;
        records.session = session;
        return put(bed, std::move(records));
    }

    // One message, of the record before `next` of part "0".
    WaiterId give(const std::string& id, const std::string& text, std::uint64_t next) {
        engine::SourceRecords records;
        records.messages.push_back(source_message(id, text));
        records.positions.push_back({"0", next});
        return give(std::move(records));
    }

    [[nodiscard]] bool taken(WaiterId waiter) const {
        return bed.answer_of<engine::SourceTaken>(waiter) != nullptr;
    }

    [[nodiscard]] bool lost(WaiterId waiter) const {
        return bed.answer_of<engine::SourceLost>(waiter) != nullptr;
    }

    [[nodiscard]] engine::SourceStats stats() const {
        engine::SourceStats found;
        bed.core->for_each_source([&](const TypeName& name, const engine::SourceStats& stats) {
            found = name == kIn ? stats : found;
        });
        return found;
    }
};

using At = std::vector<engine::SourcePosition>;

}  // namespace sfg::test
