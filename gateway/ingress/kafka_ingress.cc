#include "gateway/ingress/kafka_ingress.h"

#include "gateway/ingress/kafka_rd_consumer.h"
#include "gateway/ingress/source_port.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <string>

namespace sfg::ingress {

namespace {

// Kafka's client looks for partitions as often as it looks for anything new: -1 is never.
void apply_refresh(const KafkaIngressSpec& spec, KafkaReadingOptions& options) {
    auto found = std::ranges::find(
        spec.properties, "topic.metadata.refresh.interval.ms", &KafkaProperty::name
    );
    if (found == spec.properties.end()) {
        return;
    }
    std::int64_t ms = 0;
    const std::string& text = found->value;
    auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
    if (error == std::errc{} && ms < 0) {
        options.refresh.reset();
    } else if (error == std::errc{}) {
        options.refresh = std::max(std::chrono::milliseconds(ms), std::chrono::milliseconds(100));
    }
}

}  // namespace

class KafkaIngresses::Reader {
public:
    Reader(
        const KafkaIngressSpec& spec,
        WaiterId first,
        KafkaReadingOptions options,
        const Outside& outside
    )
        : port_(spec.id, first, outside.put),
          reading_(spec, std::move(options), port_, [&spec, &outside] {
              return outside.make_consumer ? outside.make_consumer(spec) : make_rd_consumer(spec);
          }) {}

    void run() { reading_.run(); }

    void close() { port_.close(); }

    void on_answer(WaiterId waiter, engine::Answer answer) {
        port_.on_answer(waiter, std::move(answer));
    }

    [[nodiscard]] KafkaIngressReport report() const { return reading_.report(); }

    [[nodiscard]] bool has_given_up() const { return report().has_given_up; }

private:
    EngineSourcePort port_;
    KafkaReading reading_;
};

KafkaIngresses::KafkaIngresses(const std::vector<KafkaIngressSpec>& specs, Outside outside)
    : outside_(std::move(outside)),
      lanes_(
          kKafkaIngressSpace,
          specs,
          {outside_.post,
           [this](const KafkaIngressSpec& spec, WaiterId first) {
               return make(spec, first);
           }}
      ) {}

KafkaIngresses::~KafkaIngresses() = default;

std::unique_ptr<KafkaIngresses::Reader>
KafkaIngresses::make(const KafkaIngressSpec& spec, WaiterId first) {
    KafkaReadingOptions options;
    options.rules = {
        outside_.partitions, outside_.value_bytes_max, spec.id_header, spec.type_header
    };
    apply_refresh(spec, options);
    return std::make_unique<Reader>(spec, first, std::move(options), outside_);
}

void KafkaIngresses::start() {
    lanes_.start();
}

bool KafkaIngresses::has_room(const std::vector<KafkaIngressSpec>& next) const {
    return lanes_.has_room(next);
}

void KafkaIngresses::rebind(const std::vector<KafkaIngressSpec>& next) {
    lanes_.rebind(next);
}

void KafkaIngresses::on_answer(WaiterId waiter, engine::Answer answer) {
    lanes_.on_answer(waiter, std::move(answer));
}

void KafkaIngresses::begin_stop(std::function<void()> stopped) {
    lanes_.begin_stop(std::move(stopped));
}

void KafkaIngresses::stop() {
    lanes_.stop();
}

std::vector<std::pair<TypeName, KafkaIngressReport>> KafkaIngresses::reports() const {
    std::vector<std::pair<TypeName, KafkaIngressReport>> reports;
    lanes_.for_each([&reports](const KafkaIngressSpec& spec, const Reader* reader) {
        reports.emplace_back(spec.id, reader == nullptr ? KafkaIngressReport{} : reader->report());
    });
    return reports;
}

}  // namespace sfg::ingress
