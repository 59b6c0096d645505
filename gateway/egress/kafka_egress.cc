#include "gateway/egress/kafka_egress.h"

#include "gateway/egress/kafka_rd_producer.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <random>

namespace sfg::egress {

namespace {

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

}  // namespace

class KafkaEgresses::Deliverer {
public:
    Deliverer(
        const KafkaEgressSpec& spec,
        WaiterId first,
        KafkaDeliveryOptions options,
        const Outside& outside,
        KafkaDelivery::MakeProducer make
    )
        : port_(spec.id, first, outside.put),
          delivery_(std::move(options), port_, std::move(make)) {}

    void run() { delivery_.run(); }

    void close() { port_.close(); }

    void on_answer(WaiterId waiter, engine::Answer answer) {
        port_.on_answer(waiter, std::move(answer));
    }

    [[nodiscard]] KafkaEgressReport report() const { return delivery_.report(); }

    [[nodiscard]] static bool has_given_up() { return false; }

private:
    EngineStreamPort port_;
    KafkaDelivery delivery_;
};

KafkaEgresses::KafkaEgresses(const std::vector<KafkaEgressSpec>& specs, Outside outside)
    : outside_(std::move(outside)),
      writer_(writer_name()),
      lanes_(
          kKafkaEgressSpace,
          specs,
          {outside_.post,
           [this](const KafkaEgressSpec& spec, WaiterId first) {
               return make(spec, first);
           }}
      ) {}

KafkaEgresses::~KafkaEgresses() = default;

std::unique_ptr<KafkaEgresses::Deliverer>
KafkaEgresses::make(const KafkaEgressSpec& spec, WaiterId first) {
    KafkaDeliveryOptions options;
    options.egress = spec.id.text();
    options.writer = writer_;
    options.commit_interval = spec.commit_interval;
    std::string name = "statefun-gateway." + store_name_ + "." + spec.id.ns + "." + spec.id.name;
    auto make_producer = [this, &spec, name]() -> std::unique_ptr<KafkaProducer> {
        return outside_.make_producer ? outside_.make_producer(spec, name, writer_)
                                      : make_rd_producer(spec, {name, name, writer_});
    };
    return std::make_unique<Deliverer>(spec, first, std::move(options), outside_, make_producer);
}

void KafkaEgresses::start(StoreId store) {
    store_name_ = hex(static_cast<std::uint64_t>(store));
    lanes_.start();
}

bool KafkaEgresses::has_room(const std::vector<KafkaEgressSpec>& next) const {
    return lanes_.has_room(next);
}

void KafkaEgresses::rebind(const std::vector<KafkaEgressSpec>& next) {
    lanes_.rebind(next);
}

void KafkaEgresses::on_answer(WaiterId waiter, engine::Answer answer) {
    lanes_.on_answer(waiter, std::move(answer));
}

void KafkaEgresses::begin_stop(std::function<void()> stopped) {
    lanes_.begin_stop(std::move(stopped));
}

void KafkaEgresses::stop() {
    lanes_.stop();
}

std::vector<std::pair<TypeName, KafkaEgressReport>> KafkaEgresses::reports() const {
    std::vector<std::pair<TypeName, KafkaEgressReport>> reports;
    lanes_.for_each([&reports](const KafkaEgressSpec& spec, const Deliverer* deliverer) {
        reports.emplace_back(
            spec.id, deliverer == nullptr ? KafkaEgressReport{} : deliverer->report()
        );
    });
    return reports;
}

}  // namespace sfg::egress
