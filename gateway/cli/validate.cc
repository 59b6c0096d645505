#include "gateway/cli/validate.h"

#include "gateway/cli/values.h"
#include "protocol/duration.h"

#include <ostream>
#include <string>

namespace sfg::cli {

namespace {

std::string text_of(TransportKind kind) {
    return kind == TransportKind::async ? "async" : "okhttp";
}

std::string word_of(Probed outcome) {
    switch (outcome) {
        case Probed::reachable:
            return "reachable    ";
        case Probed::unreachable:
            return "unreachable  ";
        case Probed::skipped:
            break;
    }
    return "not probed   ";
}

void print_tls(std::ostream& out, const TlsFiles& tls) {
    if (tls.trust_cacerts) {
        out << "    trusted    " << *tls.trust_cacerts << '\n';
    }
    if (tls.client_cert) {
        out << "    client     " << *tls.client_cert << ", key " << tls.client_key.value_or("none")
            << '\n';
    }
}

void print_endpoint(std::ostream& out, const EndpointSpec& endpoint) {
    out << endpoint.functions.text() << " -> " << endpoint.url_template << '\n';
    out << "    transport  " << text_of(endpoint.transport) << '\n';
    out << "    time-outs  call " << duration_text(endpoint.call_timeout) << ", connect "
        << duration_text(endpoint.connect_timeout) << '\n';
    out << "    batch      ";
    if (endpoint.batch_messages_max == 0) {
        out << "any number of messages\n";
    } else {
        out << "at most " << endpoint.batch_messages_max << " messages\n";
    }
    out << "    pool       at most " << endpoint.pool_size << " connections, ";
    if (endpoint.pool_ttl.count() == 0) {
        out << "of any age\n";
    } else {
        out << "each for " << duration_text(endpoint.pool_ttl) << '\n';
    }
    out << "    answer     at most " << size_text(endpoint.payload_bytes_max) << '\n';
    print_tls(out, endpoint.tls);
    out << "    declared   " << endpoint.where.file << ":" << endpoint.where.line << '\n';
}

void print_properties(std::ostream& out, const std::vector<KafkaProperty>& properties) {
    for (const KafkaProperty& each : properties) {
        out << "    " << each.name << " = " << (is_secret_property(each.name) ? "***" : each.value)
            << '\n';
    }
}

void print_ingress(std::ostream& out, const KafkaIngressSpec& ingress) {
    out << "Kafka ingress " << ingress.id.text() << " from " << ingress.brokers << " as group "
        << ingress.group << ", starts at " << ingress.start.text() << ", else at "
        << text_of(ingress.reset) << '\n';
    for (const KafkaTopic& topic : ingress.topics) {
        out << (topic.match == TopicMatch::name ? "    topic " : "    topics like ") << topic.topic
            << " as " << topic.value_type << " ->";
        for (const TypeName& target : topic.targets) {
            out << ' ' << target.text();
        }
        out << "; invalid records: " << text_of(topic.invalid.action) << '\n';
    }
    print_properties(out, ingress.properties);
}

void print_egress(std::ostream& out, const KafkaEgressSpec& egress) {
    out << "Kafka egress " << egress.id.text() << " to " << egress.brokers << ", "
        << text_of(egress.delivery);
    if (egress.delivery == KafkaDelivery::exactly_once) {
        out << " in transactions of at most " << duration_text(egress.transaction_timeout);
    }
    out << '\n';
    print_properties(out, egress.properties);
}

}  // namespace

void print_bindings(std::ostream& out, const ModuleSpec& spec) {
    if (spec.endpoints.empty()) {
        out << "no endpoint is bound: messages to any function will be refused\n";
    }
    for (const EndpointSpec& endpoint : spec.endpoints) {
        print_endpoint(out, endpoint);
    }
    for (const KafkaIngressSpec& ingress : spec.kafka_ingresses) {
        print_ingress(out, ingress);
    }
    for (const KafkaEgressSpec& egress : spec.kafka_egresses) {
        print_egress(out, egress);
    }
    if (spec.playground_ingress) {
        out << "playground ingress on port " << spec.playground_ingress->port << '\n';
    }
    if (spec.playground_egress) {
        out << "playground egress on port " << spec.playground_egress->port << ", topics:";
        for (const std::string& topic : spec.playground_egress->topics) {
            out << ' ' << topic;
        }
        out << '\n';
    }
}

void print_probes(std::ostream& out, const std::vector<ProbeResult>& results) {
    for (const ProbeResult& result : results) {
        out << word_of(result.outcome) << result.functions << " -> " << result.url << ": "
            << result.what << '\n';
    }
}

}  // namespace sfg::cli
