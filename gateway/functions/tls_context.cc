#include "gateway/functions/tls_context.h"

#include "gateway/functions/tls_text.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace sfg::functions {
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

// The certificates of a PEM text, in its order. Other blocks (keys, comments) are passed over.
Result<std::vector<Certificate>, TlsProblem>
read_certificates(const std::string& where, const std::string& text) {
    std::vector<Certificate> found;
    Bio bio = bio_of(text);
    ERR_clear_error();
    while (Certificate next{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
        found.push_back(std::move(next));
    }
    unsigned long error = ERR_peek_last_error();
    bool is_end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
    std::string reason = last_tls_error();
    if (!is_end) {
        std::string number = std::to_string(found.size() + 1);
        return TlsProblem{where, "certificate " + number + " can't be read: " + reason};
    }
    if (found.empty()) {
        return TlsProblem{where, "holds no PEM certificate"};
    }
    return found;
}

// What the callback for a key's password has to say, and whether it was asked at all.
struct Password {
    std::string_view text;
    bool was_asked = false;
};

int give_password(char* out, int size, int /*is_writing*/, void* user) {
    auto* password = static_cast<Password*>(user);
    password->was_asked = true;
    if (password->text.size() > static_cast<std::size_t>(size)) {
        return -1;
    }
    std::copy(password->text.begin(), password->text.end(), out);
    return static_cast<int>(password->text.size());
}

Key try_key(const std::string& pem, Password& password) {
    ERR_clear_error();
    return Key(PEM_read_bio_PrivateKey(bio_of(pem).get(), nullptr, give_password, &password));
}

std::string_view without_line_end(std::string_view text) {
    if (text.ends_with('\n')) {
        text.remove_suffix(1);
        if (text.ends_with('\r')) {
            text.remove_suffix(1);
        }
    }
    return text;
}

Result<Key, TlsProblem> read_key(const std::string& where, const TlsTexts& texts) {
    const std::string& pem = *texts.client_key;
    std::string_view whole;
    if (texts.client_key_password) {
        whole = *texts.client_key_password;
    }
    Password password{whole};
    Key key = try_key(pem, password);
    if (!key && password.was_asked && without_line_end(whole) != whole) {
        password.text = without_line_end(whole);
        key = try_key(pem, password);
    }
    std::string reason = last_tls_error();
    if (key) {
        return key;
    }
    if (!password.was_asked) {
        return TlsProblem{where, "holds no PEM private key that can be read: " + reason};
    }
    if (!texts.client_key_password) {
        return TlsProblem{where, "is encrypted; name the file with its client_key_password"};
    }
    return TlsProblem{where, "the content of client_key_password does not open it: " + reason};
}

Result<void, TlsProblem>
use_trust(SSL_CTX* context, const std::string& where, const std::string& text) {
    auto certificates = read_certificates(where, text);
    if (certificates.has_error()) {
        return certificates.error();
    }
    X509_STORE* store = SSL_CTX_get_cert_store(context);
    for (const Certificate& one : *certificates) {
        X509_STORE_add_cert(store, one.get());
    }
    // An intermediate authority that is trusted needs no root: naming it is what was meant.
    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
    return {};
}

// Uses the first certificate as ours and sends the others along. What ours is, for messages.
Result<std::string, TlsProblem>
use_client(SSL_CTX* context, const TlsFiles& files, const TlsTexts& texts) {
    const std::string cert_where = "client_cert " + *files.client_cert;
    const std::string key_where = "client_key " + *files.client_key;
    auto chain = read_certificates(cert_where, *texts.client_cert);
    if (chain.has_error()) {
        return chain.error();
    }
    auto key = read_key(key_where, texts);
    if (key.has_error()) {
        return key.error();
    }
    X509* ours = chain->front().get();
    if (X509_check_private_key(ours, key->get()) != 1) {
        ERR_clear_error();
        return TlsProblem{key_where, "is not the key of " + cert_where};
    }
    bool is_used = SSL_CTX_use_certificate(context, ours) == 1 &&
                   SSL_CTX_use_PrivateKey(context, key->get()) == 1;
    for (std::size_t i = 1; is_used && i < chain->size(); ++i) {
        is_used = SSL_CTX_add1_chain_cert(context, (*chain)[i].get()) == 1;
    }
    if (!is_used) {
        return TlsProblem{cert_where, "can't be used: " + last_tls_error()};
    }
    return "'" + subject_of(ours) + "' (client_cert, valid " + validity_of(ours) + ")";
}

}  // namespace

Result<std::shared_ptr<const TlsContext>, TlsProblem>
TlsContext::make(const TlsFiles& files, const TlsTexts& texts) {
    static constexpr std::array<unsigned char, 9> kProtocols{
        8, 'h', 't', 't', 'p', '/', '1', '.', '1'
    };
    std::shared_ptr<TlsContext> made(new TlsContext());
    made->context_.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX* context = made->context_.get();
    if (context == nullptr) {
        return TlsProblem{"OpenSSL", last_tls_error()};
    }
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_protos(context, kProtocols.data(), kProtocols.size());
    made->trust_ = "the system's trust store";
    if (texts.trust_cacerts) {
        made->trust_ = "trust_cacerts " + *files.trust_cacerts;
        auto used = use_trust(context, made->trust_, *texts.trust_cacerts);
        if (used.has_error()) {
            return used.error();
        }
    } else if (SSL_CTX_set_default_verify_paths(context) != 1) {
        return TlsProblem{made->trust_, last_tls_error()};
    }
    if (texts.client_cert && texts.client_key) {
        auto client = use_client(context, files, texts);
        if (client.has_error()) {
            return client.error();
        }
        made->client_ = *std::move(client);
    }
    return std::shared_ptr<const TlsContext>(std::move(made));
}

}  // namespace sfg::functions
