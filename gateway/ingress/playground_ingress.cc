#include "gateway/ingress/playground_ingress.h"

#include "protocol/typed_value.h"

#include <utility>

namespace sfg::ingress {

namespace {

constexpr std::string_view kVendorPrefix = "application/vnd.";

std::string type_of(const runtime::HttpHead& head) {
    for (const runtime::HttpField& field : head.fields) {
        if (runtime::same_name(field.name, "Content-Type") &&
            runtime::has_prefix(field.value, kVendorPrefix)) {
            return std::string(runtime::trimmed(field.value.substr(kVendorPrefix.size())));
        }
    }
    return std::string(kStringType);
}

}  // namespace

void add_status_field(runtime::HttpResponse& response) {
    response.add("Status", std::to_string(response.status));
}

struct PlaygroundIngress::Request final : runtime::HttpContext {
    Address target;
    std::string type_name;
    OpenMessage message;

    void open(PartitionId partitions, std::size_t value_bytes) {
        PartitionId home = partition_of(target.id, partitions);
        message = make_open_message(home, nullptr, type_name, value_bytes);
    }
};

PlaygroundIngress::PlaygroundIngress(const ModuleSpec& module, ApiOptions options, Inbox inbox)
    : module_(module),
      options_(options),
      inbox_(std::move(inbox)) {}

runtime::BodyPlan PlaygroundIngress::on_head(
    const runtime::HttpHead& head,
    runtime::ExchangeId /*id*/
) {
    std::string_view path = head.path();
    path.remove_prefix(path.starts_with('/') ? 1 : 0);
    // Java's split tolerates trailing slashes; an id can't be empty here.
    while (path.ends_with('/')) {
        path.remove_suffix(1);
    }
    auto target = parse_target(path);
    auto* problem = std::get_if<Problem>(&target);
    auto objection = problem == nullptr ? object_to_target(std::get<Address>(target), module_)
                                        : std::optional<Problem>(*problem);
    objection = objection ? objection : object_to_coding(head);
    auto request = std::make_unique<Request>();
    request->type_name = type_of(head);
    const std::string& type_name = request->type_name;
    if (!objection &&
        (type_name.empty() || type_name.size() > kNameBytesMax || !is_utf8(type_name))) {
        objection = Problem{Errc::bad_type, "a typename is 1 to 4096 bytes of UTF-8"};
    }
    if (objection) {
        ++counters_.refused[objection->code];
        runtime::HttpResponse response = runtime::problem_response(*objection);
        add_status_field(response);
        return {std::move(response), nullptr};
    }
    request->target = std::move(std::get<Address>(target));
    if (head.content_length) {
        return {runtime::BodyInPlace{}, std::move(request)};
    }
    return {runtime::BodyCollected{options_.body_bytes_max}, std::move(request)};
}

runtime::BodyPlace
PlaygroundIngress::place(runtime::HttpContext& context, std::size_t content_length) {
    auto& request = static_cast<Request&>(context);
    request.open(options_.partitions, content_length);
    return {request.message.bytes, request.message.value_at};
}

runtime::Next PlaygroundIngress::on_request(
    runtime::ExchangeId id,
    runtime::HttpBody body,
    std::unique_ptr<runtime::HttpContext> context
) {
    auto& request = static_cast<Request&>(*context);
    if (request.message.bytes.empty()) {
        std::string_view value = body.view();
        request.open(options_.partitions, value.size());
        request.message.fill(value);
    }
    body = {};  // The message is handed on: nobody else may hold its bytes.
    engine::MessageArrived event;
    event.waiter = waiter_of(id);
    event.target = std::move(request.target);
    event.stored = std::move(request.message.bytes);
    waiting_.insert(static_cast<std::uint64_t>(id));
    inbox_(std::move(event));
    return runtime::Next::proceed;
}

void PlaygroundIngress::on_gone(runtime::ExchangeId id) {
    waiting_.erase(static_cast<std::uint64_t>(id));
}

void PlaygroundIngress::on_answer(WaiterId waiter, engine::Answer answer) {
    if (waiting_.erase(static_cast<std::uint64_t>(waiter)) == 0) {
        return;
    }
    runtime::HttpResponse response;
    if (auto* refused = std::get_if<engine::Refused>(&answer)) {
        ++counters_.refused[refused->problem.code];
        response = refusal(*refused);
    } else {
        ++counters_.accepted;
    }
    add_status_field(response);
    server_->respond(exchange_of(waiter), std::move(response));
}

}  // namespace sfg::ingress
