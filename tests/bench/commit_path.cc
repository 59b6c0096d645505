// The commit path alone: the committer with a LevelDB, and turns that append to it at a fixed rate.
//
//     commit_path DIRECTORY [effects per second] [seconds]
//
// A turn here has three small effects: it consumes the message of the turn before it, writes a
// state of 8 bytes and sends a message. What is measured is how long appending one takes, which
// must not depend on the disk, and how long it takes until it is durable. Like the engine's credit,
// a bound on what is not durable yet keeps a disk that is too slow from filling memory; then the
// rate is missed. The directory must be empty.
#include "gateway/commit/committer.h"
#include "protocol/address.h"
#include "storage/key_codec.h"
#include "storage/leveldb_store.h"
#include "tests/bench/histogram.h"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sfg {

namespace {

using Clock = runtime::SteadyClock;

constexpr std::size_t kEntities = 10'000;
constexpr std::uint64_t kEffectsPerTurn = 3;
constexpr std::uint64_t kPendingTurnsMax = 100'000;
constexpr std::chrono::microseconds kStep{200};

std::uint64_t ns_between(Clock::time_point from, Clock::time_point to) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(to - from).count()
    );
}

// One turn's keys in one table.
std::string entity_key(storage::Table table, std::size_t number) {
    Address address{{"bench", "counter"}, "id-" + std::to_string(number)};
    return storage::entity_prefix(partition_of(address.id, kPartitions), table, address);
}

class Bench {
public:
    Bench(storage::Store& store, double turns_per_s, double seconds)
        : turns_per_s_(turns_per_s),
          seconds_(seconds),
          timer_(loop_.io()),
          committer_(
              loop_,
              commit::PaceOptions{},
              {[this](Epoch, CommitNumber last) { durable(value_of(last)); },
               [this](storage::StoreError error) { failed(error); },
               [](commit::Micros) {
               }}
          ) {
        for (std::size_t n = 0; n < kEntities; ++n) {
            states_.push_back(entity_key(storage::Table::state, n));
            storage::append_text(states_.back(), "count");
            mailboxes_.push_back(entity_key(storage::Table::message, n));
        }
        committer_.use(store, Epoch{1});
    }

    // True if all of it became durable.
    bool run() {
        began_ = Clock::now();
        loop_.on_idle([this] { committer_.on_idle(); });
        step();
        loop_.run();
        took_ = ns_between(began_, Clock::now());
        committer_.stop();
        return !failed_;
    }

    void print() const {
        const double seconds = static_cast<double>(took_) / 1e9;
        const auto turns = static_cast<double>(last_);
        std::printf(
            "{\"turns\": %.0f, \"effects_per_s\": %.0f, \"append_ns\": %llu, "
            "\"append_p999_ns\": %llu, \"durable_p50_us\": %.1f, \"durable_p99_us\": %.1f, "
            "\"turn_cpu_us\": %.2f, \"group_turns\": %.1f}\n",
            turns,
            turns * kEffectsPerTurn / seconds,
            static_cast<unsigned long long>(appends_.quantile(0.5)),
            static_cast<unsigned long long>(appends_.quantile(0.999)),
            static_cast<double>(waits_.quantile(0.5)) / 1e3,
            static_cast<double>(waits_.quantile(0.99)) / 1e3,
            static_cast<double>(std::clock()) / CLOCKS_PER_SEC * 1e6 / turns,
            turns / static_cast<double>(committer_.stats().groups)
        );
    }

private:
    // Appends what is due by now.
    void step() {
        const double elapsed_s = static_cast<double>(ns_between(began_, Clock::now())) / 1e9;
        is_over_ = elapsed_s >= seconds_;
        const auto due = static_cast<std::uint64_t>(std::min(elapsed_s, seconds_) * turns_per_s_);
        while (last_ < due && pending_.size() < kPendingTurnsMax) {
            append();
        }
        committer_.flush_if_due();
        if (is_over_) {
            return stop_if_durable();
        }
        timer_.expires_after(kStep);
        timer_.async_wait([this](const boost::system::error_code&) { step(); });
    }

    void append() {
        engine::Commit& commit = commit_;
        commit.clear();
        const std::size_t entity = last_ * 7919 % kEntities;
        if (last_ > 0) {
            const std::size_t before = (last_ - 1) * 7919 % kEntities;
            const auto key = commit.text.append(message_key(before, last_));
            commit.consumed.push_back({key, {CommitNumber{last_}, 0}});
        }
        commit.number = CommitNumber{++last_};
        commit.urgency = engine::Urgency::waited;
        commit.puts.push_back({commit.text.append(states_[entity]), SharedBytes("12345678")});
        const auto key = commit.text.append(message_key(entity, last_));
        commit.messages.push_back({key, SharedBytes(std::string(40, 'm'))});
        const Clock::time_point start = Clock::now();
        committer_.append(commit);
        const Clock::time_point end = Clock::now();
        appends_.add(ns_between(start, end));
        pending_.push_back(end);
    }

    std::string message_key(std::size_t entity, std::uint64_t number) const {
        std::string key = mailboxes_[entity];
        storage::append_message_key(key, {CommitNumber{number}, 0});
        return key;
    }

    void durable(std::uint64_t last) {
        const Clock::time_point now = Clock::now();
        while (durable_ < last) {
            ++durable_;
            waits_.add(ns_between(pending_.front(), now));
            pending_.pop_front();
        }
        committer_.flush_if_due();
        if (is_over_) {
            stop_if_durable();
        }
    }

    void failed(const storage::StoreError& error) {
        std::fprintf(stderr, "%s\n", error.reason.c_str());
        failed_ = true;
        loop_.stop();
    }

    void stop_if_durable() {
        if (pending_.empty()) {
            loop_.stop();
        }
    }

    const double turns_per_s_;
    const double seconds_;
    runtime::Loop loop_;
    boost::asio::steady_timer timer_;
    commit::Committer committer_;
    std::vector<std::string> states_;
    std::vector<std::string> mailboxes_;
    engine::Commit commit_;
    Clock::time_point began_;
    std::uint64_t took_ = 0;
    std::uint64_t last_ = 0;
    std::uint64_t durable_ = 0;
    std::deque<Clock::time_point> pending_;  // When each turn was appended that is not durable.
    bench::Histogram appends_;
    bench::Histogram waits_;
    bool is_over_ = false;
    bool failed_ = false;
};

}  // namespace

}  // namespace sfg

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "commit_path DIRECTORY [effects per second] [seconds]\n");
        return 2;
    }
    const double effects_per_s = argc > 2 ? std::atof(argv[2]) : 200'000;
    const double seconds = argc > 3 ? std::atof(argv[3]) : 5;
    sfg::storage::LevelDbOptions options;
    options.directory = argv[1];
    auto store = sfg::storage::open_leveldb(options);
    if (store.has_error()) {
        std::fprintf(stderr, "%s\n", store.error().reason.c_str());
        return 1;
    }
    sfg::Bench bench(**store, effects_per_s / sfg::kEffectsPerTurn, seconds);
    if (!bench.run()) {
        return 1;
    }
    bench.print();
    return 0;
}
