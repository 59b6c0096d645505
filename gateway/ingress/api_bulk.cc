// The part of Api for many messages in one body.
#include "gateway/ingress/api.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace sfg::ingress {

runtime::Next Api::on_bulk(runtime::ExchangeId id, runtime::HttpBody body, BulkPlan plan) {
    struct Work {
        runtime::HttpBody body;
        ParsedBulk parsed;
    };

    auto parse = [plan, partitions = options_.partitions](const runtime::HttpBody& of) {
        return parse_bulk(plan.form, of.view(), partitions);
    };
    if (options_.helpers == nullptr || body.view().size() <= inline_bytes_max(plan.form)) {
        return finish_bulk(id, plan, parse(body));
    }
    auto work = std::make_shared<Work>(Work{std::move(body), {}});
    auto parse_it = [work, parse] {
        work->parsed = parse(work->body);
        work->body = {};
    };
    aside(id, parse_it, [this, id, plan, work] {
        return finish_bulk(id, plan, std::move(work->parsed));
    });
    return runtime::Next::hold;
}

runtime::Next Api::finish_bulk(runtime::ExchangeId id, BulkPlan plan, ParsedBulk parsed) {
    if (auto* refused = std::get_if<BulkProblem>(&parsed)) {
        ++counters_[static_cast<std::size_t>(Ask::bulk)].refused[refused->problem.code];
        server_->respond(id, refusal({std::move(refused->problem), {}, {}, refused->place}));
        return runtime::Next::proceed;
    }
    auto& bulk = std::get<Bulk>(parsed);
    bool is_keyed =
        std::any_of(bulk.messages.begin(), bulk.messages.end(), [](const auto& message) {
            return message.idempotency.has_value();
        });
    auto kept = std::make_unique<BulkWaiting>(BulkWaiting{plan, std::move(bulk.places)});
    Waiting waiting{Ask::bulk, ReplyForm::bytes, nullptr, std::move(kept)};
    waiting_.insert_or_assign(static_cast<std::uint64_t>(id), std::move(waiting));
    inbox_(engine::BulkArrived{waiter_of(id), std::move(bulk.messages)});
    return is_keyed ? runtime::Next::hold : runtime::Next::proceed;
}

}  // namespace sfg::ingress
