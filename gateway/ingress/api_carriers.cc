#include "gateway/ingress/api_carriers.h"

#include <unistd.h>

#include <optional>
#include <utility>

namespace sfg::ingress {

namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

template <typename... Visitors>
struct Overloaded : Visitors... {
    using Visitors::operator()...;
};

}  // namespace

// A connection on its way from one loop to another.
struct ApiCarriers::Connection {
    explicit Connection(tcp::socket from) {
        error_code error;
        tcp::endpoint local = from.local_endpoint(error);
        protocol = local.protocol();
        descriptor = from.release(error);
        descriptor = error ? -1 : descriptor;
    }

    Connection(Connection&& other) noexcept
        : protocol(other.protocol),
          descriptor(std::exchange(other.descriptor, -1)) {}

    Connection& operator=(Connection&& other) noexcept {
        std::swap(protocol, other.protocol);
        std::swap(descriptor, other.descriptor);
        return *this;
    }

    ~Connection() {
        if (descriptor >= 0) {
            ::close(descriptor);
        }
    }

    // Nothing: it is gone already.
    [[nodiscard]] std::optional<tcp::socket> arrive(runtime::Loop& loop) {
        tcp::socket socket(loop.io());
        error_code error;
        socket.assign(protocol, descriptor, error);
        if (error) {
            return std::nullopt;
        }
        descriptor = -1;
        return socket;
    }

    tcp protocol = tcp::v4();
    int descriptor = -1;
};

// One I/O loop's part. Its own thread touches everything but `put`.
class ApiCarriers::Carrier {
public:
    struct Answered {
        WaiterId waiter;
        engine::Answer answer;
    };

    struct Admitted {
        WaiterId waiter;
    };

    struct Stopping {};

    struct Quiet {
        std::function<void()> tell;
    };

    using Order = std::
        variant<Answered, Admitted, Connection, Stopping, Quiet, std::shared_ptr<const ModuleSpec>>;

    Carrier(
        runtime::Loop& loop,
        const ModuleSpec& module,
        const ApiOptions& options,
        runtime::HttpOptions http,
        Inbox inbox
    )
        : loop_(loop),
          module_(module),
          gate_(http.gate->width(), kLargeBodyBytes),
          api_(loop, module_, options, std::move(inbox)),
          orders_(loop, [this](std::vector<Order>& batch) {
              for (Order& order : batch) {
                  follow(order);
              }
          }) {
        http.gate = &gate_;
        server_.emplace(loop, std::move(http), api_);
        api_.serve_on(*server_);
    }

    // From the engine's loop.
    void put(Order order) { orders_.put(std::move(order)); }

    void close() { server_->close(); }

    [[nodiscard]] Counts counts() const {
        Counts counts;
        for (std::size_t ask = 0; ask < counts.size(); ++ask) {
            counts[ask] = api_.counters(static_cast<Api::Ask>(ask));
        }
        return counts;
    }

private:
    void follow(Order& order) {
        std::visit(
            Overloaded{
                [this](Answered& one) { api_.on_answer(one.waiter, std::move(one.answer)); },
                [this](Admitted& one) { api_.on_admitted(one.waiter); },
                [this](Connection& one) {
                    if (auto socket = one.arrive(loop_)) {
                        server_->adopt(*std::move(socket));
                    }
                },
                [this](Stopping&) { server_->stop_accepting(); },
                [this](Quiet& one) { server_->when_quiet(std::move(one.tell)); },
                [this](std::shared_ptr<const ModuleSpec>& next) {
                    module_ = *next;
                }
            },
            order
        );
    }

    runtime::Loop& loop_;
    ModuleSpec module_;
    runtime::LargeBodyGate gate_;
    Api api_;
    std::optional<runtime::HttpServer> server_;
    runtime::Handover<Order> orders_;
};

ApiCarriers::ApiCarriers(
    runtime::Loop& loop,
    runtime::IoLoops& io_loops,
    const ModuleSpec& module,
    const ApiOptions& options,
    const runtime::HttpOptions& http,
    const Inbox& inbox
)
    : loop_(loop),
      events_(loop, [inbox](std::vector<engine::Event>& batch) {
          for (engine::Event& event : batch) {
              inbox(std::move(event));
          }
      }) {
    auto connections = std::make_shared<std::atomic<std::size_t>>(0);
    for (std::size_t at = 0; at < io_loops.size(); ++at) {
        ApiOptions own_options = options;
        own_options.helpers = &io_loops.helpers(at);
        runtime::HttpOptions own_http = http;
        own_http.share = static_cast<unsigned>(at);
        own_http.shares = static_cast<unsigned>(io_loops.size());
        own_http.connections = connections;
        carriers_.push_back(std::make_unique<Carrier>(
            io_loops.loop(at),
            module,
            own_options,
            std::move(own_http),
            [this](engine::Event event) { events_.put(std::move(event)); }
        ));
    }
}

ApiCarriers::~ApiCarriers() = default;

ApiCarriers::Carrier& ApiCarriers::carrier_of(WaiterId waiter) {
    return *carriers_[runtime::slot_of(exchange_of(waiter)) % carriers_.size()];
}

void ApiCarriers::take(tcp::socket socket) {
    carriers_[next_]->put(Connection(std::move(socket)));
    next_ = (next_ + 1) % carriers_.size();
}

void ApiCarriers::answer(WaiterId waiter, engine::Answer answer) {
    carrier_of(waiter).put(Carrier::Answered{waiter, std::move(answer)});
}

void ApiCarriers::admitted(WaiterId waiter) {
    carrier_of(waiter).put(Carrier::Admitted{waiter});
}

void ApiCarriers::change(const ModuleSpec& next) {
    auto shared = std::make_shared<const ModuleSpec>(next);
    for (auto& carrier : carriers_) {
        carrier->put(shared);
    }
}

void ApiCarriers::stop_accepting() {
    for (auto& carrier : carriers_) {
        carrier->put(Carrier::Stopping{});
    }
}

void ApiCarriers::when_quiet(std::function<void()> quiet) {
    quiet_ = 0;
    auto one_is = [this, quiet = std::move(quiet)] {
        if (++quiet_ == carriers_.size()) {
            quiet();
        }
    };
    for (auto& carrier : carriers_) {
        carrier->put(Carrier::Quiet{[this, one_is] {
            loop_.post(one_is);
        }});
    }
}

void ApiCarriers::close() {
    for (auto& carrier : carriers_) {
        carrier->close();
    }
}

ApiCarriers::Counts ApiCarriers::counts_on(std::size_t io_loop) const {
    return carriers_[io_loop]->counts();
}

}  // namespace sfg::ingress
