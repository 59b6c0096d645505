#include "gateway/functions/endpoint.h"

#include "gateway/functions/request.h"

#include <algorithm>

namespace sfg::functions {
namespace {

constexpr std::string_view kNamePlaceholder = "{function.name}";
constexpr std::string_view kTlsScheme = "https:";

bool is_tls(std::string_view url) {
    auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    };
    return url.size() > kTlsScheme.size() &&
           std::equal(kTlsScheme.begin(), kTlsScheme.end(), url.begin(), [&](char a, char b) {
               return a == lower(b);
           });
}

std::shared_ptr<TlsSource>
tls_of(const Seams& seams, const EndpointSpec& spec, const CallerOptions& options) {
    if (!is_tls(spec.url_template)) {
        return nullptr;
    }
    auto source = std::make_shared<TlsSource>(seams.loop, seams.helpers, spec.tls);
    source->watch(options.tls_look_every);
    return source;
}

}  // namespace

Endpoint::Endpoint(
    const Seams& seams,
    EndpointSpec spec,
    const CallerOptions& options,
    CallerStats& stats
)
    : seams_(seams),
      spec_(std::make_shared<const EndpointSpec>(std::move(spec))),
      options_(options),
      is_template_(spec_->url_template.find(kNamePlaceholder) != std::string::npos),
      tls_(tls_of(seams_, *spec_, options_)),
      stats_(stats) {}

Endpoint::~Endpoint() {
    if (tls_) {
        tls_->stop();
    }
}

std::shared_ptr<Route> Endpoint::route_for(const std::string& function_name) {
    static const std::string kAnyName;
    const std::string& key = is_template_ ? function_name : kAnyName;
    if (auto found = routes_.find(key); found != routes_.end()) {
        return found->second;
    }
    if (routes_.size() >= kRoutesMax) {
        forget_unused();
    }
    return routes_.emplace(key, make_route(spec_->url_for(function_name))).first->second;
}

void Endpoint::close() {
    if (tls_) {
        tls_->stop();
    }
    for (auto& [authority, weak] : pools_) {
        if (auto pool = weak.lock()) {
            pool->close();
        }
    }
}

std::shared_ptr<Route> Endpoint::make_route(const std::string& url_text) {
    auto route = std::make_shared<Route>();
    auto url = parse_url(url_text);
    if (!url) {
        route->url.shown = spec_->url_template;
        route->problem = TroubleReport{Trouble::bad_url, "cannot be called: " + url.error().reason};
        return route;
    }
    route->url = *url;
    route->head_start = request_head_start(*url);
    route->pool = pool_for(*url);
    return route;
}

std::shared_ptr<Pool> Endpoint::pool_for(const Url& url) {
    std::weak_ptr<Pool>& known = pools_[url.authority];
    if (auto pool = known.lock()) {
        return pool;
    }
    Pool::Options options{
        std::max<std::size_t>(spec_->pool_size, 1),
        options_.dials_at_once_max,
        spec_->connect_timeout,
        options_.next_address_after,
        options_.idle_max,
        spec_->pool_ttl,
        options_.random
    };
    Dialer::Target target{url, tls_, tls_ ? std::make_shared<TlsTickets>() : nullptr};
    auto pool = std::make_shared<Pool>(seams_, std::move(target), std::move(options), stats_);
    known = pool;
    return pool;
}

void Endpoint::forget_unused() {
    std::erase_if(routes_, [](const auto& entry) { return entry.second.use_count() == 1; });
    std::erase_if(pools_, [](const auto& entry) { return entry.second.expired(); });
}

}  // namespace sfg::functions
