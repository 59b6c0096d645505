// Expiration as a random walk: whatever happens in whatever order, a request carries what a simple
// model says, and in the end nothing that expired is on the disk.
#include "tests/unit/engine/expiring_function.h"

#include <catch2/catch.hpp>

#include <array>
#include <map>
#include <random>

using namespace sfg;
using namespace sfg::test;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr int kIds = 5;
constexpr std::array<const char*, 3> kNames{"kept", "written", "invoked"};
constexpr int kWrittenMs = 7'000;
constexpr int kInvokedMs = 9'000;

struct ModelValue {
    std::string value;
    std::int64_t written = 0;
};

struct ModelEntity {
    std::map<std::string, ModelValue> values;
    std::int64_t touched = 0;

    [[nodiscard]] bool lives(const std::string& name, std::int64_t now) const {
        auto found = values.find(name);
        if (found == values.end()) {
            return false;
        }
        std::int64_t last = found->second.written;
        if (name == "written") {
            return last + kWrittenMs > now;
        }
        return name == "kept" || std::max(last, touched) + kInvokedMs > now;
    }
};

using Model = std::map<std::string, ModelEntity>;

class Walk {
public:
    explicit Walk(unsigned seed) : random_(seed), bed_(options(seed)) {
        for (const char* name : kNames) {
            std::string text = name;
            bool write = text == "written";
            ExpireMode mode = write ? ExpireMode::after_write : ExpireMode::after_invoke;
            int ttl = write ? kWrittenMs : kInvokedMs;
            add_missing(specs_, text, text == "kept" ? ExpireMode::none : mode, ttl);
        }
    }

