#include "gateway/admin/server.h"

#include "gateway/runtime/thread_name.h"
#include "protocol/limits.h"

#include <utility>

namespace sfg::admin {

namespace {

runtime::HttpOptions http_options(const HostPort& address) {
    runtime::HttpOptions options;
    options.name = "admin";
    options.address = address.host;
    options.port = address.port;
    options.space = kAdminSpace;
    options.limits.connections_max = Server::kConnectionsMax;
    options.limits.head_bytes_max = 32 * kKiB;
    options.limits.target_bytes_max = kRequestTargetBytesMax;
    options.limits.body_bytes_max = 0;
    options.limits.pipeline_max = 4;
    return options;
}

}  // namespace

Server::Server(const ServerOptions& options, EngineProbe& probe)
    : options_(options),
      watch_(loop_, probe, options.engine_patience),
      operators_(
          loop_,
          probe,
          [this](runtime::ExchangeId id, runtime::HttpResponse response) {
              respond(id, std::move(response));
          }
      ),
      events_(
          loop_,
          {[this](runtime::ExchangeId id, runtime::HttpResponse response) {
               respond(id, std::move(response));
           },
           [this](runtime::ExchangeId id, std::string_view piece, std::size_t pending_max) {
               return server_.stream(id, piece, pending_max);
           },
           [this](runtime::ExchangeId id) {
               server_.cut(id);
           }}
      ),
      paths_(
          watch_,
          operators_,
          events_,
          [this](runtime::ExchangeId id, runtime::HttpResponse response) {
              respond(id, std::move(response));
          }
      ),
      server_(loop_, http_options(options.address), paths_) {}

void Server::respond(runtime::ExchangeId id, runtime::HttpResponse response) {
    // False: the client is gone, and nobody is left to tell.
    static_cast<void>(server_.respond(id, std::move(response)));
}

Server::~Server() {
    stop();
}

Result<HostPort, std::string> Server::start() {
    Result<std::uint16_t, std::string> port = server_.bind();
    if (!port) {
        return {boost::system::in_place_error, port.error()};
    }
    server_.accept();
    thread_ = std::thread([this] { loop_.run(); });
    runtime::name_thread(thread_, "admin");
    return HostPort{options_.address.host, *port};
}

void Server::answer(WaiterId waiter, engine::Answer answer) {
    auto held = std::make_shared<engine::Answer>(std::move(answer));
    loop_.post([this, waiter, held] { operators_.on_answer(waiter, std::move(*held)); });
}

void Server::stop() {
    if (!thread_.joinable()) {
        return;
    }
    loop_.post([this] {
        server_.stop_accepting();
        server_.close();
        loop_.stop();
    });
    thread_.join();
}

}  // namespace sfg::admin
