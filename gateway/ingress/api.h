// Api: the HTTP door for clients: send, call, replies (design section 5).
//
//     POST /v1/send/{namespace}/{type}/{id}   202 once the message is durable; ?delay= sends later
//     POST /v1/send                           many messages in one body: bulk.h
//     POST /v1/call/{namespace}/{type}/{id}   200 with the function's reply to its caller
//     GET  /v1/replies/{message_id}           that reply, while it is kept
//
// A body of known length is read straight into the stored form of its message. Requests of one
// connection are admitted in their order: after one with an Idempotency-Key, which may have to be
// looked up, the next one waits until the engine says that it has its place.
//
// Threads:    the loop's.
// Lifetime:   the loop, the helpers, the module and the inbox outlive it; it outlives its server.
//             The loop does not run any more when it is destroyed.
// Invariants: every request that reaches the inbox is answered once, by on_answer or by its
//             client's leaving.
#pragma once

#include "gateway/ingress/bulk.h"
#include "gateway/ingress/inbox.h"
#include "gateway/ingress/request.h"
#include "gateway/runtime/helpers.h"
#include "gateway/runtime/http_server.h"
#include "protocol/codec.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>

namespace sfg::ingress {

struct ApiOptions {
    PartitionId partitions = 0;
    std::size_t body_bytes_max = kBodyBytesMax;
    std::chrono::milliseconds reply_timeout{30'000};
    // Encodes texts of more than kInlineParseBytesMax; absent: the loop does it itself.
    runtime::Helpers* helpers = nullptr;
};

// Requests by what they asked for and how they ended.
struct DoorCounters {
    std::uint64_t accepted = 0;
    std::map<Errc, std::uint64_t> refused;

    void add(const DoorCounters& other) {
        accepted += other.accepted;
        for (auto [code, count] : other.refused) {
            refused[code] += count;
        }
    }
};

class Api final : public runtime::HttpHandler {
public:
    enum class Ask : std::uint8_t { send, call, replies, bulk };
    static constexpr std::size_t kAsks = 4;

    Api(runtime::Loop& loop, const ModuleSpec& module, ApiOptions options, Inbox inbox);

    // The server that this handles. Before the first request.
    void serve_on(runtime::HttpServer& server) { server_ = &server; }

    void on_answer(WaiterId waiter, engine::Answer answer);
    void on_admitted(WaiterId waiter);

    [[nodiscard]] const DoorCounters& counters(Ask ask) const {
        return counters_[static_cast<std::size_t>(ask)];
    }

    runtime::BodyPlan on_head(const runtime::HttpHead& head, runtime::ExchangeId id) override;
    runtime::BodyPlace place(runtime::HttpContext& context, std::size_t content_length) override;
    runtime::Next on_request(
        runtime::ExchangeId id,
        runtime::HttpBody body,
        std::unique_ptr<runtime::HttpContext> context
    ) override;
    void on_gone(runtime::ExchangeId id) override;

private:
    struct Request;

    // Of a request with many messages.
    struct BulkWaiting {
        BulkPlan plan;
        BulkPlaces places;
    };

    // What is kept of a request while the engine has it.
    struct Waiting {
        Ask ask = Ask::send;
        ReplyForm form = ReplyForm::bytes;
        std::unique_ptr<runtime::Loop::DeadlineTimer> deadline;
        std::unique_ptr<BulkWaiting> bulk;
    };

    [[nodiscard]] runtime::BodyPlan
    plan(Ask ask, std::string_view segments, const runtime::HttpHead& head);
    [[nodiscard]] runtime::BodyPlan
    plan_replies(std::string_view id, const runtime::HttpHead& head);
    [[nodiscard]] runtime::BodyPlan refuse(Ask ask, const Problem& problem);
    runtime::Next finish(runtime::ExchangeId id, Request& request, std::optional<Problem> problem);
    void encode_aside(
        runtime::ExchangeId id,
        runtime::HttpBody body,
        std::unique_ptr<runtime::HttpContext> context
    );
    void aside(
        runtime::ExchangeId id,
        std::function<void()> work,
        std::function<runtime::Next()> finish
    );

    using ParsedBulk = std::variant<Bulk, BulkProblem>;
    [[nodiscard]] runtime::BodyPlan plan_bulk(const runtime::HttpHead& head);
    runtime::Next on_bulk(runtime::ExchangeId id, runtime::HttpBody body, BulkPlan plan);
    runtime::Next finish_bulk(runtime::ExchangeId id, BulkPlan plan, ParsedBulk parsed);

    void wait(runtime::ExchangeId id, const Request& request);
    [[nodiscard]] runtime::HttpResponse
    response_for(const Waiting& waiting, engine::Answer& answer);

    runtime::Loop& loop_;
    const ModuleSpec& module_;
    const ApiOptions options_;
    const Inbox inbox_;
    runtime::HttpServer* server_ = nullptr;
    std::unordered_map<std::uint64_t, Waiting> waiting_;
    std::array<DoorCounters, kAsks> counters_;
};

}  // namespace sfg::ingress
