// CallerFixture: a FunctionCaller on a loop that the test's thread runs until something has
// happened.
#pragma once

#include "gateway/functions/caller.h"
#include "gateway/runtime/helpers.h"
#include "gateway/runtime/loop.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace sfg::test {

[[nodiscard]] EndpointSpec endpoint_at(std::string url);

class CallerFixture {
public:
    explicit CallerFixture(EndpointSpec endpoint, functions::CallerOptions options = {});
    ~CallerFixture();

    // Starts a call of ns/fn with this body, in pieces.
    RequestId start(std::string body = "ping", std::string function_name = "fn");

    // Runs the loop until it holds; false when it takes longer than `patience`.
    [[nodiscard]] bool run_until(
        const std::function<bool()>& holds,
        std::chrono::seconds patience = std::chrono::seconds(10)
    );

    // Starts a call and runs until it has ended.
    const functions::CallOutcome& call(std::string body = "ping");

    [[nodiscard]] bool has_ended(RequestId id) const { return outcomes_.contains(id); }

    [[nodiscard]] runtime::Loop& loop() { return loop_; }

    [[nodiscard]] std::size_t ended() const { return outcomes_.size(); }

    [[nodiscard]] const functions::CallOutcome& outcome(RequestId id) const {
        return outcomes_.at(id);
    }

    [[nodiscard]] const functions::CallerStats& stats() const { return caller_->stats(0); }

    [[nodiscard]] functions::FunctionCaller& caller() { return *caller_; }

    // Forgets an outcome, with what it holds.
    void forget(RequestId id) { outcomes_.erase(id); }

    // Outcomes keep what was granted for them, as the engine does until they are durable.
    bool keeps_holds = false;

    // Called with each outcome, after it was noted.
    std::function<void(RequestId)> on_ended;

private:
    runtime::Loop loop_;
    runtime::Helpers helpers_;
    std::unique_ptr<functions::FunctionCaller> caller_;
    std::map<RequestId, functions::CallOutcome> outcomes_;
    std::uint64_t last_id_ = 0;
};

[[nodiscard]] bool is_result(const functions::CallOutcome& outcome);
// Requires: the call failed.
[[nodiscard]] const engine::CallFailed& failure_of(const functions::CallOutcome& outcome);

[[nodiscard]] bool contains(const std::string& text, const std::string& part);

// File descriptors that the process has open.
[[nodiscard]] std::size_t open_files();

}  // namespace sfg::test
