#include "gateway/cli/not_served.h"

namespace sfg::cli {

namespace {

template <typename Spec>
void add(std::vector<std::string>& lines, const std::vector<Spec>& specs, const char* what) {
    for (const Spec& spec : specs) {
        lines.push_back(
            spec.where.file + ":" + std::to_string(spec.where.line) + ": " + what + " " +
            spec.id.text() + ": this kind comes with a later version of the gateway"
        );
    }
}

}  // namespace

std::vector<std::string> not_served(const ModuleSpec& spec) {
    std::vector<std::string> lines;
    add(lines, spec.kafka_ingresses, "Kafka ingress");
    return lines;
}

}  // namespace sfg::cli
