// AnswerDecoder: the body of an accepted answer becomes a Response: inflated, then parsed.
//
// What is small is done at once; what takes time that grows with its size, on a helper (design D1).
// Memory for content over kLargeBodyBytes is asked of the gate before it is inflated; the encoded
// bytes of that one answer come on top.
//
// Threads:  the loop's; the work itself on a helper, over bytes that nobody else looks at.
// Lifetime: shared with the helper's work; when its owner lets go, nobody is called any more.
// Limits:   `bytes_max` of content, exact.
#pragma once

#include "gateway/functions/failure.h"
#include "gateway/functions/inflater.h"
#include "gateway/runtime/body_gate.h"
#include "gateway/runtime/helpers.h"
#include "protocol/address.h"
#include "protocol/codec.h"
#include "protocol/limits.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace sfg::functions {

[[nodiscard]] inline bool is_helpers_work(std::size_t bytes) {
    return bytes > kInlineParseBytesMax;
}

class AnswerDecoder final : public std::enable_shared_from_this<AnswerDecoder>,
                            private runtime::LargeBodyGate::Waiter {
public:
    struct Task {
        Address target;
        PartitionId home;
        std::string body;
        ContentCoding coding = ContentCoding::identity;
        std::size_t bytes_max = 0;
        std::size_t granted = 0;  // By the gate, for this body; given back by the decoder.
    };

    using Outcome = std::variant<Response, TroubleReport>;
    using Done = std::function<void(Outcome)>;

    AnswerDecoder(runtime::Helpers& helpers, runtime::LargeBodyGate& gate, Task task, Done done);
    AnswerDecoder(const AnswerDecoder&) = delete;
    AnswerDecoder& operator=(const AnswerDecoder&) = delete;
    ~AnswerDecoder() override;

    // `done` is called once: from here, or later. The caller holds the decoder meanwhile.
    void start();

    // Within `done`, of a Response: what the gate gave for it goes to the caller.
    [[nodiscard]] std::size_t take_grant() { return std::exchange(granted_, 0); }

private:
    struct Work;

    void on_granted() override;
    void run_on_helper(std::size_t bytes_max);
    void worked();
    void keep_grant(std::size_t bytes);

    runtime::Helpers& helpers_;
    runtime::LargeBodyGate& gate_;
    const std::size_t bytes_max_;
    std::size_t granted_;
    const Done done_;
    const std::shared_ptr<Work> work_;
};

// Lets go of a body; a large one on a helper, because giving 16 MiB back to the system takes
// milliseconds.
void release_body(runtime::Helpers& helpers, Body body);

}  // namespace sfg::functions
