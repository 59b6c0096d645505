// A bed with the driver of one stream, of the egress k/out.
#pragma once

#include "protocol/codec.h"
#include "tests/support/engine_bed.h"

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

namespace sfg::test {

inline const TypeName kOut{"k", "out"};

struct StreamBed {
    explicit StreamBed(engine::EngineOptions options = {}) : bed(std::move(options)) {}

    EngineBed bed;
    std::uint64_t last_waiter = 2'000'000;  // Operators' are other ones.
    std::uint64_t emitted = 0;

    WaiterId next_waiter() { return WaiterId{++last_waiter}; }

    void emit(int records, std::size_t bytes = 1) {
        bed.send("f", "a", "x");
        auto response = done();
        for (int i = 0; i < records; ++i) {
            auto* record = response.mutable_invocation_result()->add_outgoing_egresses();
            record->set_egress_namespace(kOut.ns);
            record->set_egress_type(kOut.name);
            record->mutable_argument()->set_typename_("t/record");
            record->mutable_argument()->set_has_value(true);
            std::string value = std::to_string(++emitted);
            value.resize(std::max(bytes, value.size()), ' ');
            record->mutable_argument()->set_value(value);
        }
        bed.answer(response);
    }

    engine::StreamAt open() {
        WaiterId waiter = next_waiter();
        bed.core->on(engine::StreamOpened{waiter, kOut});
        REQUIRE(bed.answer_of<engine::StreamAt>(waiter) != nullptr);
        return *bed.answer_of<engine::StreamAt>(waiter);
    }

    WaiterId pull(std::size_t records_max = 100, std::size_t bytes_max = kMiB) {
        WaiterId waiter = next_waiter();
        bed.core->on(engine::StreamPulled{waiter, kOut, records_max, bytes_max});
        bed.answer_reads();
        return waiter;
    }

    // The positions that were given; each record is the one that was sent as the so manyeth.
    std::vector<std::uint64_t> given(WaiterId waiter) {
        std::vector<std::uint64_t> positions;
        const auto* answer = bed.answer_of<engine::StreamRecords>(waiter);
        REQUIRE(answer != nullptr);
        for (const auto& record : answer->records) {
            auto value = decode_typed_value(message_invocation(record.stored.view()));
            REQUIRE(value.has_value());
            CHECK(std::stoull(value->value) == record.position);
            positions.push_back(record.position);
        }
        return positions;
    }

    void delivered(std::uint64_t up_to) { bed.core->on(engine::StreamDelivered{kOut, up_to}); }

    // Refuses the first record that is not delivered.
    void refuse(std::uint64_t position) {
        bed.core->on(engine::StreamRefused{next_waiter(), kOut, position, "no such topic"});
        bed.sync();
    }

    std::size_t stored() const {
        std::string prefix = storage::system_prefix(storage::Table::outbox);
        auto range = engine::whole(prefix, 1'000'000, 1'000 * kMiB);
        return bed.store->snapshot()->scan(range)->rows.size();
    }
};

inline std::vector<std::uint64_t> range(std::uint64_t from, std::uint64_t to) {
    std::vector<std::uint64_t> positions;
    for (; from <= to; ++from) {
        positions.push_back(from);
    }
    return positions;
}

}  // namespace sfg::test
