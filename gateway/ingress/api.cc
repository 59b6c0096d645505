#include "gateway/ingress/api.h"

#include "gateway/ingress/content_hash.h"
#include "protocol/typed_value.h"

#include <utility>

namespace sfg::ingress {

namespace {

constexpr std::string_view kSend = "/v1/send";
constexpr std::string_view kCall = "/v1/call";
constexpr std::string_view kReplies = "/v1/replies/";

// The caller of a call: its id is overwritten with the message id when the engine numbers it.
const Address& call_placeholder() {
    static const Address caller{
        {std::string(kGatewayNamespace), std::string(kCallTypeName)},
        std::string(kMessageIdBytes, '0')
    };
    return caller;
}

}  // namespace

struct Api::Request final : runtime::HttpContext {
    Ask ask = Ask::send;
    ReplyForm form = ReplyForm::bytes;
    Address target;
    ArgumentType type;
    std::string key;
    Parameters parameters;
    OpenMessage message;  // Empty until its size is known.
    std::string reply_id;
    BulkPlan bulk;

    void open(PartitionId partitions, std::size_t value_bytes) {
        const Address* caller = ask == Ask::call ? &call_placeholder() : nullptr;
        PartitionId home = partition_of(target.id, partitions);
        message = make_open_message(home, caller, type.type_name, value_bytes);
    }

