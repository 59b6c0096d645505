// What becomes of settings that librdkafka has not, or that the gateway decides itself.
#include "protocol/kafka_known.h"

#include <algorithm>
#include <array>

namespace sfg::kafka {
namespace {

using enum Treatment;

constexpr std::string_view kPositions =
    "positions are kept in the data directory, in the commit of the messages that they brought";
constexpr std::string_view kByHand = "partitions are assigned by the gateway, not by the group";
constexpr std::string_view kOurs = "the gateway decides this itself";
constexpr std::string_view kBytes = "keys and values are bytes here";
constexpr std::string_view kMetrics = "the gateway has metrics of its own";
constexpr std::string_view kBounded = "what waits is bounded by the gateway and kept on disk";
constexpr std::string_view kNoLimit = "librdkafka has no such limit";
constexpr std::string_view kOpenSsl = "TLS is OpenSSL's here, which agrees on 1.2 or later";
constexpr std::string_view kNoTopics = "topics are those of the spec";
constexpr std::string_view kNoJavaClass = "a Java class can't be loaded here";
constexpr std::string_view kLogin =
    "a login class of Java can't be loaded here; use sasl.mechanism with sasl.username and "
    "sasl.password, or sasl.oauthbearer.method: oidc";
constexpr std::string_view kProvider =
    "a security provider of Java can't be loaded here; use PEM files: ssl.ca.location, "
    "ssl.certificate.location, ssl.key.location";

constexpr std::array<Foreign, 73> kForeign{{
    // Other names for the same thing.
    {"max.request.size", Side::producer, rename, "message.max.bytes"},
    {"fetch.max.wait.ms", Side::consumer, rename, "fetch.wait.max.ms"},
    {"metadata.max.age.ms", Side::both, rename, "topic.metadata.refresh.interval.ms"},
    {"flink.partition-discovery.interval-millis",
     Side::consumer,
     rename,
     "topic.metadata.refresh.interval.ms"},
    {"partition.discovery.interval.ms", Side::consumer, rename, "topic.metadata.refresh.interval.ms"
    },
    {"send.buffer.bytes", Side::both, rename, "socket.send.buffer.bytes"},
    {"receive.buffer.bytes", Side::both, rename, "socket.receive.buffer.bytes"},
    {"request.timeout.ms", Side::consumer, rename, "socket.timeout.ms"},
    {"retry.backoff.ms", Side::consumer, rename, "fetch.error.backoff.ms"},
    {"ssl.truststore.certificates", Side::both, rename, "ssl.ca.pem"},
    {"ssl.keystore.certificate.chain", Side::both, rename, "ssl.certificate.pem"},
    {"ssl.keystore.key", Side::both, rename, "ssl.key.pem"},
    {"sasl.oauthbearer.token.endpoint.uri",
     Side::both,
     rename,
     "sasl.oauthbearer.token.endpoint.url"},

    // What the gateway decides.
    {"enable.auto.commit", Side::consumer, ignore, kPositions},
    {"auto.commit.enable", Side::consumer, ignore, kPositions},
    {"auto.commit.interval.ms", Side::consumer, ignore, kPositions},
    {"enable.auto.offset.store", Side::consumer, ignore, kPositions},
    {"offset.store.method", Side::consumer, ignore, kPositions},
    {"auto.offset.reset", Side::consumer, ignore, "autoOffsetResetPosition decides, or its default"
    },
    {"enable.partition.eof", Side::consumer, ignore, kOurs},
    {"group.instance.id", Side::consumer, ignore, kByHand},
    {"group.protocol", Side::consumer, ignore, kByHand},
    {"group.protocol.type", Side::consumer, ignore, kByHand},
    {"group.remote.assignor", Side::consumer, ignore, kByHand},
    {"partition.assignment.strategy", Side::consumer, ignore, kByHand},
    {"transactional.id", Side::producer, ignore, "the gateway gives each producer its own"},
    {"queuing.strategy", Side::producer, ignore, "records leave in their order"},
    {"delivery.report.only.error", Side::producer, ignore, kOurs},
    {"produce.offset.report", Side::producer, ignore, kOurs},
    {"enable.gapless.guarantee", Side::producer, ignore, kOurs},
    {"statistics.interval.ms", Side::both, ignore, kMetrics},

    // What has no counterpart, and needs none.
    {"key.deserializer", Side::consumer, ignore, kBytes},
    {"value.deserializer", Side::consumer, ignore, kBytes},
    {"key.serializer", Side::producer, ignore, kBytes},
    {"value.serializer", Side::producer, ignore, kBytes},
    {"max.poll.records", Side::consumer, ignore, "records are taken one by one, as there is room"},
    {"exclude.internal.topics", Side::consumer, ignore, kNoTopics},
    {"default.api.timeout.ms", Side::consumer, ignore, kNoLimit},
    {"flink.poll-timeout", Side::consumer, ignore, kOurs},
    {"flink.disable-metrics", Side::both, ignore, kMetrics},
    {"register.consumer.metrics", Side::consumer, ignore, kMetrics},
    {"buffer.memory", Side::producer, ignore, kBounded},
    {"max.block.ms", Side::producer, ignore, kBounded},
    {"metadata.max.idle.ms", Side::producer, ignore, kNoLimit},
    {"partitioner.adaptive.partitioning.enable",
     Side::producer,
     ignore,
     "records without a key go to partitions in turn"},
    {"partitioner.availability.timeout.ms",
     Side::producer,
     ignore,
     "records without a key go to partitions in turn"},
    {"compression.gzip.level", Side::producer, ignore, "compression.level holds for any type"},
    {"compression.lz4.level", Side::producer, ignore, "compression.level holds for any type"},
    {"compression.zstd.level", Side::producer, ignore, "compression.level holds for any type"},
    {"client.dns.lookup", Side::both, ignore, "all addresses of a name are tried"},
    {"retry.backoff.max.ms", Side::both, ignore, kNoLimit},
    {"socket.connection.setup.timeout.max.ms", Side::both, ignore, kNoLimit},
    {"metric.reporters", Side::both, ignore, kMetrics},
    {"metrics.num.samples", Side::both, ignore, kMetrics},
    {"metrics.recording.level", Side::both, ignore, kMetrics},
    {"metrics.sample.window.ms", Side::both, ignore, kMetrics},
    {"auto.include.jmx.reporter", Side::both, ignore, kMetrics},
    {"enable.metrics.push", Side::both, ignore, kMetrics},
    {"ssl.protocol", Side::both, ignore, kOpenSsl},
    {"ssl.enabled.protocols", Side::both, ignore, kOpenSsl},
    {"ssl.keymanager.algorithm", Side::both, ignore, kOpenSsl},
    {"ssl.trustmanager.algorithm", Side::both, ignore, kOpenSsl},
    {"ssl.secure.random.implementation", Side::both, ignore, kOpenSsl},

    // What would silently be something else.
    {"interceptor.classes", Side::both, refuse, kNoJavaClass},
    {"partitioner.ignore.keys",
     Side::producer,
     refuse,
     "use librdkafka's partitioner: random, which ignores keys"},
    {"plugin.library.paths", Side::both, refuse, "the gateway loads no code"},
    {"security.providers", Side::both, refuse, kProvider},
    {"ssl.provider", Side::both, refuse, kProvider},
    {"ssl.engine.factory.class", Side::both, refuse, kProvider},
    {"sasl.client.callback.handler.class", Side::both, refuse, kLogin},
    {"sasl.login.callback.handler.class", Side::both, refuse, kLogin},
    {"sasl.login.class", Side::both, refuse, kLogin},
    {"sasl.server.callback.handler.class", Side::both, refuse, kLogin},
}};

}  // namespace

const Foreign* find_foreign(std::string_view name, Side user) {
    const auto* found = std::ranges::find_if(kForeign, [&](const Foreign& each) {
        return each.name == name && is_for(each.side, user);
    });
    return found == kForeign.end() ? nullptr : found;
}

std::vector<std::string_view> foreign_names(Side user) {
    std::vector<std::string_view> names;
    for (const Foreign& each : kForeign) {
        if (is_for(each.side, user)) {
            names.push_back(each.name);
        }
    }
    return names;
}

}  // namespace sfg::kafka
