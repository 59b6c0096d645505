// Certificates: authorities, servers and clients for the tests of TLS, made while they run.
//
// Threads:  pure functions.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace sfg::test {

// PEM texts.
struct KeyPair {
    std::string certificate;
    std::string key;
};

struct CertificateRequest {
    std::string name;                  // The common name.
    std::vector<std::string> names{};  // "DNS:localhost", "IP:127.0.0.1".
    std::chrono::hours begins{-1};     // From now.
    std::chrono::hours ends{24};
    bool is_authority = false;
};

// Signed by `issuer`, or by itself where that is null.
[[nodiscard]] KeyPair make_certificate(const CertificateRequest& request, const KeyPair* issuer);

// The key again, in PKCS#8, encrypted with the password.
[[nodiscard]] std::string encrypt_key(const std::string& key, const std::string& password);

}  // namespace sfg::test
