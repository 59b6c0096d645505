#include "protocol/kafka_known.h"

#include <algorithm>
#include <array>

namespace sfg::kafka {
namespace {

constexpr std::string_view kPartitioners =
    "random consistent consistent_random murmur2 murmur2_random fnv1a fnv1a_random";

// In the order of librdkafka's own list.
constexpr std::array<Known, 106> kKnown{{
    {"client.id", Side::both},
    {"message.max.bytes", Side::both, ValueKind::whole, 1'000, 1'000'000'000},
    {"message.copy.max.bytes", Side::both, ValueKind::whole, 0, 1'000'000'000},
    {"receive.message.max.bytes", Side::both, ValueKind::whole, 1'000, 2'147'483'647},
    {"max.in.flight.requests.per.connection", Side::both, ValueKind::whole, 1, 1'000'000},
    {"max.in.flight", Side::both, ValueKind::whole, 1, 1'000'000},
    {"topic.metadata.refresh.interval.ms", Side::both, ValueKind::whole, -1, 3'600'000},
    {"metadata.max.age.ms", Side::both, ValueKind::whole, 1, 86'400'000},
    {"topic.metadata.refresh.fast.interval.ms", Side::both, ValueKind::whole, 1, 60'000},
    {"topic.metadata.refresh.sparse", Side::both, ValueKind::boolean},
    {"topic.metadata.propagation.max.ms", Side::both, ValueKind::whole, 0, 3'600'000},
    {"debug", Side::both},
    {"socket.timeout.ms", Side::both, ValueKind::whole, 10, 300'000},
    {"socket.send.buffer.bytes", Side::both, ValueKind::whole, 0, 100'000'000},
    {"socket.receive.buffer.bytes", Side::both, ValueKind::whole, 0, 100'000'000},
    {"socket.keepalive.enable", Side::both, ValueKind::boolean},
    {"socket.nagle.disable", Side::both, ValueKind::boolean},
    {"socket.max.fails", Side::both, ValueKind::whole, 0, 1'000'000},
    {"broker.address.ttl", Side::both, ValueKind::whole, 0, 86'400'000},
    {"broker.address.family", Side::both, ValueKind::word, 0, 0, "any v4 v6"},
    {"socket.connection.setup.timeout.ms", Side::both, ValueKind::whole, 1'000, 2'147'483'647},
    {"connections.max.idle.ms", Side::both, ValueKind::whole, 0, 2'147'483'647},
    {"reconnect.backoff.ms", Side::both, ValueKind::whole, 0, 3'600'000},
    {"reconnect.backoff.max.ms", Side::both, ValueKind::whole, 0, 3'600'000},
    {"log_level", Side::both, ValueKind::whole, 0, 7},
    {"log.thread.name", Side::both, ValueKind::boolean},
    {"log.connection.close", Side::both, ValueKind::boolean},
    {"api.version.request", Side::both, ValueKind::boolean},
    {"api.version.request.timeout.ms", Side::both, ValueKind::whole, 1, 300'000},
    {"api.version.fallback.ms", Side::both, ValueKind::whole, 0, 604'800'000},
    {"broker.version.fallback", Side::both},
    {"allow.auto.create.topics", Side::both, ValueKind::boolean},
    {"security.protocol", Side::both, ValueKind::word, 0, 0, "plaintext ssl sasl_plaintext sasl_ssl"
    },
    {"ssl.cipher.suites", Side::both},
    {"ssl.curves.list", Side::both},
    {"ssl.sigalgs.list", Side::both},
    {"ssl.key.location", Side::both},
    {"ssl.key.password", Side::both},
    {"ssl.key.pem", Side::both},
    {"ssl.certificate.location", Side::both},
    {"ssl.certificate.pem", Side::both},
    {"ssl.ca.location", Side::both},
    {"ssl.ca.pem", Side::both},
    {"ssl.ca.certificate.stores", Side::both},
    {"ssl.crl.location", Side::both},
    {"ssl.keystore.location", Side::both},
    {"ssl.keystore.password", Side::both},
    {"ssl.providers", Side::both},
    {"ssl.engine.location", Side::both},
    {"ssl.engine.id", Side::both},
    {"enable.ssl.certificate.verification", Side::both, ValueKind::boolean},
    {"ssl.endpoint.identification.algorithm", Side::both, ValueKind::word, 0, 0, "none https"},
    {"sasl.mechanisms", Side::both},
    {"sasl.mechanism", Side::both},
    {"sasl.kerberos.service.name", Side::both},
    {"sasl.kerberos.principal", Side::both},
    {"sasl.kerberos.kinit.cmd", Side::both},
    {"sasl.kerberos.keytab", Side::both},
    {"sasl.kerberos.min.time.before.relogin", Side::both, ValueKind::whole, 0, 86'400'000},
    {"sasl.username", Side::both},
    {"sasl.password", Side::both},
    {"sasl.oauthbearer.config", Side::both},
    {"enable.sasl.oauthbearer.unsecure.jwt", Side::both, ValueKind::boolean},
    {"sasl.oauthbearer.method", Side::both, ValueKind::word, 0, 0, "default oidc"},
    {"sasl.oauthbearer.client.id", Side::both},
    {"sasl.oauthbearer.client.secret", Side::both},
    {"sasl.oauthbearer.scope", Side::both},
    {"sasl.oauthbearer.extensions", Side::both},
    {"sasl.oauthbearer.token.endpoint.url", Side::both},
    {"session.timeout.ms", Side::consumer, ValueKind::whole, 1, 3'600'000},
    {"heartbeat.interval.ms", Side::consumer, ValueKind::whole, 1, 3'600'000},
    {"coordinator.query.interval.ms", Side::consumer, ValueKind::whole, 1, 3'600'000},
    {"max.poll.interval.ms", Side::consumer, ValueKind::whole, 1, 86'400'000},
    {"queued.min.messages", Side::consumer, ValueKind::whole, 1, 10'000'000},
    {"queued.max.messages.kbytes", Side::consumer, ValueKind::whole, 1, 2'097'151},
    {"fetch.wait.max.ms", Side::consumer, ValueKind::whole, 0, 300'000},
    {"fetch.message.max.bytes", Side::consumer, ValueKind::whole, 1, 1'000'000'000},
    {"max.partition.fetch.bytes", Side::consumer, ValueKind::whole, 1, 1'000'000'000},
    {"fetch.max.bytes", Side::consumer, ValueKind::whole, 0, 2'147'483'135},
    {"fetch.min.bytes", Side::consumer, ValueKind::whole, 1, 100'000'000},
    {"fetch.error.backoff.ms", Side::consumer, ValueKind::whole, 0, 300'000},
    {"isolation.level", Side::consumer, ValueKind::word, 0, 0, "read_uncommitted read_committed"},
    {"check.crcs", Side::consumer, ValueKind::boolean},
    {"client.rack", Side::both},
    {"transaction.timeout.ms", Side::producer, ValueKind::whole, 1'000, 2'147'483'647},
    {"enable.idempotence", Side::producer, ValueKind::boolean},
    {"queue.buffering.max.messages", Side::producer, ValueKind::whole, 0, 2'147'483'647},
    {"queue.buffering.max.kbytes", Side::producer, ValueKind::whole, 1, 2'147'483'647},
    {"queue.buffering.max.ms", Side::producer, ValueKind::number, 0, 900'000},
    {"linger.ms", Side::producer, ValueKind::number, 0, 900'000},
    {"message.send.max.retries", Side::producer, ValueKind::whole, 0, 2'147'483'647},
    {"retries", Side::producer, ValueKind::whole, 0, 2'147'483'647},
    {"retry.backoff.ms", Side::producer, ValueKind::whole, 1, 300'000},
    {"queue.buffering.backpressure.threshold", Side::producer, ValueKind::whole, 1, 1'000'000},
    {"compression.codec", Side::producer, ValueKind::word, 0, 0, "none gzip snappy lz4 zstd"},
    {"compression.type", Side::producer, ValueKind::word, 0, 0, "none gzip snappy lz4 zstd"},
    {"batch.num.messages", Side::producer, ValueKind::whole, 1, 1'000'000},
    {"batch.size", Side::producer, ValueKind::whole, 1, 2'147'483'647},
    {"sticky.partitioning.linger.ms", Side::producer, ValueKind::whole, 0, 900'000},
    {"request.required.acks", Side::producer, ValueKind::word, 0, 0, "all -1 0 1"},
    {"acks", Side::producer, ValueKind::word, 0, 0, "all -1 0 1"},
    {"request.timeout.ms", Side::producer, ValueKind::whole, 1, 900'000},
    {"message.timeout.ms", Side::producer, ValueKind::whole, 0, 2'147'483'647},
    {"delivery.timeout.ms", Side::producer, ValueKind::whole, 0, 2'147'483'647},
    {"partitioner", Side::producer, ValueKind::word, 0, 0, kPartitioners},
    {"compression.level", Side::producer, ValueKind::whole, -1, 12},
}};

}  // namespace

const Known* find_known(std::string_view name) {
    const auto* found = std::ranges::find(kKnown, name, &Known::name);
    return found == kKnown.end() ? nullptr : found;
}

std::vector<std::string_view> known_names(Side user) {
    std::vector<std::string_view> names;
    for (const Known& each : kKnown) {
        if (is_for(each.side, user)) {
            names.push_back(each.name);
        }
    }
    return names;
}

}  // namespace sfg::kafka
