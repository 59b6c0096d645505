#include "gateway/egress/kafka_egress.h"

#include "gateway/egress/kafka_rd_producer.h"
#include "protocol/assert.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <random>
#include <thread>

namespace sfg::egress {

namespace {

constexpr unsigned kSpaceShift = 60;
constexpr unsigned kSlotShift = 44;
constexpr std::uint64_t kSlotMask = KafkaEgresses::kSlotsMax - 1;

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

enum class Stage : std::uint8_t { waiting, running, ending };

// Where it is declared is no setting of it.
bool is_same(KafkaEgressSpec one, KafkaEgressSpec other) {
    one.where = {};
    other.where = {};
    return one == other;
}

}  // namespace

struct KafkaEgresses::Lane {
    Lane(KafkaEgressSpec of, std::size_t slot, std::function<void(engine::Event)> put)
        : spec(std::move(of)),
          port(spec.id, first_waiter(slot), std::move(put)) {}

    const KafkaEgressSpec spec;
    EngineStreamPort port;
    std::unique_ptr<KafkaDelivery> delivery;
    std::thread thread;
    Stage stage = Stage::waiting;
};

KafkaEgresses::KafkaEgresses(const std::vector<KafkaEgressSpec>& specs, Outside outside)
    : outside_(std::move(outside)),
      writer_(writer_name()) {
    SFG_ASSERT(has_room(specs));
    for (const KafkaEgressSpec& spec : specs) {
        add(spec);
    }
}

KafkaEgresses::~KafkaEgresses() {
    stop();
}

bool KafkaEgresses::has_room(const std::vector<KafkaEgressSpec>& next) const {
    return lanes_.size() + next.size() <= kSlotsMax;
}

void KafkaEgresses::add(const KafkaEgressSpec& spec) {
    lanes_.push_back(std::make_unique<Lane>(spec, lanes_.size(), outside_.put));
}

void KafkaEgresses::start(StoreId store) {
    store_name_ = hex(static_cast<std::uint64_t>(store));
    begin_waiting();
}

void KafkaEgresses::begin(std::size_t slot) {
    Lane& lane = *lanes_[slot];
    KafkaDeliveryOptions options;
    options.egress = lane.spec.id.text();
    options.writer = writer_;
    options.commit_interval = lane.spec.commit_interval;
    std::string name =
        "statefun-gateway." + store_name_ + "." + lane.spec.id.ns + "." + lane.spec.id.name;
    auto make = [this, &spec = lane.spec, name]() -> std::unique_ptr<KafkaProducer> {
        return outside_.make_producer ? outside_.make_producer(spec, name, writer_)
                                      : make_rd_producer(spec, {name, name, writer_});
    };
    lane.delivery = std::make_unique<KafkaDelivery>(std::move(options), lane.port, make);
    lane.stage = Stage::running;
    ++running_;
    lane.thread = std::thread([this, delivery = lane.delivery.get(), slot] {
        delivery->run();
        outside_.post([this, slot] { on_ended(slot); });
    });
}

void KafkaEgresses::begin_waiting() {
    for (std::size_t slot = 0; slot < lanes_.size(); ++slot) {
        if (!lanes_[slot] || lanes_[slot]->stage != Stage::waiting) {
            continue;
        }
        const TypeName& id = lanes_[slot]->spec.id;
        bool is_taken = std::ranges::any_of(lanes_, [&id](const auto& lane) {
            return lane && lane->stage != Stage::waiting && lane->spec.id == id;
        });
        if (!is_taken) {
            begin(slot);
        }
    }
}

void KafkaEgresses::rebind(const std::vector<KafkaEgressSpec>& next) {
    std::vector<bool> is_there(next.size());
    for (auto& lane : lanes_) {
        if (!lane || lane->stage == Stage::ending) {
            continue;
        }
        auto same = std::ranges::find_if(next, [&lane](const KafkaEgressSpec& spec) {
            return is_same(lane->spec, spec);
        });
        if (same != next.end()) {
            is_there[static_cast<std::size_t>(same - next.begin())] = true;
        } else if (lane->stage == Stage::waiting) {
            lane.reset();
        } else {
            lane->stage = Stage::ending;
            lane->port.close();
        }
    }
    for (std::size_t i = 0; i < next.size(); ++i) {
        if (!is_there[i]) {
            add(next[i]);
        }
    }
    begin_waiting();
}

void KafkaEgresses::on_ended(std::size_t slot) {
    lanes_[slot]->thread.join();
    lanes_[slot].reset();
    --running_;
    if (!is_stopping_) {
        begin_waiting();
    } else if (running_ == 0) {
        std::exchange(stopped_, {})();
    }
}

void KafkaEgresses::on_answer(WaiterId waiter, engine::Answer answer) {
    std::size_t slot = static_cast<std::uint64_t>(waiter) >> kSlotShift & kSlotMask;
    SFG_ASSERT(slot < lanes_.size());
    if (lanes_[slot]) {
        lanes_[slot]->port.on_answer(waiter, std::move(answer));
    }
}

void KafkaEgresses::begin_stop(std::function<void()> stopped) {
    is_stopping_ = true;
    if (running_ == 0) {
        stopped();
        return;
    }
    stopped_ = std::move(stopped);
    for (auto& lane : lanes_) {
        if (lane) {
            lane->port.close();
        }
    }
}

void KafkaEgresses::stop() {
    is_stopping_ = true;
    for (auto& lane : lanes_) {
        if (lane) {
            lane->port.close();
        }
    }
    for (auto& lane : lanes_) {
        if (lane && lane->thread.joinable()) {
            lane->thread.join();
        }
    }
}

std::vector<std::pair<TypeName, KafkaEgressReport>> KafkaEgresses::reports() const {
    std::vector<std::pair<TypeName, KafkaEgressReport>> reports;
    for (const auto& lane : lanes_) {
        if (lane && lane->stage != Stage::ending) {
            reports.emplace_back(
                lane->spec.id, lane->delivery ? lane->delivery->report() : KafkaEgressReport{}
            );
        }
    }
    return reports;
}

}  // namespace sfg::egress
