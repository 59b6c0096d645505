// The engine with its real drivers around it, on a store that fails when told to (design D10).
#include "gateway/engine_host.h"
#include "protocol/codec.h"
#include "storage/key_codec.h"
#include "storage/memory_store.h"

#include <catch2/catch.hpp>

#include <map>
#include <memory>
#include <optional>

using sfg::Address;
using sfg::Errc;
using sfg::WaiterId;
using sfg::storage::MemoryDisk;
using sfg::storage::MemoryStore;
using sfg::storage::StoreErrc;
using sfg::storage::StoreError;

namespace engine = sfg::engine;

namespace {

// Runs a host on one loop until a condition holds; the functions it could call are not there.
class Bed {
public:
    Bed() : helpers_(loop_, 1) {
        sfg::EndpointSpec endpoint;
        endpoint.functions = {"t", std::nullopt};
        endpoint.url_template = "http://127.0.0.1:1/";
        module_.endpoints.push_back(endpoint);
        host_.emplace(
            loop_,
            helpers_,
            io_loops_,
            module_,
            sfg::HostOptions{},
            sfg::EngineHost::Outside{
                [this](WaiterId waiter, engine::Answer answer) {
                    answers.emplace(waiter, std::move(answer));
                },
                [](WaiterId) {},
                [](engine::Happening) {},
                [this](const StoreError& error) { fatal = error; },
            }
        );
    }

    ~Bed() {
        host_->close();
        helpers_.stop();
    }

    // The next store that is opened fails like this; then come healthy ones.
    void open(std::optional<MemoryStore::Failure> failure) {
        next_failure_ = failure;
        auto opened = host_->open(
            [this]() -> sfg::storage::StoreResult<std::unique_ptr<sfg::storage::Store>> {
                ++opens;
                auto until = std::chrono::steady_clock::now() + opening_takes;
                while (std::chrono::steady_clock::now() < until) {
                }
                if (refusals > 0) {
                    --refusals;
                    return StoreError{StoreErrc::io, "not yet"};
                }
                auto store = std::make_unique<MemoryStore>(
                    sfg::storage::StoreIdentity{sfg::StoreId{5}, sfg::kPartitions}, disk_
                );
                if (next_failure_) {
                    store->fail(*std::exchange(next_failure_, std::nullopt));
                }
                return store;
            }
        );
        REQUIRE(opened.has_value());
        run_until([this] { return host_->ready(); });
    }

    WaiterId send(const std::string& id) {
        engine::MessageArrived event;
        event.waiter = WaiterId{++last_waiter_};
        event.target = Address{{"t", "f"}, id};
        event.stored = sfg::make_message(0, nullptr, {"t/x", true, "hello"});
        host_->put(std::move(event));
        return WaiterId{last_waiter_};
    }

    void run_until(const std::function<bool()>& condition) {
        runner_ = [this, &condition] {
            if (condition()) {
                loop_.stop();
            } else {
                loop_.post(runner_);
            }
        };
        loop_.post(runner_);
        loop_.run();
        loop_.io().restart();
    }

    // Lets what was put before be handled: other classes of events may come first.
    void pass() {
        int turns = 0;
        run_until([&turns] { return ++turns > 10; });
    }

    template <typename Kind>
    const Kind* answer_of(WaiterId waiter) {
        auto found = answers.find(waiter);
        return found == answers.end() ? nullptr : std::get_if<Kind>(&found->second);
    }

    sfg::EngineHost& host() { return *host_; }

    // The time that the store remembers; the engine wrote it with its last commits.
    std::chrono::milliseconds remembered_time() {
        std::uint64_t snapshot = disk_->open_snapshot();
        auto row = disk_->get(engine::engine_time_key(), snapshot);
        disk_->close_snapshot(snapshot);
        REQUIRE(row);
        return std::chrono::milliseconds(sfg::storage::KeyReader(row->view(), 0).u64().value());
    }

    std::map<WaiterId, engine::Answer> answers;
    std::optional<StoreError> fatal;
    int opens = 0;
    std::chrono::milliseconds opening_takes{0};
    int refusals = 0;

private:
    sfg::runtime::Loop loop_;
    sfg::runtime::Helpers helpers_;
    sfg::runtime::IoLoops io_loops_{0, 1};
    sfg::ModuleSpec module_;
    std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
    std::optional<sfg::EngineHost> host_;
    std::optional<MemoryStore::Failure> next_failure_;
    std::function<void()> runner_;
    std::uint64_t last_waiter_ = 0;
};

// The first commit of a store is the reservation of numbers.
MemoryStore::Failure second_group(StoreErrc code, bool survives) {
    return {2, code, survives};
}

}  // namespace

TEST_CASE("a message is accepted when its group is durable", "[host]") {
    Bed bed;
    bed.open(std::nullopt);
    WaiterId waiter = bed.send("a");
    bed.run_until([&] { return bed.answers.contains(waiter); });
    CHECK(bed.answer_of<engine::Accepted>(waiter) != nullptr);
}