    // Makes the message of a body that did not go to its place. Any thread.
    std::optional<Problem> complete(PartitionId partitions, const runtime::HttpBody& body) {
        if (!message.bytes.empty()) {
            return std::nullopt;
        }
        std::string encoded;
        std::string_view value = body.view();
        if (type.is_text) {
            auto result = encode_text(type.type_name, value);
            if (auto* error = std::get_if<TextError>(&result)) {
                return Problem{Errc::bad_body, error->reason};
            }
            encoded = std::move(std::get<std::string>(result));
            value = encoded;
        }
        open(partitions, value.size());
        message.fill(value);
        return std::nullopt;
    }
};

Api::Api(runtime::Loop& loop, const ModuleSpec& module, ApiOptions options, Inbox inbox)
    : loop_(loop),
      module_(module),
      options_(options),
      inbox_(std::move(inbox)) {}

runtime::BodyPlan Api::refuse(Ask ask, const Problem& problem) {
    ++counters_[static_cast<std::size_t>(ask)].refused[problem.code];
    return {runtime::problem_response(problem), nullptr};
}

runtime::BodyPlan Api::on_head(const runtime::HttpHead& head, runtime::ExchangeId /*id*/) {
    std::string_view path = head.path();
    if (path.starts_with(kReplies)) {
        return plan_replies(path.substr(kReplies.size()), head);
    }
    for (auto [prefix, ask] : {std::pair{kSend, Ask::send}, std::pair{kCall, Ask::call}}) {
        if (!path.starts_with(prefix)) {
            continue;
        }
        std::string_view rest = path.substr(prefix.size());
        if (rest.empty() || rest.starts_with('/')) {
            return plan(ask, rest, head);
        }
    }
    return refuse(Ask::send, {Errc::not_found, "there is nothing at this path"});
}

runtime::BodyPlan Api::plan_replies(std::string_view id, const runtime::HttpHead& head) {
    if (head.method != "GET" && head.method != "HEAD") {
        auto plan =
            refuse(Ask::replies, {Errc::method_not_allowed, "replies are fetched with GET"});
        std::get<runtime::HttpResponse>(plan.how).add("Allow", "GET, HEAD");
        return plan;
    }
    auto request = std::make_unique<Request>();
    request->ask = Ask::replies;
    request->form = parse_accept(head);
    request->reply_id = percent_decode(id).value_or("");
    return {runtime::BodyCollected{0}, std::move(request)};
}

runtime::BodyPlan Api::plan(Ask ask, std::string_view rest, const runtime::HttpHead& head) {
    if (head.method != "POST") {
        auto plan = refuse(ask, {Errc::method_not_allowed, "messages are sent with POST"});
        std::get<runtime::HttpResponse>(plan.how).add("Allow", "POST");
        return plan;
    }
    if (rest.empty() || rest == "/") {
        return ask == Ask::send
                   ? plan_bulk(head)
                   : refuse(ask, {Errc::malformed_path, "namespace, type and id are missing"});
    }
    auto request = std::make_unique<Request>();
    request->ask = ask;
    request->form = parse_accept(head);
    // Each part is either what was asked for, or the reason to refuse.
    std::optional<Problem> problem;
    auto take = [&problem](auto parsed, auto& into) {
        if (problem) {
            return;
        }
        if (parsed.index() == 1) {
            problem = std::move(std::get<1>(parsed));
        } else {
            into = std::move(std::get<0>(parsed));
        }
    };
    take(parse_target(rest.substr(1)), request->target);
    problem = problem ? problem : object_to_target(request->target, module_);
    take(parse_argument_type(head), request->type);
    take(parse_key(head), request->key);
    take(parse_parameters(head.query(), options_.reply_timeout), request->parameters);
    if (!problem && ask == Ask::call && request->parameters.delay) {
        problem = Problem{
            Errc::bad_parameter,
            "a call can't be delayed, since its client waits; use /v1/send with delay"
        };
    }
    if (problem) {
        return refuse(ask, *problem);
    }
    bool in_place = head.content_length.has_value() && !request->type.is_text;
    if (in_place) {
        return {runtime::BodyInPlace{}, std::move(request)};
    }
    return {runtime::BodyCollected{options_.body_bytes_max}, std::move(request)};
}

runtime::BodyPlace Api::place(runtime::HttpContext& context, std::size_t content_length) {
    auto& request = static_cast<Request&>(context);
    request.open(options_.partitions, content_length);
    return {request.message.bytes, request.message.value_at};
}

runtime::Next Api::on_request(
    runtime::ExchangeId id,
    runtime::HttpBody body,
    std::unique_ptr<runtime::HttpContext> context
) {
    auto& request = static_cast<Request&>(*context);
    if (request.ask == Ask::replies) {
        wait(id, request);
        inbox_(engine::ReplyAsked{waiter_of(id), std::move(request.reply_id)});
        return runtime::Next::proceed;
    }
    if (request.ask == Ask::bulk) {
        return on_bulk(id, std::move(body), request.bulk);
    }
    bool large_text = request.type.is_text && body.view().size() > kInlineParseBytesMax;
    if (large_text && options_.helpers != nullptr) {
        encode_aside(id, std::move(body), std::move(context));
        return runtime::Next::hold;
    }
    auto problem = request.complete(options_.partitions, body);
    body = {};  // The message is handed on: nobody else may hold its bytes.
    return finish(id, request, std::move(problem));
}

// The connection is held meanwhile, so that its next request does not overtake this one.
void Api::aside(
    runtime::ExchangeId id,
    std::function<void()> work,
    std::function<runtime::Next()> finish
) {
    auto done = [this, id, finish = std::move(finish)] {
        // Else the client is gone, and nothing was promised to it.
        if (server_->waits(id) && finish() == runtime::Next::proceed) {
            server_->resume(id);
        }
    };
    options_.helpers->run(std::move(work), std::move(done));
}

void Api::encode_aside(
    runtime::ExchangeId id,
    runtime::HttpBody body,
    std::unique_ptr<runtime::HttpContext> context
) {
    struct Work {
        runtime::HttpBody body;
        std::unique_ptr<runtime::HttpContext> context;
        std::optional<Problem> problem;
    };

    auto work = std::make_shared<Work>(Work{std::move(body), std::move(context), {}});
    auto encode = [work, partitions = options_.partitions] {
        work->problem = static_cast<Request&>(*work->context).complete(partitions, work->body);
        work->body = {};
    };
    aside(id, std::move(encode), [this, id, work] {
        return finish(id, static_cast<Request&>(*work->context), std::move(work->problem));
    });
}

runtime::BodyPlan Api::plan_bulk(const runtime::HttpHead& head) {
    auto parsed = parse_bulk_head(head);
    if (auto* problem = std::get_if<Problem>(&parsed)) {
        return refuse(Ask::bulk, *problem);
    }
    auto request = std::make_unique<Request>();
    request->ask = Ask::bulk;
    request->bulk = std::get<BulkPlan>(parsed);
    return {runtime::BodyCollected{options_.body_bytes_max}, std::move(request)};
}

runtime::Next
Api::finish(runtime::ExchangeId id, Request& request, std::optional<Problem> problem) {
    if (problem) {
        ++counters_[static_cast<std::size_t>(request.ask)].refused[problem->code];
        server_->respond(id, runtime::problem_response(*problem));
        return runtime::Next::proceed;
    }
    engine::MessageArrived event;
    event.waiter = waiter_of(id);
    event.target = std::move(request.target);
    event.is_call = request.ask == Ask::call;
    event.id_end = request.message.id_end;
    bool keyed = !request.key.empty();
    if (keyed) {
        std::string_view value = request.message.bytes.view().substr(request.message.value_at);
        std::uint64_t hash = content_hash(
            static_cast<std::uint64_t>(request.ask),
            request.type.type_name,
            value,
            request.parameters.delay.value_or(std::chrono::milliseconds(0))
        );
        event.idempotency = engine::Idempotency{std::move(request.key), hash};
    }
    event.delay = request.parameters.delay;
    event.stored = std::move(request.message.bytes);
    wait(id, request);
    inbox_(std::move(event));
    return keyed ? runtime::Next::hold : runtime::Next::proceed;
}

void Api::wait(runtime::ExchangeId id, const Request& request) {
    Waiting waiting{request.ask, request.form, nullptr, nullptr};
    if (request.ask == Ask::call) {
        waiting.deadline = std::make_unique<runtime::Loop::DeadlineTimer>(loop_, [this, id] {
            inbox_(engine::CallTimedOut{waiter_of(id)});
        });
        waiting.deadline->set(request.parameters.timeout);
    }
    waiting_.insert_or_assign(static_cast<std::uint64_t>(id), std::move(waiting));
}

}  // namespace sfg::ingress
