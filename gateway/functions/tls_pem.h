// What stands in the PEM files of an endpoint: certificates and a private key.
//
// Threads:  pure functions; they clear their thread's queue of OpenSSL's errors.
#pragma once

#include "gateway/functions/tls_files.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

namespace sfg::functions {

struct FreeTlsPart {
    void operator()(X509* certificate) const { X509_free(certificate); }

    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

using TlsCertificate = std::unique_ptr<X509, FreeTlsPart>;
using TlsPrivateKey = std::unique_ptr<EVP_PKEY, FreeTlsPart>;

struct TlsKey {
    TlsPrivateKey key;
    bool is_encrypted = false;
};

// The certificates of a text, in its order, at least one. Other blocks (keys, comments) are passed
// over.
[[nodiscard]] Result<std::vector<TlsCertificate>, TlsProblem>
read_certificates(const TlsPlace& place, const std::string& text);

// Of texts.client_key, opened with texts.client_key_password if it is encrypted.
//
// The password is the whole content of its file. Where that is wrong and the file ends with a
// line break, the content without it is tried: most editors put one there.
[[nodiscard]] Result<TlsKey, TlsProblem> read_key(const TlsPlace& place, const TlsTexts& texts);

}  // namespace sfg::functions
