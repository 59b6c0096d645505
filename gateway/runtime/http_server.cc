#include "gateway/runtime/http_server.h"

#include "gateway/runtime/http_format.h"
#include "protocol/assert.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace sfg::runtime {

namespace {

namespace asio = boost::asio;
using boost::asio::ip::tcp;
using boost::system::error_code;

// So many connections beyond the limit get a 503 and time to read it; the rest gets it in passing.
constexpr std::size_t kRefusalsMax = 32;
constexpr std::size_t kSlotsMax = 65'536;
constexpr unsigned kSlotShift = 44;
constexpr std::uint64_t kNumberMask = (std::uint64_t{1} << kSlotShift) - 1;

// Says no to a connection that gets no session, as well as can be done without waiting: what the
// client has sent is taken first, because closing with unread bytes would reset the answer, too.
void refuse_at_once(tcp::socket& socket, const Problem& problem) {
    HttpResponse response = problem_response(problem);
    std::string text;
    append_head(text, response, Connection::closed);
    text += response.content();
    error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(text), ignored);
    socket.shutdown(tcp::socket::shutdown_send, ignored);
    std::array<char, 16 * kKiB> thrown_away;
    socket.read_some(asio::buffer(thrown_away), ignored);
}

}  // namespace

HttpServer::HttpServer(Loop& loop, HttpOptions options, HttpHandler& handler)
    : loop_(loop),
      options_(std::move(options)),
      connections_(
          options_.connections ? options_.connections
                               : std::make_shared<std::atomic<std::size_t>>(0)
      ),
      shared_{loop, handler, options_.limits, options_.gate, false, {}},
      acceptor_(loop.io()),
      taken_(loop.io()),
      accept_again_(loop, [this] { accept_next(); }) {
    SFG_ASSERT(options_.space >= 1 && options_.space <= 15);
    SFG_ASSERT(options_.share < options_.shares);
    SFG_ASSERT(options_.limits.connections_max + kRefusalsMax <= kSlotsMax);
    SFG_ASSERT(
        options_.gate == nullptr || options_.limits.body_bytes_max <= options_.gate->width(),
        "the largest body would wait at the gate for ever"
    );
}

HttpServer::~HttpServer() {
    close();
}

void HttpServer::adopt(tcp::socket socket) {
    ++shared_.counters.connections_total;
    auto slot = free_slot();
    if (!slot) {
        ++shared_.counters.connections_refused;
        refuse_at_once(socket, refusal());
        return;
    }
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    socket.non_blocking(true, ignored);
    std::uint64_t number = *slot * options_.shares + options_.share;
    std::uint64_t first =
        std::uint64_t{options_.space} << 60U | number << kSlotShift | slots_[*slot].next_number;
    boost::intrusive_ptr<HttpSession> session(
        new HttpSession(shared_, *this, std::move(socket), ExchangeId{first})
    );
    slots_[*slot].session = session;
    ++shared_.counters.connections_open;
    if (++*connections_ <= options_.limits.connections_max) {
        session->start();
        return;
    }
    ++shared_.counters.connections_refused;
    session->start_refused(refusal());
}

Problem HttpServer::refusal() const {
    return {
        Errc::too_many_connections,
        "there are " + std::to_string(options_.limits.connections_max) + " connections already"
    };
}

std::optional<std::size_t> HttpServer::free_slot() {
    if (!free_slots_.empty()) {
        std::size_t slot = free_slots_.back();
        free_slots_.pop_back();
        return slot;
    }
    std::size_t most = options_.limits.connections_max + kRefusalsMax;
    if (slots_.size() >= std::min(most, kSlotsMax / options_.shares)) {
        return std::nullopt;
    }
    slots_.emplace_back();
    return slots_.size() - 1;
}

std::size_t HttpServer::place_of(ExchangeId id) const {
    return slot_of(id) / options_.shares;
}

void HttpServer::stop_accepting() {
    stopping_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    accept_again_.cancel();
    for (const auto& session : sessions()) {
        session->wind_down();
    }
}

void HttpServer::when_quiet(std::function<void()> quiet) {
    SFG_ASSERT(stopping_);
    quiet_ = std::move(quiet);
    check_quiet();
}

void HttpServer::check_quiet() {
    if (quiet_ && shared_.counters.exchanges_open == 0) {
        std::exchange(quiet_, nullptr)();
    }
}

void HttpServer::close() {
    quiet_ = nullptr;
    stop_accepting();
    for (const auto& session : sessions()) {
        session->kill();
    }
    ready_.clear();
}

bool HttpServer::respond(ExchangeId id, HttpResponse response) {
    auto session = session_of(id);
    return session && session->respond(id, std::move(response));
}

void HttpServer::resume(ExchangeId id) {
    if (auto session = session_of(id)) {
        session->resume(id);
    }
}

void HttpServer::release_body(ExchangeId id) {
    if (auto session = session_of(id)) {
        session->release_body(id);
    }
}

bool HttpServer::waits(ExchangeId id) {
    auto session = session_of(id);
    return session && session->waits(id);
}

void HttpServer::pause_reading() {
    shared_.paused = true;
}

void HttpServer::resume_reading() {
    if (std::exchange(shared_.paused, false)) {
        for (const auto& session : sessions()) {
            session_ready(*session);
        }
    }
}

boost::intrusive_ptr<HttpSession> HttpServer::session_of(ExchangeId id) {
    std::size_t place = place_of(id);
    bool known = space_of(id) == options_.space &&
                 slot_of(id) % options_.shares == options_.share && place < slots_.size();
    return known ? slots_[place].session : nullptr;
}

std::vector<boost::intrusive_ptr<HttpSession>> HttpServer::sessions() const {
    std::vector<boost::intrusive_ptr<HttpSession>> open;
    for (const Slot& slot : slots_) {
        if (slot.session) {
            open.push_back(slot.session);
        }
    }
    return open;
}

void HttpServer::session_ready(HttpSession& session) {
    if (session.mark_ready()) {
        ready_.emplace_back(&session);
        post_run();
    }
}

void HttpServer::all_answered() {
    if (quiet_) {
        post_run();
    }
}

void HttpServer::post_run() {
    if (!std::exchange(run_posted_, true)) {
        std::weak_ptr<bool> alive = alive_;
        asio::post(loop_.io(), [this, alive] {
            if (!alive.expired()) {
                run_ready();
            }
        });
    }
}

void HttpServer::run_ready() {
    run_posted_ = false;
    running_.swap(ready_);
    for (const auto& session : running_) {
        session->run();
    }
    running_.clear();
    check_quiet();
}

void HttpServer::session_closed(HttpSession& session) {
    std::size_t slot = place_of(session.next_id());
    slots_[slot].next_number = static_cast<std::uint64_t>(session.next_id()) & kNumberMask;
    slots_[slot].session.reset();
    free_slots_.push_back(slot);
    --shared_.counters.connections_open;
    --*connections_;
}

}  // namespace sfg::runtime
