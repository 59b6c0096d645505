#include "gateway/egress/playground_egress.h"

#include "gateway/ingress/playground_ingress.h"
#include "gateway/ingress/typed_view.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace sfg::egress {

namespace {

std::uint64_t value(runtime::ExchangeId id) {
    return static_cast<std::uint64_t>(id);
}

runtime::HttpResponse refuse(Errc code, std::string detail) {
    runtime::HttpResponse response = runtime::problem_response({code, std::move(detail)});
    ingress::add_status_field(response);
    return response;
}

// A record's payload. The outbox takes no other records; should it hold one of another version, the
// reader gets its bytes as they are, and the topic goes on.
runtime::HttpResponse record_response(const SharedBytes& typed_value) {
    runtime::HttpResponse response;
    auto view = ingress::view_typed_value(typed_value.view());
    std::string_view bytes = view ? view->value : typed_value.view();
    auto record = nlohmann::json::parse(bytes, nullptr, false);
    if (record.is_object() && record.contains("payload") && record["payload"].is_string()) {
        response.body = std::move(record["payload"].get_ref<std::string&>());
        return response;
    }
    response.add("StateFun-Type", view ? view->type_name : std::string_view());
    response.owner = typed_value;
    response.shared_body = bytes;
    return response;
}

}  // namespace

struct PlaygroundEgress::Request final : runtime::HttpContext {
    std::string topic;
};

PlaygroundEgress::PlaygroundEgress(const PlaygroundEgressSpec& spec, ingress::Inbox inbox)
    : egress_(*TypeName::parse(kPlaygroundEgress)),
      inbox_(std::move(inbox)) {
    declare(spec.topics);
}

void PlaygroundEgress::declare(const std::vector<std::string>& topics) {
    for (auto& [name, topic] : topics_) {
        topic.is_declared = false;
    }
    for (const std::string& name : topics) {
        topics_[name].is_declared = true;
    }
    std::erase_if(topics_, [](const auto& entry) {
        const Topic& topic = entry.second;
        return !topic.is_declared && !topic.current && topic.line.empty();
    });
}

runtime::BodyPlan PlaygroundEgress::on_head(
    const runtime::HttpHead& head,
    runtime::ExchangeId /*id*/
) {
    if (head.method == "HEAD") {
        // It would take the record away and show nobody what it was.
        auto response = refuse(Errc::method_not_allowed, "records are taken with GET");
        response.add("Allow", "GET");
        return {std::move(response), nullptr};
    }
    std::string_view path = head.path();
    path.remove_prefix(path.starts_with('/') ? 1 : 0);
    auto name = percent_decode(path);
    auto topic = name ? topics_.find(*name) : topics_.end();
    if (topic == topics_.end() || !topic->second.is_declared) {
        return {
            refuse(Errc::unknown_topic, "topic '" + std::string(path.substr(0, 200)) + "'"), nullptr
        };
    }
    if (topic->second.line.size() >= kReadersPerTopicMax) {
        auto response = refuse(Errc::overloaded, "too many readers wait for this topic");
        response.add("Retry-After", "1");
        return {std::move(response), nullptr};
    }
    auto request = std::make_unique<Request>();
    request->topic = std::move(*name);
    return {runtime::BodyCollected{kKiB}, std::move(request)};
}

runtime::BodyPlace PlaygroundEgress::place(runtime::HttpContext&, std::size_t) {
    return {};
}

runtime::Next PlaygroundEgress::on_request(
    runtime::ExchangeId id,
    runtime::HttpBody /*body*/,
    std::unique_ptr<runtime::HttpContext> context
) {
    const std::string& name = static_cast<Request&>(*context).topic;
    Topic& topic = topics_[name];  // It may have been taken away since the head.
    topic.line.push_back(id);
    topic_of_[value(id)] = name;
    ask_next(name, topic);
    return runtime::Next::proceed;
}

void PlaygroundEgress::ask_next(const std::string& name, Topic& topic) {
    if (topic.current || topic.line.empty()) {
        return;
    }
    topic.current = topic.line.front();
    topic.line.pop_front();
    inbox_(engine::EgressAsked{ingress::waiter_of(*topic.current), egress_, name});
}

void PlaygroundEgress::on_answer(WaiterId waiter, engine::Answer answer) {
    auto found = topic_of_.find(static_cast<std::uint64_t>(waiter));
    if (found == topic_of_.end()) {
        return;
    }
    std::string name = found->second;
    Topic& topic = topics_.at(name);
    if (auto* record = std::get_if<engine::EgressOffer>(&answer)) {
        offer(name, topic, *record);
        return;
    }
    server_->respond(
        *topic.current, refuse(Errc::not_found, "no record waits in topic '" + name + "'")
    );
    finish(name, topic, false);
}

void PlaygroundEgress::offer(
    const std::string& name,
    Topic& topic,
    const engine::EgressOffer& record
) {
    topic.offered = record.position;
    runtime::HttpResponse response = record_response(record.typed_value);
    response.add("StateFun-Position", std::to_string(record.position));
    response.tell_written = true;
    if (!server_->respond(*topic.current, std::move(response))) {
        finish(name, topic, false);
    }
}

void PlaygroundEgress::on_written(runtime::ExchangeId id, bool ok) {
    auto found = topic_of_.find(value(id));
    if (found != topic_of_.end()) {
        std::string name = found->second;
        finish(name, topics_.at(name), ok);
    }
}

void PlaygroundEgress::finish(const std::string& name, Topic& topic, bool written) {
    topic_of_.erase(value(*topic.current));
    topic.current.reset();
    if (topic.offered) {
        inbox_(engine::EgressTaken{egress_, name, *std::exchange(topic.offered, {}), written});
    }
    ask_next(name, topic);
}

void PlaygroundEgress::on_gone(runtime::ExchangeId id) {
    auto found = topic_of_.find(value(id));
    if (found == topic_of_.end()) {
        return;
    }
    std::string name = found->second;
    Topic& topic = topics_.at(name);
    if (topic.current == id) {
        return;  // The engine's answer is on its way: it goes back, and the next one is asked for.
    }
    std::erase(topic.line, id);
    topic_of_.erase(found);
}

}  // namespace sfg::egress