    void step() {
        switch (pick(12)) {
            case 0:
            case 1:
            case 2:
                bed_.send("f", std::to_string(pick(kIds)), "x");
                break;
            case 3:
            case 4:
            case 5:
            case 6:
                answer();
                break;
            case 7:
            case 8:
                bed_.advance(milliseconds(pick(2'500)));
                break;
            case 9:
                sync();
                break;
            case 10:
                if (!bed_.calls.empty()) {
                    built_.erase(bed_.calls[0].call.id);
                    bed_.fail(engine::FailureKind::rejected, "500");
                }
                break;
            default:
                if (pick(8) == 0) {
                    crash();
                }
        }
        look();
    }

    void end() {
        for (int i = 0; i < 60; ++i) {
            while (!bed_.calls.empty()) {
                answer();
                look();
            }
            sync();
            look();
            bed_.advance(seconds(20));  // Longer than anybody stays parked, in all.
            look();
        }
        CHECK(bed_.core->stats().waiting_messages == 0);
        std::size_t kept = 0;
        for (const auto& [id, entity] : now_) {
            kept += entity.values.contains("kept") ? 1 : 0;
        }
        CHECK(bed_.durable_rows(storage::Table::state) == kept);
        CHECK(bed_.durable_rows(storage::Table::expiry) == 0);
        CHECK(bed_.core->stuck_entities() == 0);
    }

    [[nodiscard]] std::size_t compared() const { return compared_; }

private:
    static engine::EngineOptions options(unsigned seed) {
        engine::EngineOptions options;
        options.partitions = 2;
        options.memory_budget_bytes = seed % 2 == 0 ? 1 : 1U << 24;
        return options;
    }

    int pick(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }

    [[nodiscard]] std::int64_t wall() const { return bed_.now.count(); }

    void sync() {
        bed_.sync();
        durable_ = now_;
    }

    void crash() {
        bed_.now += milliseconds(pick(3'000));
        built_.clear();
        now_ = durable_;
        bed_.crash();
    }

    // Compares the requests that have come since the last look. All were built just now.
    void look() {
        for (const Asked& asked : bed_.calls) {
            if (asked.batch.state_size() == 0 || built_.contains(asked.call.id)) {
                continue;
            }
            built_[asked.call.id] = wall();
            const ModelEntity& entity = now_[asked.call.target.id];
            for (const std::string name : kNames) {
                auto sent = asked.state(name);
                std::optional<std::string> expected;
                if (entity.lives(name, wall())) {
                    expected = entity.values.at(name).value;
                }
                CAPTURE(asked.call.target.id, name, wall());
                CHECK(sent == expected);
                ++compared_;
            }
        }
    }

    void answer() {
        if (bed_.calls.empty()) {
            return;
        }
        const Asked& asked = bed_.calls[0];
        if (asked.batch.state_size() == 0) {
            bed_.answer(specs_);
            return;
        }
        ModelEntity& entity = now_[asked.call.target.id];
        std::int64_t built = built_.at(asked.call.id);
        for (const std::string name : kNames) {
            if (!entity.lives(name, built)) {
                entity.values.erase(name);
            }
        }
        entity.touched = built;
        auto response = done();
        for (const std::string name : kNames) {
            int what = pick(5);
            if (what == 0) {
                delete_state(response, name);
                entity.values.erase(name);
            } else if (what == 1) {
                std::string value = std::to_string(++last_value_);
                set_state(response, name, value);
                entity.values[name] = {value, wall()};
            }
        }
        bed_.answer(response);
    }

    std::mt19937 random_;
    EngineBed bed_;
    wire::FromFunction specs_;
    Model now_;
    Model durable_;
    std::map<RequestId, std::int64_t> built_;  // When each request that is out was built.
    int last_value_ = 0;
    std::size_t compared_ = 0;
};

}  // namespace

TEST_CASE("a random walk of expiring states agrees with a model", "[engine]") {
    std::size_t compared = 0;
    for (unsigned seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        Walk walk(seed);
        for (int i = 0; i < 400; ++i) {
            walk.step();
        }
        walk.end();
        compared += walk.compared();
    }
    CHECK(compared > 5'000);
}

TEST_CASE(
    "what is written while a sweep ends is not forgotten because another partition went",
    "[engine][hazard-2]"
) {
    engine::EngineOptions options;
    options.partitions = 2;
    ExpiringFunction f(ExpireMode::after_write, 5'000, options);
    PartitionId home = partition_of("a", 2);
    std::string other;
    for (int i = 0; other.empty(); ++i) {
        auto id = std::to_string(i);
        other = partition_of(id, 2) == home ? id : "";
    }
    f.write("a", "1");
    f.read(other);
    f.bed.advance(std::chrono::seconds(7));
    REQUIRE_FALSE(f.bed.group.empty());  // The first value is deleted.
    f.bed.write_group();
    f.bed.hold_reads = true;
    f.bed.send("f", other, "x");
    auto response = done();
    set_state(response, "n", "1");
    f.bed.answer(response);
    f.bed.core->on(engine::PartitionReleased{static_cast<PartitionId>(1 - home)});
    f.bed.notice_durable();
    f.bed.hold_reads = false;
    f.bed.answer_reads();
    f.bed.sync();
    CHECK(f.bed.durable_rows(storage::Table::state) == 1);
    for (int i = 0; i < 10; ++i) {
        f.bed.advance(std::chrono::seconds(1));
        f.bed.sync();
    }
    CHECK(f.bed.durable_rows(storage::Table::state) == 0);
    CHECK(f.bed.durable_rows(storage::Table::expiry) == 0);
}

TEST_CASE(
    "a partition that goes while it is swept is swept when it comes again",
    "[engine][hazard-8][invariant-5]"
) {
    engine::EngineOptions one_partition;
    one_partition.partitions = 1;
    ExpiringFunction f(ExpireMode::after_write, 5'000, one_partition);
    f.write("a", "1");
    f.bed.send("f", "a", "not durable");
    f.bed.hold_reads = true;
    f.bed.advance(std::chrono::seconds(7));
    REQUIRE_FALSE(f.bed.reads.empty());
    f.bed.core->on(engine::PartitionReleased{0});
    f.bed.hold_reads = false;
    f.bed.answer_reads();
    REQUIRE(f.bed.releases.empty());
    f.bed.sync();
    REQUIRE(f.bed.releases.size() == 1);
    f.bed.core->on(engine::PartitionAcquired{0});
    f.bed.answer_reads();
    for (int i = 0; i < 10; ++i) {
        while (!f.bed.calls.empty()) {
            f.through_canary();
            f.bed.answer(done());
        }
        f.bed.advance(std::chrono::seconds(1));
        f.bed.sync();
    }
    CHECK(f.bed.durable_rows(storage::Table::expiry) == 0);
}
