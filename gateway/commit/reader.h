// Reader: answers the engine's reads from the store, on a thread of its own.
//
// Each read is answered from one snapshot, which holds at least everything whose durability the
// engine knew when it asked. So what the answer says is true as of the last durable notice, and the
// engine keeps what is newer in memory (design D5).
//
// Threads:    read() on the loop; answers on the loop.
// Lifetime:   stop() before the store or the loop goes.
// Limits:     the engine bounds how many reads are out and how much each may bring.
#pragma once

#include "gateway/engine/events.h"
#include "gateway/runtime/loop.h"
#include "storage/store.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace sfg::commit {

// Answers one request from one snapshot. Any thread.
[[nodiscard]] storage::StoreResult<engine::ReadResult>
answer_read(storage::Store& store, const engine::ReadRequest& request);

class Reader {
public:
    using Answer = std::function<void(engine::Loaded)>;

    // `name`: of its thread.
    Reader(runtime::Loop& loop, const char* name, Answer answer);
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader();

    // The store to read from. Waits until no read of the former one is going on; what was asked of
    // it is dropped.
    void use(storage::Store* store);

    void read(engine::ReadRequest request);

    void stop();

private:
    void run();

    runtime::Loop& loop_;
    const Answer answer_;

    // Guarded by mutex_.
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<engine::ReadRequest> requests_;
    storage::Store* store_ = nullptr;
    bool reading_ = false;
    bool stop_ = false;
    std::thread thread_;
};

}  // namespace sfg::commit
