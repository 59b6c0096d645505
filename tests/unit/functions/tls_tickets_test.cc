// Which ticket is offered, and for how long.
#include "gateway/functions/tls_tickets.h"

#include <catch2/catch.hpp>

namespace sfg::test {
namespace {

using functions::TlsContext;
using functions::TlsSecret;
using functions::TlsTicket;
using functions::TlsTickets;

constexpr std::time_t kNow = 1'000'000;

std::shared_ptr<const TlsContext> some_context() {
    return *TlsContext::make({}, {});
}

// A session that OpenSSL takes for one of the version.
TlsTicket ticket(int version = TLS1_3_VERSION, std::time_t verified_until = kNow + 60) {
    TlsSecret secret(SSL_SESSION_new());
    const unsigned char id = 1;
    SSL_SESSION_set1_id(secret.get(), &id, 1);
    SSL_SESSION_set_protocol_version(secret.get(), version);
    return {std::move(secret), verified_until};
}

}  // namespace

TEST_CASE("a ticket of TLS 1.3 is offered once, the newest first", "[functions]") {
    auto context = some_context();
    TlsTickets tickets;
    CHECK_FALSE(tickets.take(context, kNow));
    TlsTicket first = ticket();
    TlsTicket second = ticket();
    SSL_SESSION* newest = second.secret.get();
    tickets.put(context, std::move(first));
    tickets.put(context, std::move(second));
    CHECK(tickets.take(context, kNow)->secret.get() == newest);
    CHECK(tickets.take(context, kNow));
    CHECK_FALSE(tickets.take(context, kNow));
}

TEST_CASE("a session of TLS 1.2 is shared", "[functions]") {
    auto context = some_context();
    TlsTickets tickets;
    CHECK_FALSE(tickets.take(context, kNow));
    tickets.put(context, ticket(TLS1_2_VERSION));
    for (int i = 0; i < 3; ++i) {
        CHECK(tickets.take(context, kNow));
    }
}

TEST_CASE("a ticket ends with what its server's verification rests on", "[functions]") {
    auto context = some_context();
    TlsTickets tickets;
    CHECK_FALSE(tickets.take(context, kNow));
    tickets.put(context, ticket(TLS1_3_VERSION, kNow + 10));
    tickets.put(context, ticket(TLS1_2_VERSION, kNow + 10));
    CHECK_FALSE(tickets.take(context, kNow + 10));
}

TEST_CASE("a ticket of another context is neither kept nor offered", "[functions]") {
    auto before = some_context();
    auto after = some_context();
    TlsTickets tickets;
    CHECK_FALSE(tickets.take(before, kNow));
    tickets.put(before, ticket());
    CHECK_FALSE(tickets.take(after, kNow));
    // It came late, on a connection that was made before the files changed.
    tickets.put(before, ticket());
    CHECK_FALSE(tickets.take(after, kNow));
    CHECK_FALSE(tickets.take(before, kNow));
}

TEST_CASE("a refused server is offered nothing for an hour, or until files change", "[functions]") {
    auto context = some_context();
    TlsTickets tickets;
    CHECK_FALSE(tickets.take(context, kNow));
    tickets.refuse(kNow);
    tickets.put(context, ticket(TLS1_2_VERSION, kNow + 9000));
    CHECK_FALSE(tickets.take(context, kNow + 3599));
    CHECK(tickets.take(context, kNow + 3600));
    tickets.refuse(kNow);
    auto after = some_context();
    CHECK_FALSE(tickets.take(after, kNow));
    tickets.put(after, ticket());
    CHECK(tickets.take(after, kNow));
}

TEST_CASE("more tickets than are kept drop the oldest", "[functions]") {
    auto context = some_context();
    TlsTickets tickets;
    CHECK_FALSE(tickets.take(context, kNow));
    for (std::size_t i = 0; i < TlsTickets::kTicketsMax + 5; ++i) {
        tickets.put(context, ticket());
    }
    for (std::size_t i = 0; i < TlsTickets::kTicketsMax; ++i) {
        CHECK(tickets.take(context, kNow));
    }
    CHECK_FALSE(tickets.take(context, kNow));
}

}  // namespace sfg::test
