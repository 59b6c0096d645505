// Certificates and OpenSSL's errors in words.
//
// Threads:  pure functions; last_tls_error() reads and clears its thread's error queue.
#pragma once

#include <openssl/x509.h>

#include <string>

namespace sfg::functions {

// "CN=server, O=Example", in the order of RFC 2253, at most 200 bytes.
[[nodiscard]] std::string subject_of(X509* certificate);
[[nodiscard]] std::string issuer_of(X509* certificate);

// "from 2025-01-01 00:00:00 to 2026-01-01 00:00:00 UTC".
[[nodiscard]] std::string validity_of(X509* certificate);

// Whom the certificate is for: "DNS:a.example, IP:10.0.0.1"; without any such name its subject.
[[nodiscard]] std::string names_of(X509* certificate);

// Inside a verification callback that is told of a failure: what is wrong with which certificate.
// `trust`: the store that was looked in, for people.
[[nodiscard]] std::string
verification_problem(X509_STORE_CTX* store, const std::string& trust, const std::string& host);

// The oldest error that OpenSSL noted on this thread, in its words; the queue is empty afterwards.
[[nodiscard]] std::string last_tls_error();

}  // namespace sfg::functions
