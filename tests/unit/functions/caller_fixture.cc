#include "tests/unit/functions/caller_fixture.h"

#include <boost/asio/steady_timer.hpp>
#include <catch2/catch.hpp>

#include <filesystem>
#include <random>

namespace sfg::test {
namespace {

functions::CallerOptions seeded(functions::CallerOptions options) {
    auto engine = std::make_shared<std::mt19937_64>(7);
    options.random = [engine] {
        return (*engine)();
    };
    return options;
}

}  // namespace

EndpointSpec endpoint_at(std::string url) {
    EndpointSpec spec;
    spec.functions = {"ns", "fn"};
    spec.url_template = std::move(url);
    spec.call_timeout = std::chrono::seconds(20);
    return spec;
}

CallerFixture::CallerFixture(EndpointSpec endpoint, functions::CallerOptions options)
    : helpers_(loop_, 1) {
    auto done = [this](functions::CallOutcome outcome) {
        RequestId id = std::visit([](const auto& event) { return event.id; }, outcome);
        REQUIRE_FALSE(outcomes_.contains(id));
        if (auto* answer = std::get_if<engine::ResponseArrived>(&outcome); answer && !keeps_holds) {
            answer->hold.reset();
        }
        outcomes_.emplace(id, std::move(outcome));
        if (on_ended) {
            on_ended(id);
        }
    };
    caller_ = std::make_unique<functions::FunctionCaller>(
        loop_,
        helpers_,
        std::vector<EndpointSpec>{std::move(endpoint)},
        seeded(std::move(options)),
        std::move(done)
    );
}

CallerFixture::~CallerFixture() {
    caller_.reset();
    helpers_.stop();
}

RequestId CallerFixture::start(std::string body, std::string function_name) {
    engine::StartCall call;
    call.id = RequestId{++last_id_};
    call.target = {{"ns", std::move(function_name)}, "id"};
    std::size_t half = body.size() / 2;
    for (std::string_view part :
         {std::string_view(body).substr(0, half), std::string_view(body).substr(half)}) {
        SharedBytes piece(part);
        call.body.add(piece.view());
        call.body.keep(std::move(piece));
    }
    RequestId id = call.id;
    caller_->start(std::move(call));
    REQUIRE_FALSE(outcomes_.contains(id));
    return id;
}

bool CallerFixture::run_until(const std::function<bool()>& holds, std::chrono::seconds patience) {
    auto end = runtime::SteadyClock::now() + patience;
    boost::asio::steady_timer poll(loop_.io());
    std::function<void(const boost::system::error_code&)> look =
        [&](const boost::system::error_code&) {
            if (holds() || runtime::SteadyClock::now() > end) {
                return loop_.stop();
            }
            poll.expires_after(std::chrono::milliseconds(1));
            poll.async_wait(look);
        };
    loop_.io().restart();
    loop_.post([&] { look({}); });
    loop_.run();
    return holds();
}

const functions::CallOutcome& CallerFixture::call(std::string body) {
    RequestId id = start(std::move(body));
    bool is_over = run_until([&] { return has_ended(id); });
    INFO("the last failure: " << stats().last_failure);
    REQUIRE(is_over);
    return outcome(id);
}

bool is_result(const functions::CallOutcome& outcome) {
    const auto* arrived = std::get_if<engine::ResponseArrived>(&outcome);
    return arrived != nullptr && std::holds_alternative<InvocationResult>(arrived->response);
}

const engine::CallFailed& failure_of(const functions::CallOutcome& outcome) {
    const auto* failed = std::get_if<engine::CallFailed>(&outcome);
    REQUIRE(failed != nullptr);
    return *failed;
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::size_t open_files() {
    std::filesystem::directory_iterator files("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

}  // namespace sfg::test
