// Settings of Kafka's Java client as librdkafka's.
#include "protocol/kafka_properties.h"

#include "protocol/kafka_jaas.h"

#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <vector>

using sfg::Severity;
using sfg::kafka::Setting;
using sfg::kafka::Side;
using sfg::kafka::Translation;

namespace {

std::map<std::string, std::string> in_force(const Translation& translation) {
    std::map<std::string, std::string> properties;
    for (const auto& each : translation.properties) {
        properties.emplace(each.property.name, each.property.value);
    }
    return properties;
}

using Properties = std::map<std::string, std::string>;

// The properties of settings that nothing is said about.
Properties clean(Side user, const std::vector<Setting>& settings) {
    const Translation translation = sfg::kafka::translate(user, settings);
    for (const auto& note : translation.notes) {
        UNSCOPED_INFO(settings[note.setting].name << ": " << note.message);
    }
    REQUIRE(translation.notes.empty());
    return in_force(translation);
}

// The only note on one setting, which must be of this kind.
std::string note(Side user, const Setting& setting, Severity severity) {
    const Translation translation = sfg::kafka::translate(user, {setting});
    INFO(setting.name << ": " << setting.value);
    REQUIRE(translation.notes.size() == 1);
    CHECK(translation.notes[0].severity == severity);
    return translation.notes[0].message;
}

std::string jaas(const std::string& module, const std::string& options) {
    return "org.apache.kafka.common.security." + module + " required " + options + ";";
}

}  // namespace

TEST_CASE("R58 settings that both clients have are handed over", "[kafka]") {
    CHECK(
        clean(
            Side::consumer,
            {{"fetch.min.bytes", "131072"},
             {"isolation.level", "read_committed"},
             {"client.id", "shop"},
             {"security.protocol", "SASL_SSL"},
             {"max.poll.interval.ms", " 300000 "}}
        ) ==
        Properties{
            {"fetch.min.bytes", "131072"},
            {"isolation.level", "read_committed"},
            {"client.id", "shop"},
            {"security.protocol", "sasl_ssl"},
            {"max.poll.interval.ms", "300000"}
        }
    );
    CHECK(
        clean(
            Side::producer,
            {{"linger.ms", "2.5"}, {"compression.type", "LZ4"}, {"acks", "all"}, {"batch.size", "9"}
            }
        ) ==
        Properties{
            {"linger.ms", "2.5"}, {"compression.type", "lz4"}, {"acks", "all"}, {"batch.size", "9"}
        }
    );
}

TEST_CASE("R58 settings that librdkafka calls otherwise are translated", "[kafka]") {
    CHECK(
        clean(Side::producer, {{"max.request.size", "4194304"}, {"send.buffer.bytes", "65536"}}) ==
        Properties{{"message.max.bytes", "4194304"}, {"socket.send.buffer.bytes", "65536"}}
    );
    CHECK(
        clean(
            Side::consumer,
            {{"fetch.max.wait.ms", "200"},
             {"metadata.max.age.ms", "60000"},
             {"request.timeout.ms", "20000"}}
        ) ==
        Properties{
            {"fetch.wait.max.ms", "200"},
            {"topic.metadata.refresh.interval.ms", "60000"},
            {"socket.timeout.ms", "20000"}
        }
    );
    CHECK(
        clean(
            Side::consumer,
            {{"ssl.truststore.type", "PEM"},
             {"ssl.truststore.location", "ca.pem"},
             {"ssl.keystore.location", "client.p12"},
             {"ssl.keystore.password", "p"},
             {"ssl.endpoint.identification.algorithm", ""}}
        ) ==
        Properties{
            {"ssl.ca.location", "ca.pem"},
            {"ssl.keystore.location", "client.p12"},
            {"ssl.keystore.password", "p"},
            {"ssl.endpoint.identification.algorithm", "none"}
        }
    );
}

TEST_CASE("R58 a login of Java becomes a user and a password", "[kafka]") {
    CHECK(
        clean(
            Side::consumer,
            {{"sasl.jaas.config", jaas("plain.PlainLoginModule", R"(username="u" password="p;\"x")")
            }}
        ) ==
        Properties{{"sasl.mechanism", "PLAIN"}, {"sasl.username", "u"}, {"sasl.password", "p;\"x"}}
    );
    CHECK(clean(
              Side::producer,
              {{"sasl.jaas.config", jaas("scram.ScramLoginModule", "username='u' password=\"\"")},
               {"sasl.mechanism", "SCRAM-SHA-512"}}
    )
              .at("sasl.password")
              .empty());
    CHECK(
        clean(
            Side::consumer,
            {{"sasl.jaas.config",
              "com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true "
              "keyTab=\"/etc/k.tab\" principal=\"shop@EXAMPLE\";"}}
        ) ==
        Properties{
            {"sasl.kerberos.keytab", "/etc/k.tab"}, {"sasl.kerberos.principal", "shop@EXAMPLE"}
        }
    );
}

TEST_CASE("a login that is none is no login", "[kafka]") {
    using sfg::kafka::parse_jaas;
    CHECK(parse_jaas("M required;"));
    CHECK(parse_jaas(" M\nrequired\n a=b\n c='d' ; ")->options.size() == 2);
    for (const char* text :
         {"",
          "M",
          "M required",
          "M required a;",
          "M required a=;",
          "M required a=\"b;",
          "M required a=b; N required;"}) {
        INFO(text);
        CHECK_FALSE(parse_jaas(text));
    }
}

