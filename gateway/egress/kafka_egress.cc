#include "gateway/egress/kafka_egress.h"

#include "gateway/egress/kafka_rd_producer.h"
#include "protocol/assert.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <random>
#include <thread>

namespace sfg::egress {

namespace {

constexpr unsigned kSpaceShift = 60;
constexpr unsigned kSlotShift = 44;
constexpr std::uint64_t kSlotMask = 0xffff;

std::string hex(std::uint64_t value) {
    std::array<char, 17> text{};
    std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(value));
    return text.data();
}

// This process, and no other one of the same host at another time.
std::string writer_name() {
    std::array<char, 256> host{};
    gethostname(host.data(), host.size() - 1);
    std::uint64_t random = std::uint64_t{std::random_device{}()} << 32U | std::random_device{}();
    return std::string(host.data()) + " " + std::to_string(getpid()) + " " + hex(random);
}

WaiterId first_waiter(std::size_t slot) {
    return WaiterId{
        std::uint64_t{kKafkaEgressSpace} << kSpaceShift | std::uint64_t{slot} << kSlotShift
    };
}

}  // namespace

// Counts the threads that still run.
struct KafkaEgresses::Stopping {
    std::atomic<std::size_t> running{0};
    std::function<void()> stopped;  // Written before any port is closed.

    void one_ended() {
        if (running.fetch_sub(1) == 1 && stopped) {
            stopped();
        }
    }
};

struct KafkaEgresses::Lane {
    Lane(const KafkaEgressSpec& of, std::size_t slot, std::function<void(engine::Event)> put)
        : spec(of),
          port(of.id, first_waiter(slot), std::move(put)) {}

    const KafkaEgressSpec spec;
    EngineStreamPort port;
    std::unique_ptr<KafkaDelivery> delivery;
    std::thread thread;
};

KafkaEgresses::KafkaEgresses(
    const std::vector<KafkaEgressSpec>& specs,
    std::function<void(engine::Event)> put
)
    : stopping_(std::make_shared<Stopping>()) {
    for (const KafkaEgressSpec& spec : specs) {
        SFG_ASSERT(lanes_.size() <= kSlotMask);
        lanes_.push_back(std::make_unique<Lane>(spec, lanes_.size(), put));
    }
}

KafkaEgresses::~KafkaEgresses() {
    stop();
}

void KafkaEgresses::start(StoreId store) {
    std::string writer = writer_name();
    stopping_->running = lanes_.size();
    for (auto& lane : lanes_) {
        KafkaDeliveryOptions options;
        options.egress = lane->spec.id.text();
        options.writer = writer;
        std::string name = "statefun-gateway." + hex(static_cast<std::uint64_t>(store)) + "." +
                           lane->spec.id.ns + "." + lane->spec.id.name;
        auto make = [&spec = lane->spec, name, writer] {
            return make_rd_producer(spec, {name, name, writer});
        };
        lane->delivery = std::make_unique<KafkaDelivery>(std::move(options), lane->port, make);
        lane->thread = std::thread([delivery = lane->delivery.get(), stopping = stopping_] {
            delivery->run();
            stopping->one_ended();
        });
    }
}

void KafkaEgresses::on_answer(WaiterId waiter, engine::Answer answer) {
    std::size_t slot = static_cast<std::uint64_t>(waiter) >> kSlotShift & kSlotMask;
    SFG_ASSERT(slot < lanes_.size());
    lanes_[slot]->port.on_answer(waiter, std::move(answer));
}

void KafkaEgresses::begin_stop(std::function<void()> stopped) {
    if (stopping_->running == 0) {
        stopped();
        return;
    }
    stopping_->stopped = std::move(stopped);
    for (auto& lane : lanes_) {
        lane->port.close();
    }
}

void KafkaEgresses::stop() {
    for (auto& lane : lanes_) {
        lane->port.close();
        if (lane->thread.joinable()) {
            lane->thread.join();
        }
    }
}

std::vector<std::pair<TypeName, KafkaEgressReport>> KafkaEgresses::reports() const {
    std::vector<std::pair<TypeName, KafkaEgressReport>> reports;
    for (const auto& lane : lanes_) {
        reports.emplace_back(
            lane->spec.id, lane->delivery ? lane->delivery->report() : KafkaEgressReport{}
        );
    }
    return reports;
}

}  // namespace sfg::egress
