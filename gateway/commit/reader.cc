#include "gateway/commit/reader.h"

#include "gateway/runtime/thread_name.h"
#include "storage/key_codec.h"

#include <utility>

namespace sfg::commit {

namespace {

// Where the scan begins: its own start, or right after the message key that a row names.
storage::Range resumed(const engine::ReadRequest::Scan& scan, const engine::ReadResult& gets) {
    storage::Range range = scan.range;
    if (scan.resume_get && gets.gets[*scan.resume_get]) {
        std::string_view row = gets.gets[*scan.resume_get]->view();
        if (row.size() >= scan.resume_at + storage::kMessageKeyBytes) {
            range.from += row.substr(scan.resume_at, storage::kMessageKeyBytes);
            range.from += '\0';
        }
    }
    return range;
}

}  // namespace

storage::StoreResult<engine::ReadResult>
answer_read(storage::Store& store, const engine::ReadRequest& request) {
    auto snapshot = store.snapshot();
    engine::ReadResult result;
    for (const auto& get : request.gets) {
        auto value = snapshot->get(get.key);
        if (value.has_error()) {
            return value.error();
        }
        if (*value && (*value)->size() > get.bytes_max) {
            *value = SharedBytes((*value)->view().substr(0, get.bytes_max));
        }
        result.gets.push_back(std::move(*value));
    }
    for (const auto& scan : request.scans) {
        storage::Range range = resumed(scan, result);
        if (range.from >= range.to) {
            result.scans.emplace_back();
            continue;
        }
        auto rows = snapshot->scan(range);
        if (rows.has_error()) {
            return rows.error();
        }
        result.scans.push_back(std::move(*rows));
    }
    return result;
}

Reader::Reader(runtime::Loop& loop, const char* name, Answer answer)
    : loop_(loop),
      answer_(std::move(answer)),
      thread_([this] { run(); }) {
    runtime::name_thread(thread_, name);
}

Reader::~Reader() {
    stop();
}

void Reader::use(storage::Store* store) {
    std::unique_lock lock(mutex_);
    requests_.clear();
    changed_.wait(lock, [this] { return !reading_; });
    store_ = store;
}

void Reader::read(engine::ReadRequest request) {
    {
        std::lock_guard lock(mutex_);
        requests_.push_back(std::move(request));
    }
    changed_.notify_one();
}

void Reader::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return stop_ || (store_ != nullptr && !requests_.empty()); });
        if (stop_) {
            return;
        }
        engine::ReadRequest request = std::move(requests_.front());
        requests_.pop_front();
        storage::Store& store = *store_;
        reading_ = true;
        lock.unlock();
        engine::Loaded loaded{request.epoch, request.id, answer_read(store, request)};
        loop_.post([this, loaded = std::move(loaded)]() mutable { answer_(std::move(loaded)); });
        lock.lock();
        reading_ = false;
        changed_.notify_all();
    }
}

void Reader::stop() {
    {
        std::lock_guard lock(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

}  // namespace sfg::commit
