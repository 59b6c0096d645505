#include "gateway/engine/reads.h"

#include "storage/key_codec.h"

#include <utility>

namespace sfg::engine {

namespace {

constexpr SteadyMs kPauseAfterFailure{1000};

}  // namespace

storage::Range whole(std::string prefix, std::size_t rows_max, std::size_t bytes_max) {
    std::string end = storage::prefix_end(prefix);
    return {std::move(prefix), std::move(end), rows_max, bytes_max};
}

void Reads::begin(Epoch epoch) {
    epoch_ = epoch;
    waiting_.clear();
    failed_.clear();
}

RequestId Reads::start(ReadRequest request, Continuation then) {
    RequestId id{++last_id_};
    request.epoch = epoch_;
    request.id = id;
    waiting_.emplace(last_id_, Waiting{request, std::move(then)});
    actions_.read(std::move(request));
    return id;
}

bool Reads::on(Loaded event, SteadyMs now) {
    auto found = waiting_.find(value(event.id));
    if (event.epoch != epoch_ || found == waiting_.end()) {
        return false;
    }
    if (event.result.has_error()) {
        actions_.notice(
            "a read of the store failed and is repeated: " + event.result.error().reason
        );
        failed_.push_back({now + kPauseAfterFailure, event.id});
        return true;
    }
    Continuation then = std::move(found->second.then);
    waiting_.erase(found);
    then(std::move(*event.result));
    return true;
}

SteadyMs Reads::retry(SteadyMs now) {
    SteadyMs next = SteadyMs::max();
    if (failed_.empty()) {
        return next;
    }
    std::vector<Failed> later;
    for (const Failed& failed : std::exchange(failed_, {})) {
        auto found = waiting_.find(value(failed.id));
        if (failed.at > now) {
            next = std::min(next, failed.at);
            later.push_back(failed);
        } else if (found != waiting_.end()) {
            actions_.read(found->second.request);
        }
    }
    failed_ = std::move(later);
    return next;
}

}  // namespace sfg::engine
