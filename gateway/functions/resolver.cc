#include "gateway/functions/resolver.h"

#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace sfg::functions {
namespace {

namespace ip = boost::asio::ip;

ip::address address_of(const sockaddr& found) {
    if (found.sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &found, sizeof(v4));
        return ip::address_v4(ntohl(v4.sin_addr.s_addr));
    }
    sockaddr_in6 v6{};
    std::memcpy(&v6, &found, sizeof(v6));
    ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return ip::address_v6(bytes, v6.sin6_scope_id);
}

// Blocking, for as long as the name service takes.
Resolver::Answer ask_system(const std::string& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    Resolver::Answer answer;
    int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
    if (error != 0) {
        answer.problem = error == EAI_SYSTEM ? std::generic_category().message(errno)
                                             : std::string(gai_strerror(error));
        return answer;
    }
    for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
        if (one->ai_family == AF_INET || one->ai_family == AF_INET6) {
            answer.addresses.push_back(address_of(*one->ai_addr));
        }
    }
    freeaddrinfo(found);
    answer.addresses = interleaved(answer.addresses);
    answer.problem = answer.addresses.empty() ? "it has no address" : "";
    return answer;
}

}  // namespace

// What the resolver and its threads share; it outlives the resolver while a name service is silent.
struct SystemResolver::Desk : std::enable_shared_from_this<Desk> {
    std::mutex mutex;                   // Guards what follows.
    runtime::Loop* loop = nullptr;      // Null: the resolver is gone.
    std::deque<std::string> questions;  // That no thread has taken yet.
    std::size_t threads = 0;

    std::map<std::string, std::vector<Handler>> waiting;  // The loop's.

    void ask(const std::string& host);
    void serve();
    void answered(const std::string& host, const Answer& answer);
};

SystemResolver::SystemResolver(runtime::Loop& loop) : desk_(std::make_shared<Desk>()) {
    desk_->loop = &loop;
}

SystemResolver::~SystemResolver() {
    std::lock_guard lock(desk_->mutex);
    desk_->loop = nullptr;
    desk_->questions.clear();
    desk_->waiting.clear();
}

void SystemResolver::resolve(const std::string& host, Handler handler) {
    std::vector<Handler>& handlers = desk_->waiting[host];
    handlers.push_back(std::move(handler));
    if (handlers.size() == 1) {
        desk_->ask(host);
    }
}

// A question gets a thread, which ends when there are no more questions. Nobody waits for the
// threads: a silent name service would hold up the end of the process, and nothing of theirs but
// the desk is touched.
void SystemResolver::Desk::ask(const std::string& host) {
    std::lock_guard lock(mutex);
    questions.push_back(host);
    if (threads == kThreadsMax) {
        return;
    }
    try {
        std::thread([self = shared_from_this()] { self->serve(); }).detach();
        ++threads;
    } catch (const std::system_error& error) {
        if (threads == 0) {
            questions.clear();
            Answer none{{}, std::string("no thread to ask on: ") + error.what()};
            loop->post([self = shared_from_this(), host, none] { self->answered(host, none); });
        }
    }
}

void SystemResolver::Desk::serve() {
    std::unique_lock lock(mutex);
    while (!questions.empty()) {
        std::string host = std::move(questions.front());
        questions.pop_front();
        lock.unlock();
        Answer answer = ask_system(host);
        lock.lock();
        if (loop != nullptr) {
            loop->post([self = shared_from_this(), host, answer = std::move(answer)] {
                self->answered(host, answer);
            });
        }
    }
    --threads;
}

void SystemResolver::Desk::answered(const std::string& host, const Answer& answer) {
    auto entry = waiting.extract(host);
    if (entry.empty()) {
        return;
    }
    for (const Handler& handler : entry.mapped()) {
        handler(answer);
    }
}

std::vector<ip::address> interleaved(const std::vector<ip::address>& addresses) {
    std::vector<ip::address> first;
    std::vector<ip::address> other;
    for (const ip::address& one : addresses) {
        bool is_first = one.is_v6() == addresses.front().is_v6();
        (is_first ? first : other).push_back(one);
    }
    std::vector<ip::address> mixed;
    for (std::size_t i = 0; i < std::max(first.size(), other.size()); ++i) {
        if (i < first.size()) {
            mixed.push_back(first[i]);
        }
        if (i < other.size()) {
            mixed.push_back(other[i]);
        }
    }
    return mixed;
}

}  // namespace sfg::functions