TEST_CASE("engine time is the wall's, however long the store took to open", "[host]") {
    using std::chrono::milliseconds;
    auto wall = [] {
        auto now = std::chrono::system_clock::now().time_since_epoch();
        return std::chrono::duration_cast<milliseconds>(now);
    };
    Bed bed;
    bed.opening_takes = milliseconds(100);
    auto before = wall();
    bed.open(std::nullopt);
    WaiterId waiter = bed.send("a");
    bed.run_until([&] { return bed.answers.contains(waiter); });
    CHECK(bed.remembered_time() >= before + bed.opening_takes);
    CHECK(bed.remembered_time() <= wall());
}

TEST_CASE(
    "a group in doubt is told as such, and work goes on with a new handle",
    "[host][hazard-5]"
) {
    bool survives = GENERATE(false, true);
    Bed bed;
    bed.open(second_group(StoreErrc::io, survives));
    WaiterId first = bed.send("a");
    bed.run_until([&] { return bed.answers.contains(first); });
    WaiterId doubtful = bed.send("b");
    bed.run_until([&] { return bed.answers.contains(doubtful); });
    REQUIRE(bed.answer_of<engine::Refused>(doubtful) != nullptr);
    CHECK(bed.answer_of<engine::Refused>(doubtful)->problem.code == Errc::in_doubt);
    bed.run_until([&] { return bed.host().ready() && !bed.host().store_trouble(); });
    WaiterId after = bed.send("c");
    bed.run_until([&] { return bed.answers.contains(after); });
    CHECK(bed.answer_of<engine::Accepted>(after) != nullptr);
    CHECK(bed.opens == 2);
    // What survived is what the store says: the first message and the last, perhaps the doubtful.
    CHECK(bed.host().engine().stats().waiting_messages == (survives ? 3 : 2));
    CHECK_FALSE(bed.fatal.has_value());
}

TEST_CASE("a store that can't be opened again at once is tried until it can", "[host]") {
    Bed bed;
    bed.open(second_group(StoreErrc::no_space, false));
    WaiterId first = bed.send("a");
    bed.run_until([&] { return bed.answers.contains(first); });
    bed.refusals = 1;
    WaiterId doubtful = bed.send("b");
    bed.run_until([&] { return bed.answers.contains(doubtful); });
    WaiterId meanwhile = bed.send("c");
    bed.run_until([&] { return bed.answers.contains(meanwhile); });
    REQUIRE(bed.answer_of<engine::Refused>(meanwhile) != nullptr);
    CHECK(bed.answer_of<engine::Refused>(meanwhile)->problem.code == Errc::disk_full);
    bed.run_until([&] { return bed.host().ready() && !bed.host().store_trouble(); });
    WaiterId after = bed.send("d");
    bed.run_until([&] { return bed.answers.contains(after); });
    CHECK(bed.answer_of<engine::Accepted>(after) != nullptr);
}

TEST_CASE("a failed sync ends the process", "[host]") {
    Bed bed;
    bed.open(second_group(StoreErrc::sync, false));
    WaiterId first = bed.send("a");
    bed.run_until([&] { return bed.answers.contains(first); });
    bed.send("b");
    bed.run_until([&] { return bed.fatal.has_value(); });
    CHECK(bed.fatal->code == StoreErrc::sync);
}

TEST_CASE("a stop makes everything durable and answers who waits for it", "[host]") {
    Bed bed;
    bed.open(std::nullopt);
    WaiterId waiter = bed.send("a");
    bool stopped = false;
    bed.host().stop(std::chrono::milliseconds(100), [&] { stopped = true; });
    bed.run_until([&] { return stopped; });
    CHECK(bed.answer_of<engine::Accepted>(waiter) != nullptr);
    WaiterId late = bed.send("b");
    bed.run_until([&] { return bed.answers.contains(late); });
    CHECK(bed.answer_of<engine::Refused>(late)->problem.code == Errc::shutting_down);
}

TEST_CASE(
    "R60 a disk at its reserve stops what comes from outside, and resumes by itself",
    "[host]"
) {
    Bed bed;
    bed.open(std::nullopt);
    bed.host().put(engine::DiskRoomChanged{engine::DiskRoom::below_reserve});
    bed.pass();
    WaiterId refused = bed.send("a");
    bed.run_until([&] { return bed.answers.contains(refused); });
    REQUIRE(bed.answer_of<engine::Refused>(refused) != nullptr);
    CHECK(bed.answer_of<engine::Refused>(refused)->problem.code == Errc::disk_full);
    CHECK(bed.answer_of<engine::Refused>(refused)->retry_after.count() > 0);
    bed.host().put(engine::DiskRoomChanged{engine::DiskRoom::plenty});
    bed.pass();
    WaiterId accepted = bed.send("a");
    bed.run_until([&] { return bed.answers.contains(accepted); });
    CHECK(bed.answer_of<engine::Accepted>(accepted) != nullptr);
}
