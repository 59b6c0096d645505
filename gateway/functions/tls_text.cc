#include "gateway/functions/tls_text.h"

#include "gateway/functions/failure.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>
#include <memory>

namespace sfg::functions {
namespace {

constexpr std::size_t kShownNameBytes = 200;
constexpr int kShownNamesMax = 20;

struct FreeBio {
    void operator()(BIO* bio) const { BIO_free(bio); }
};

struct FreeNames {
    void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

std::string name_text(X509_NAME* name) {
    std::unique_ptr<BIO, FreeBio> out(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    char* data = nullptr;
    long size = BIO_get_mem_data(out.get(), &data);
    return printable({data, static_cast<std::size_t>(size)}, kShownNameBytes);
}

std::string time_text(const ASN1_TIME* time) {
    std::tm parts{};
    std::array<char, 32> text{};
    if (ASN1_TIME_to_tm(time, &parts) == 0 ||
        std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts) == 0) {
        return "an unreadable time";
    }
    return text.data();
}

std::string utc_now() {
    std::time_t now = std::time(nullptr);
    std::tm parts{};
    std::array<char, 32> text{};
    gmtime_r(&now, &parts);
    std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
    return text.data();
}

std::string string_text(const ASN1_STRING* text) {
    return printable(
        {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
         static_cast<std::size_t>(ASN1_STRING_length(text))},
        kShownNameBytes
    );
}

std::string address_text(const ASN1_OCTET_STRING* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    int family = ASN1_STRING_length(address) == 4 ? AF_INET : AF_INET6;
    bool is_address = family == AF_INET || ASN1_STRING_length(address) == 16;
    const unsigned char* bytes = ASN1_STRING_get0_data(address);
    if (!is_address || inet_ntop(family, bytes, text.data(), text.size()) == nullptr) {
        return "?";
    }
    return text.data();
}

}  // namespace

std::string subject_of(X509* certificate) {
    return name_text(X509_get_subject_name(certificate));
}

std::string issuer_of(X509* certificate) {
    return name_text(X509_get_issuer_name(certificate));
}

std::string validity_of(X509* certificate) {
    return "from " + time_text(X509_get0_notBefore(certificate)) + " to " +
           time_text(X509_get0_notAfter(certificate)) + " UTC";
}

std::string names_of(X509* certificate) {
    void* found = X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr);
    std::unique_ptr<GENERAL_NAMES, FreeNames> names(static_cast<GENERAL_NAMES*>(found));
    std::string text;
    int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
    for (int i = 0; i < count && i < kShownNamesMax; ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
        std::string one;
        if (name->type == GEN_DNS) {
            one = "DNS:" + string_text(name->d.dNSName);
        } else if (name->type == GEN_IPADD) {
            one = "IP:" + address_text(name->d.iPAddress);
        } else {
            continue;
        }
        text += (text.empty() ? "" : ", ") + one;
    }
    if (text.empty()) {
        return "'" + subject_of(certificate) + "', without subject alternative names";
    }
    return count > kShownNamesMax ? text + ", ..." : text;
}

std::string
verification_problem(X509_STORE_CTX* store, const std::string& trust, const std::string& host) {
    X509* certificate = X509_STORE_CTX_get_current_cert(store);
    int error = X509_STORE_CTX_get_error(store);
    if (certificate == nullptr) {
        return X509_verify_cert_error_string(error);
    }
    std::string whose = "its certificate '" + subject_of(certificate) + "'";
    if (X509_STORE_CTX_get_error_depth(store) > 0) {
        whose = "the authority '" + subject_of(certificate) + "' of its certificate";
    }
    switch (error) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return whose + " has expired: it was valid " + validity_of(certificate) +
                   ", and now is " + utc_now();
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return whose + " is not valid yet: it is valid " + validity_of(certificate) +
                   ", and now is " + utc_now();
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_CERT_UNTRUSTED:
            return whose + " has the issuer '" + issuer_of(certificate) + "', whom " + trust +
                   " does not know";
        case X509_V_ERR_CERT_SIGNATURE_FAILURE:
            return whose + " is not signed by the '" + issuer_of(certificate) + "' that " + trust +
                   " knows";
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "its certificate is for " + names_of(certificate) + ", not for '" + host + "'";
        default:
            return whose + ": " + X509_verify_cert_error_string(error);
    }
}

std::string last_tls_error() {
    unsigned long code = ERR_get_error();
    ERR_clear_error();
    const char* text = code == 0 ? nullptr : ERR_reason_error_string(code);
    return text == nullptr ? "error " + std::to_string(code) + " of OpenSSL" : text;
}

}  // namespace sfg::functions
