#include "gateway/cli/probe.h"

#include "gateway/functions/endpoint.h"
#include "gateway/functions/request.h"
#include "gateway/runtime/loop.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

namespace sfg::cli {

namespace {

using runtime::Loop;
using runtime::SteadyClock;

constexpr std::string_view kNamePlaceholder = "{function.name}";
constexpr std::size_t kAnswerBytesMax = 64 * kKiB;

bool has_open_name(const EndpointSpec& spec) {
    return !spec.functions.name && spec.url_template.find(kNamePlaceholder) != std::string::npos;
}

bool has_open_host(const EndpointSpec& spec) {
    std::size_t host = spec.url_template.find("://");
    std::size_t path = host == std::string::npos ? 0 : spec.url_template.find('/', host + 3);
    return has_open_name(spec) && spec.url_template.find(kNamePlaceholder) < path;
}

functions::CallerOptions caller_options() {
    functions::CallerOptions options;
    options.random = [] {
        return std::uint64_t{0};
    };  // One connection: nothing to spread.
    return options;
}

// One endpoint: get a connection, exchange, tell. `done` is called once, on the loop.
class Attempt final : private functions::PoolWaiter, private functions::Connection::User {
public:
    struct Plan {
        const EndpointSpec& spec;
        std::chrono::milliseconds patience;
    };

    Attempt(const functions::Seams& seams, const Plan& plan, std::function<void()> done)
        : endpoint_(seams, plan.spec, caller_options(), stats_),
          patience_(plan.patience),
          done_(std::move(done)),
          deadline_(seams.loop, [this] { finish(Probed::unreachable, "no answer in time"); }) {
        result_.functions = plan.spec.functions.text();
        result_.url = plan.spec.url_template;
    }

    void start() {
        const EndpointSpec& spec = endpoint_.spec();
        if (has_open_host(spec)) {
            return finish(Probed::skipped, "its host depends on the function's name");
        }
        route_ = endpoint_.route_for(spec.functions.name.value_or("name"));
        if (route_->problem) {
            return finish(Probed::unreachable, route_->problem->what);
        }
        started_ = SteadyClock::now();
        deadline_.set(patience_);
        is_waiting_ = true;
        route_->pool->acquire(*this);
    }

    [[nodiscard]] const ProbeResult& result() const { return result_; }

private:
    void on_connection(
        std::shared_ptr<functions::Connection> connection,
        Origin /*origin*/
    ) override {
        is_waiting_ = false;
        connection_ = std::move(connection);
        if (has_open_name(endpoint_.spec())) {
            return finish(
                Probed::reachable,
                "connects; its path depends on the function's name, so not called"
            );
        }
        connection_->exchange(
            {route_->head_start, head_end_.view(), body_, kAnswerBytesMax}, *this
        );
    }

    void on_no_connection(const functions::TroubleReport& trouble) override {
        is_waiting_ = false;
        finish(Probed::unreachable, trouble.what);
    }

    // The status is known; nobody wants the rest.
    void on_refusal_head() override { finish_answered(); }

    // Never asked: kAnswerBytesMax is below what counts as large.
    bool on_large_answer(std::size_t /*bytes*/) override { return true; }

    void on_exchange(functions::Exchange exchange) override {
        if (exchange.is_answered) {
            finish_answered();
        } else {
            finish(Probed::unreachable, exchange.trouble.what);
        }
    }

    void finish_answered() {
        auto took =
            std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - started_);
        finish(
            Probed::reachable,
            "HTTP " + std::to_string(connection_->response().status) + " in " +
                std::to_string(took.count()) + " ms"
        );
    }

    void finish(Probed outcome, std::string what) {
        if (is_finished_) {
            return;
        }
        is_finished_ = true;
        result_.outcome = outcome;
        result_.what = std::move(what);
        deadline_.cancel();
        if (is_waiting_) {
            route_->pool->forget(*this);
        }
        if (connection_) {
            connection_->close();
            route_->pool->drop(*connection_);
        }
        done_();
    }

    functions::CallerStats stats_;
    functions::Endpoint endpoint_;
    const std::chrono::milliseconds patience_;
    const std::function<void()> done_;
    Loop::DeadlineTimer deadline_;
    std::shared_ptr<functions::Route> route_;
    std::shared_ptr<functions::Connection> connection_;
    const functions::RequestHeadEnd head_end_{0};
    const std::vector<std::string_view> body_;
    runtime::SteadyTime started_{};
    bool is_waiting_ = false;  // For a connection.
    bool is_finished_ = false;
    ProbeResult result_;
};

using Specs = std::vector<EndpointSpec>;

void probe_some(
    Specs::const_iterator first,
    Specs::const_iterator last,
    std::chrono::milliseconds patience,
    std::vector<ProbeResult>& results
) {
    Loop loop;
    runtime::Helpers helpers(loop, 1);
    functions::SystemResolver resolver(loop);
    const functions::Seams seams{loop, helpers, resolver};
    std::vector<std::unique_ptr<Attempt>> attempts;
    std::ptrdiff_t open = last - first;
    for (auto spec = first; spec != last; ++spec) {
        attempts.push_back(std::make_unique<Attempt>(
            seams,
            Attempt::Plan{*spec, patience},
            [&loop, &open] {
                if (--open == 0) {
                    loop.stop();
                }
            }
        ));
    }
    loop.post([&attempts] {
        for (const auto& attempt : attempts) {
            attempt->start();
        }
    });
    loop.run();
    helpers.stop();
    for (const auto& attempt : attempts) {
        results.push_back(attempt->result());
    }
}

}  // namespace

std::vector<ProbeResult>
probe_endpoints(const ModuleSpec& spec, std::chrono::milliseconds patience) {
    std::vector<ProbeResult> results;
    auto at = spec.endpoints.begin();
    while (at != spec.endpoints.end()) {
        auto left = static_cast<std::size_t>(spec.endpoints.end() - at);
        auto next = at + static_cast<std::ptrdiff_t>(std::min(left, kProbesAtOnce));
        probe_some(at, next, patience, results);
        at = next;
    }
    return results;
}

}  // namespace sfg::cli