TEST_CASE("R58 security that can't be had is refused, with the way out", "[kafka]") {
    const auto refused = [](const std::string& name, const std::string& value) {
        return note(Side::consumer, {name, value}, Severity::error);
    };
    using Catch::Contains;
    CHECK_THAT(
        refused("ssl.truststore.location", "/etc/t.jks"),
        Contains("keytool -exportcert -rfc -keystore /etc/t.jks") && Contains("ssl.ca.location")
    );
    CHECK_THAT(refused("ssl.truststore.location", "t.p12"), Contains("openssl pkcs12 -in t.p12"));
    CHECK_THAT(refused("ssl.keystore.location", "k.jks"), Contains("-deststoretype PKCS12"));
    CHECK_THAT(
        refused("ssl.cipher.suites", "TLS_RSA_WITH_AES_256_CBC_SHA"), Contains("use OpenSSL's")
    );
    CHECK_THAT(
        refused("sasl.jaas.config", "com.example.Login required;"), Contains("com.example.Login")
    );
    CHECK_THAT(
        refused("sasl.jaas.config", jaas("oauthbearer.OAuthBearerLoginModule", "")),
        Contains("sasl.oauthbearer.method: oidc")
    );
    CHECK_THAT(
        refused("sasl.jaas.config", jaas("scram.ScramLoginModule", "username=u password=p")),
        Contains("needs sasl.mechanism: SCRAM-SHA-256")
    );
    CHECK_THAT(refused("sasl.login.class", "com.example.L"), Contains("can't be loaded here"));
    CHECK_THAT(refused("interceptor.classes", "com.example.I"), Contains("can't be loaded here"));
    CHECK_THAT(refused("security.protocol", "TLS"), Contains("accepted: plaintext, ssl"));
    CHECK_THAT(refused("ssl.ca.locations", "ca.pem"), Contains("meant for security"));
}

TEST_CASE("R58 a partitioner's class is refused but for the default one", "[kafka]") {
    CHECK_THAT(
        note(Side::producer, {"partitioner.class", "com.example.P"}, Severity::error),
        Catch::Contains("partitioner: murmur2_random")
    );
    const std::string own = "org.apache.kafka.clients.producer.internals.DefaultPartitioner";
    CHECK(
        clean(Side::producer, {{"partitioner.class", own}}) ==
        Properties{{"partitioner", "murmur2_random"}}
    );
}

TEST_CASE("R58 what is harmless is ignored with a note", "[kafka]") {
    for (const char* name :
         {"max.poll.records",
          "key.deserializer",
          "enable.auto.commit",
          "auto.offset.reset",
          "partition.assignment.strategy",
          "metric.reporters",
          "client.dns.lookup"}) {
        CHECK_THAT(
            note(Side::consumer, {name, "x"}, Severity::warning), Catch::StartsWith("ignored: ")
        );
    }
    for (const char* name : {"buffer.memory", "value.serializer", "max.block.ms"}) {
        CHECK_THAT(
            note(Side::producer, {name, "x"}, Severity::warning), Catch::StartsWith("ignored: ")
        );
    }
}

TEST_CASE(
    "F11 a producer's setting on an ingress is ignored with a note, and the reverse",
    "[kafka]"
) {
    for (const char* name : {"transaction.timeout.ms", "linger.ms", "max.request.size", "acks"}) {
        CHECK_THAT(
            note(Side::consumer, {name, "7200000"}, Severity::warning),
            Catch::Contains("of producers, not of consumers")
        );
    }
    for (const char* name : {"fetch.min.bytes", "max.poll.records", "group.id"}) {
        CHECK_THAT(
            note(Side::producer, {name, "1"}, Severity::warning),
            Catch::Contains("of consumers, not of producers")
        );
    }
}

TEST_CASE("a number past librdkafka's range is the nearest that it has", "[kafka]") {
    const Translation large = sfg::kafka::translate(
        Side::consumer, {{"metadata.max.age.ms", "86400000"}, {"socket.send.buffer.bytes", "-1"}}
    );
    CHECK(
        in_force(large) ==
        Properties{
            {"topic.metadata.refresh.interval.ms", "3600000"}, {"socket.send.buffer.bytes", "0"}
        }
    );
    CHECK(large.notes.size() == 2);
    CHECK_THAT(
        note(Side::producer, {"linger.ms", "soon"}, Severity::error), Catch::Contains("a number")
    );
    CHECK_THAT(
        note(Side::producer, {"enable.idempotence", "yes"}, Severity::error),
        Catch::Contains("true or false")
    );
}

TEST_CASE("a name that nobody knows brings the nearest one", "[kafka]") {
    const Translation translation = sfg::kafka::translate(Side::producer, {{"linger.mss", "1"}});
    REQUIRE(translation.notes.size() == 1);
    CHECK(translation.notes[0].severity == Severity::warning);
    CHECK(translation.notes[0].suggestion == "linger.ms");
    CHECK(translation.properties.empty());
}

TEST_CASE("of a setting that is there twice the last counts", "[kafka]") {
    const Translation translation =
        sfg::kafka::translate(Side::producer, {{"linger.ms", "1"}, {"linger.ms", "2"}});
    CHECK(in_force(translation) == Properties{{"linger.ms", "2"}});
    REQUIRE(translation.notes.size() == 1);
    CHECK(translation.notes[0].setting == 0);
}
