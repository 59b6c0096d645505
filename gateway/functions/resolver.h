// Resolver: the addresses of a name, asked anew for each connect.
//
// The seam between the dialer and the system's name service. Who asks for a name while an answer
// for it is on its way gets that answer too.
//
// Threads:  resolve() and the handlers on the loop's; the system is asked on threads of its own.
// Lifetime: the loop outlives it; after its destruction no handler is called.
#pragma once

#include "gateway/runtime/loop.h"

#include <boost/asio/ip/address.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sfg::functions {

class Resolver {
public:
    struct Answer {
        std::vector<boost::asio::ip::address> addresses;  // In the order to try them.
        std::string problem;                              // Why there are none.
    };

    using Handler = std::function<void(const Answer&)>;

    Resolver() = default;
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;
    virtual ~Resolver() = default;

    // `handler` is called later, once, never from here.
    virtual void resolve(const std::string& host, Handler handler) = 0;
};

// The system's: files, DNS, whatever it is configured to use, in its order of preference, with the
// families taking turns (RFC 8305, section 4). A name service that does not answer holds up only
// those that ask for the same name, as long as fewer than kThreadsMax names do.
class SystemResolver final : public Resolver {
public:
    static constexpr std::size_t kThreadsMax = 8;

    explicit SystemResolver(runtime::Loop& loop);
    ~SystemResolver() override;

    void resolve(const std::string& host, Handler handler) override;

private:
    struct Desk;
    const std::shared_ptr<Desk> desk_;
};

// First one of the first family, then one of the other, and so on; the order within each stays.
[[nodiscard]] std::vector<boost::asio::ip::address> interleaved(
    const std::vector<boost::asio::ip::address>& addresses
);

}  // namespace sfg::functions
