#include "tests/support/certificates.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>

namespace sfg::test {
namespace {

struct Free {
    void operator()(BIO* bio) const { BIO_free(bio); }

    void operator()(X509* certificate) const { X509_free(certificate); }

    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

using Bio = std::unique_ptr<BIO, Free>;
using Certificate = std::unique_ptr<X509, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;

Bio bio_of(const std::string& text) {
    return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string text_of(BIO* bio) {
    char* data = nullptr;
    long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

Key parse_key(const std::string& text) {
    return Key(PEM_read_bio_PrivateKey(bio_of(text).get(), nullptr, nullptr, nullptr));
}

Key new_key() {
    EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nullptr);
    EVP_PKEY* key = nullptr;
    if (EVP_PKEY_keygen_init(context) != 1 ||
        EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) != 1 ||
        EVP_PKEY_keygen(context, &key) != 1) {
        throw std::runtime_error("no key could be made");
    }
    EVP_PKEY_CTX_free(context);
    return Key(key);
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    if (extension == nullptr) {
        throw std::runtime_error("no such extension: " + value);
    }
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

}  // namespace

KeyPair make_certificate(const CertificateRequest& request, const KeyPair* issuer) {
    static long serial = 1;
    Key key = new_key();
    Certificate made(X509_new());
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), request.begins.count() * 3600);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), request.ends.count() * 3600);
    X509_set_pubkey(made.get(), key.get());
    X509_NAME* name = X509_get_subject_name(made.get());
    const auto* common = reinterpret_cast<const unsigned char*>(request.name.c_str());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, common, -1, -1, 0);
    Certificate parent;
    Key parent_key;
    if (issuer != nullptr) {
        parent.reset(PEM_read_bio_X509(bio_of(issuer->certificate).get(), nullptr, nullptr, nullptr)
        );
        parent_key = parse_key(issuer->key);
    }
    X509* signer = parent ? parent.get() : made.get();
    X509_set_issuer_name(made.get(), X509_get_subject_name(signer));
    if (request.is_authority) {
        add_extension(made.get(), signer, NID_basic_constraints, "critical,CA:TRUE");
    }
    std::string names;
    for (const std::string& one : request.names) {
        names += (names.empty() ? "" : ",") + one;
    }
    if (!names.empty()) {
        add_extension(made.get(), signer, NID_subject_alt_name, names);
    }
    X509_sign(made.get(), parent ? parent_key.get() : key.get(), EVP_sha256());

    Bio certificate_text(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(certificate_text.get(), made.get());
    Bio key_text(BIO_new(BIO_s_mem()));
    PEM_write_bio_PKCS8PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return {text_of(certificate_text.get()), text_of(key_text.get())};
}

std::string encrypt_key(const std::string& key, const std::string& password) {
    Bio text(BIO_new(BIO_s_mem()));
    PEM_write_bio_PKCS8PrivateKey(
        text.get(),
        parse_key(key).get(),
        EVP_aes_256_cbc(),
        password.data(),
        static_cast<int>(password.size()),
        nullptr,
        nullptr
    );
    return text_of(text.get());
}

}  // namespace sfg::test
