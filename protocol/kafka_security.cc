#include "protocol/kafka_security.h"

#include "protocol/kafka_jaas.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace sfg::kafka {
namespace {

constexpr std::string_view kJaas = "sasl.jaas.config";
constexpr std::string_view kCiphers = "ssl.cipher.suites";
constexpr std::array<std::string_view, 8> kNames{
    kJaas,
    kCiphers,
    "ssl.truststore.location",
    "ssl.truststore.password",
    "ssl.truststore.type",
    "ssl.keystore.location",
    "ssl.keystore.password",
    "ssl.keystore.type",
};

std::string upper(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return out;
}

class Security {
public:
    Security(const std::vector<Setting>& settings, Translation& to)
        : settings_(settings),
          to_(to) {}

    void run() {
        trust_store();
        key_store();
        ciphers();
        login();
    }

private:
    // Of a name that is there twice the last counts.
    [[nodiscard]] std::optional<std::size_t> index_of(std::string_view name) const {
        for (std::size_t i = settings_.size(); i > 0; --i) {
            if (settings_[i - 1].name == name) {
                return i - 1;
            }
        }
        return std::nullopt;
    }

    void error(std::size_t at, std::string message) {
        to_.note(at, Severity::error, std::move(message));
    }

    void ignore(std::string_view name, const std::string& why) {
        if (const auto at = index_of(name)) {
            to_.note(*at, Severity::warning, "ignored: " + why);
        }
    }

    // The declared type of a store, or what the end of its name says.
    [[nodiscard]] std::string type_of(std::string_view name, const std::string& location) const {
        if (const auto at = index_of(name)) {
            return upper(settings_[*at].value);
        }
        const bool pkcs12 = location.ends_with(".p12") || location.ends_with(".pfx");
        return pkcs12 ? "PKCS12" : "JKS";
    }

    void trust_store() {
        const auto at = index_of("ssl.truststore.location");
        if (!at) {
            ignore("ssl.truststore.password", "there is no ssl.truststore.location");
            return;
        }
        const std::string& location = settings_[*at].value;
        const std::string type = type_of("ssl.truststore.type", location);
        if (type == "PEM") {
            to_.set("ssl.ca.location", location, *at);
            ignore("ssl.truststore.password", "a PEM file of certificates has none");
            return;
        }
        const std::string how =
            type == "PKCS12"
                ? "openssl pkcs12 -in " + location + " -nokeys -out ca.pem"
                : "keytool -exportcert -rfc -keystore " + location + " -alias ALIAS -file ca.pem";
        error(
            *at,
            "a trust store of type " + type +
                " can't be read here; write its certificates as PEM (" + how +
                ") and set ssl.ca.location: ca.pem"
        );
    }

    void key_store() {
        const auto at = index_of("ssl.keystore.location");
        if (!at) {
            ignore("ssl.keystore.password", "there is no ssl.keystore.location");
            return;
        }
        const std::string& location = settings_[*at].value;
        const std::string type = type_of("ssl.keystore.type", location);
        if (type == "PEM") {
            to_.set("ssl.certificate.location", location, *at);
            to_.set("ssl.key.location", location, *at);
            ignore("ssl.keystore.password", "the password of a PEM key is ssl.key.password");
            return;
        }
        if (type == "PKCS12") {
            to_.set("ssl.keystore.location", location, *at);
            if (const auto password = index_of("ssl.keystore.password")) {
                to_.set("ssl.keystore.password", settings_[*password].value, *password);
            }
            return;
        }
        error(
            *at,
            "a key store of type " + type +
                " can't be read here; convert it (keytool -importkeystore -srckeystore " +
                location +
                " -destkeystore keys.p12 -deststoretype PKCS12) and set ssl.keystore.location: "
                "keys.p12, or use PEM files: ssl.certificate.location, ssl.key.location and "
                "ssl.key.password"
        );
    }

    void ciphers() {
        const auto at = index_of(kCiphers);
        if (!at) {
            return;
        }
        const std::string& suites = settings_[*at].value;
        if (suites.find("_WITH_") != std::string::npos) {
            error(
                *at,
                "these are Java's names; use OpenSSL's, with colons between them: "
                "ECDHE-RSA-AES256-GCM-SHA384 (openssl ciphers -stdname shows both)"
            );
            return;
        }
        to_.set(std::string(kCiphers), suites, *at);
    }

    void login() {
        const auto at = index_of(kJaas);
        if (!at) {
            return;
        }
        const std::optional<JaasLogin> login = parse_jaas(settings_[*at].value);
        if (!login) {
            error(
                *at,
                "not one login as Java reads it; accepted: CLASS required username=\"...\" "
                "password=\"...\"; or set sasl.username and sasl.password instead"
            );
        } else if (login->module.ends_with(".PlainLoginModule")) {
            password(*at, *login);
            if (to_.find("sasl.mechanism") == nullptr && to_.find("sasl.mechanisms") == nullptr) {
                to_.set("sasl.mechanism", "PLAIN", *at);
            }
        } else if (login->module.ends_with(".ScramLoginModule")) {
            password(*at, *login);
            if (to_.find("sasl.mechanism") == nullptr && to_.find("sasl.mechanisms") == nullptr) {
                error(*at, "needs sasl.mechanism: SCRAM-SHA-256 or SCRAM-SHA-512");
            }
        } else if (login->module.ends_with(".Krb5LoginModule")) {
            kerberos(*at, *login);
        } else if (login->module.ends_with(".OAuthBearerLoginModule")) {
            error(
                *at,
                "this login is a class of Java; use sasl.oauthbearer.method: oidc with "
                "sasl.oauthbearer.client.id, sasl.oauthbearer.client.secret and "
                "sasl.oauthbearer.token.endpoint.url"
            );
        } else {
            error(
                *at,
                "the login module " + login->module +
                    " is a class of Java, which can't be loaded here; use sasl.mechanism with "
                    "sasl.username and sasl.password"
            );
        }
    }

    void password(std::size_t at, const JaasLogin& login) {
        const auto user = login.options.find("username");
        const auto password = login.options.find("password");
        if (user == login.options.end() || password == login.options.end()) {
            error(at, "has no username, or no password; set sasl.username and sasl.password");
            return;
        }
        to_.set("sasl.username", user->second, at);
        to_.set("sasl.password", password->second, at);
    }

    void kerberos(std::size_t at, const JaasLogin& login) {
        const auto key_tab = login.options.find("keyTab");
        const auto principal = login.options.find("principal");
        if (key_tab == login.options.end() || principal == login.options.end()) {
            error(
                at,
                "has no keyTab, or no principal; set sasl.kerberos.keytab and "
                "sasl.kerberos.principal"
            );
            return;
        }
        to_.set("sasl.kerberos.keytab", key_tab->second, at);
        to_.set("sasl.kerberos.principal", principal->second, at);
    }

    const std::vector<Setting>& settings_;
    Translation& to_;
};

}  // namespace

bool is_for_security(std::string_view name) {
    return std::ranges::find(kNames, name) != kNames.end();
}

void translate_security(const std::vector<Setting>& settings, Translation& to) {
    Security(settings, to).run();
}

}  // namespace sfg::kafka
