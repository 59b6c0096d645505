#include "gateway/cli/validate.h"

#include "gateway/cli/sentences.h"
#include "gateway/cli/values.h"
#include "protocol/duration.h"
#include "protocol/module_url.h"

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

void print_place(std::ostream& out, const SourceLocation& where) {
    out << "    declared   " << where.file << ":" << where.line << '\n';
}

void print_sentence(std::ostream& out, const std::string& text) {
    out << "    " << text << ".\n";
}

void print_endpoint(std::ostream& out, const EndpointSpec& endpoint) {
    out << endpoint.functions.text() << " -> " << module_reader::shown_url(endpoint.url_template)
        << '\n';
    print_sentence(out, sentence(endpoint));
    out << "    transport  " << text_of(endpoint.transport) << ", connects within "
        << duration_text(endpoint.connect_timeout) << '\n';
    out << "    pool       at most " << endpoint.pool_size << " connections, ";
    if (endpoint.pool_ttl.count() == 0) {
        out << "of any age\n";
    } else {
        out << "each for " << duration_text(endpoint.pool_ttl) << '\n';
    }
    out << "    answer     at most " << size_text(endpoint.payload_bytes_max) << '\n';
    print_tls(out, endpoint.tls);
    print_place(out, endpoint.where);
}

void print_properties(std::ostream& out, const std::vector<KafkaProperty>& properties) {
    for (const KafkaProperty& each : properties) {
        out << "    " << each.name << " = " << (is_secret_property(each.name) ? "***" : each.value)
            << '\n';
    }
}

void print_ingress(std::ostream& out, const KafkaIngressSpec& ingress) {
    out << "Kafka ingress " << ingress.id.text() << '\n';
    print_sentence(out, sentence(ingress));
    for (const KafkaTopic& topic : ingress.topics) {
        print_sentence(out, sentence(topic));
    }
    print_properties(out, ingress.properties);
    print_place(out, ingress.where);
}

void print_egress(std::ostream& out, const KafkaEgressSpec& egress) {
    out << "Kafka egress " << egress.id.text() << '\n';
    print_sentence(out, sentence(egress));
    print_properties(out, egress.properties);
    print_place(out, egress.where);
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
    for (const KinesisSpec& component : spec.kinesis) {
        out << "Kinesis " << component.id.text() << '\n';
        print_sentence(out, sentence(component));
        print_place(out, component.where);
    }
    if (spec.playground_ingress) {
        out << "playground ingress on port " << spec.playground_ingress->port << '\n';
        print_sentence(out, sentence(*spec.playground_ingress));
    }
    if (spec.playground_egress) {
        out << "playground egress on port " << spec.playground_egress->port << '\n';
        print_sentence(out, sentence(*spec.playground_egress));
    }
}

void print_probes(std::ostream& out, const std::vector<ProbeResult>& results) {
    for (const ProbeResult& result : results) {
        out << word_of(result.outcome) << result.functions << " -> " << result.url << ": "
            << result.what << '\n';
    }
}

}  // namespace sfg::cli
