// PlaygroundEgress: the HTTP egress of StateFun's playground, on a port of its own.
//
//     GET /<topic>     any method but HEAD; takes the topic's next record away
//
// One request per topic is at the engine at a time, the others wait in line. A record is taken away
// after its answer was written to the socket; a failed write leaves it at the head. So a crash in
// between may show a record twice, never lose one: StateFun-Position tells (design D9).
//
// Threads:    the loop's.
// Lifetime:   the inbox outlives it; it outlives its server.
// Invariants: per topic one exchange is asking or being written; each offer ends in one
// EgressTaken. Limits:     kReadersPerTopicMax requests wait per topic.
#pragma once

#include "gateway/ingress/inbox.h"
#include "gateway/runtime/http_server.h"
#include "protocol/module_spec.h"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace sfg::egress {

inline constexpr std::size_t kReadersPerTopicMax = 1024;

class PlaygroundEgress final : public runtime::HttpHandler {
public:
    PlaygroundEgress(const PlaygroundEgressSpec& spec, ingress::Inbox inbox);

    void serve_on(runtime::HttpServer& server) { server_ = &server; }

    // These are the topics from now on. Who asked for another one before gets his record.
    void declare(const std::vector<std::string>& topics);

    void on_answer(WaiterId waiter, engine::Answer answer);

    runtime::BodyPlan on_head(const runtime::HttpHead& head, runtime::ExchangeId id) override;
    runtime::BodyPlace place(runtime::HttpContext& context, std::size_t content_length) override;
    runtime::Next on_request(
        runtime::ExchangeId id,
        runtime::HttpBody body,
        std::unique_ptr<runtime::HttpContext> context
    ) override;
    void on_gone(runtime::ExchangeId id) override;
    void on_written(runtime::ExchangeId id, bool ok) override;

private:
    struct Request;

    struct Topic {
        bool is_declared = true;
        std::optional<runtime::ExchangeId> current;  // At the engine, or being written.
        std::optional<std::uint64_t> offered;        // The position that is being written.
        std::deque<runtime::ExchangeId> line;
    };

    void ask_next(const std::string& name, Topic& topic);
    void finish(const std::string& name, Topic& topic, bool written);
    void offer(const std::string& name, Topic& topic, const engine::EgressOffer& offer);

    const TypeName egress_;
    const ingress::Inbox inbox_;
    runtime::HttpServer* server_ = nullptr;
    std::map<std::string, Topic, std::less<>> topics_;
    std::unordered_map<std::uint64_t, std::string>
        topic_of_;  // Of every exchange that is not over.
};

}  // namespace sfg::egress
