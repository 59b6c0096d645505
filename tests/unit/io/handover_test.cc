#include "gateway/runtime/handover.h"

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <thread>
#include <vector>

using sfg::runtime::Handover;
using sfg::runtime::Loop;

namespace {

using Batches = std::vector<std::vector<int>>;

// Runs what is ready, and nothing that is not.
void settle(Loop& loop) {
    loop.io().restart();
    while (loop.io().poll() > 0) {
    }
}

}  // namespace

TEST_CASE("what was put while the loop was busy comes as one batch, in its order", "[handover]") {
    Loop loop;
    Batches batches;
    Handover<int> handover(loop, [&](std::vector<int>& batch) { batches.push_back(batch); });
    handover.put(1);
    handover.put(2);
    std::vector<int> more = {3, 4};
    handover.put_all(more);
    CHECK(more.empty());
    CHECK(batches.empty());
    settle(loop);
    CHECK(batches == Batches{{1, 2, 3, 4}});
}

TEST_CASE("the loop is woken once for a batch and again for the next one", "[handover]") {
    Loop loop;
    int taken = 0;
    Handover<int> handover(loop, [&](std::vector<int>&) { ++taken; });
    handover.put(1);
    handover.put(2);
    CHECK(loop.io().poll() == 1);
    std::vector<int> nothing;
    handover.put_all(nothing);
    loop.io().restart();
    CHECK(loop.io().poll() == 0);
    std::vector<int> next = {3};
    handover.put_all(next);
    loop.io().restart();
    CHECK(loop.io().poll() == 1);
    CHECK(taken == 2);
}

TEST_CASE("what is put while a batch is taken comes in a batch of its own", "[handover]") {
    Loop loop;
    Batches batches;
    std::unique_ptr<Handover<int>> handover;
    handover = std::make_unique<Handover<int>>(loop, [&](std::vector<int>& batch) {
        batches.push_back(batch);
        if (batch.front() < 3) {
            handover->put(batch.front() + 1);
        }
    });
    handover->put(1);
    settle(loop);
    CHECK(batches == Batches{{1}, {2}, {3}});
}

TEST_CASE("what can only be moved is handed over, and goes where nobody takes it", "[handover]") {
    Loop loop;
    auto witness = std::make_shared<int>(1);
    std::vector<std::unique_ptr<std::shared_ptr<int>>> kept;
    {
        Handover<std::unique_ptr<std::shared_ptr<int>>> handover(loop, [&](auto& batch) {
            kept.push_back(std::move(batch.front()));
        });
        handover.put(std::make_unique<std::shared_ptr<int>>(witness));
        handover.put(std::make_unique<std::shared_ptr<int>>(witness));
        CHECK(witness.use_count() == 3);
        settle(loop);
        CHECK(witness.use_count() == 2);  // The one that was left in the batch is gone.
        handover.put(std::make_unique<std::shared_ptr<int>>(witness));
    }
    CHECK(witness.use_count() == 2);
}

TEST_CASE("each thread's items are taken in its order and once, whoever else puts", "[handover]") {
    struct Item {
        std::size_t thread;
        int number;
    };

    constexpr int kItems = 20'000;
    constexpr std::size_t kThreads = 3;
    Loop loop;
    std::vector<int> next(kThreads, 0);
    std::size_t wrong = 0;
    std::size_t taken = 0;
    Handover<Item> handover(loop, [&](std::vector<Item>& batch) {
        for (const Item& item : batch) {
            wrong += item.number == next[item.thread]++ ? 0 : 1;
        }
        taken += batch.size();
        if (taken == kThreads * kItems) {
            loop.stop();
        }
    });
    std::vector<std::thread> threads;
    for (std::size_t thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([&handover, thread] {
            std::vector<Item> batch;
            for (int number = 0; number < kItems; ++number) {
                batch.push_back({thread, number});
                if (number % 7 == 0 || number + 1 == kItems) {
                    handover.put_all(batch);
                } else if (batch.size() == 1 && number % 5 == 0) {
                    handover.put(batch.front());
                    batch.clear();
                }
            }
        });
    }
    loop.run();
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(wrong == 0);
    CHECK(taken == kThreads * kItems);
}
