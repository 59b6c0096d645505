#include "gateway/functions/tls_check.h"

#include "gateway/functions/tls_context.h"
#include "gateway/functions/tls_pem.h"
#include "gateway/functions/tls_text.h"

#include <optional>
#include <string>
#include <utility>

namespace sfg::functions {
namespace {

bool is_valid_now(X509* certificate) {
    return X509_cmp_current_time(X509_get0_notBefore(certificate)) < 0 &&
           X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0;
}

// One warning for a file, however many certificates of it have ended.
void check_dates(const TlsPlace& place, const std::string& text, std::vector<TlsRemark>& remarks) {
    auto certificates = read_certificates(place, text);
    if (certificates.has_error()) {
        return;  // Told already.
    }
    std::size_t others = 0;
    std::string first;
    for (const TlsCertificate& one : *certificates) {
        if (is_valid_now(one.get())) {
            continue;
        }
        if (first.empty()) {
            first = "the certificate '" + subject_of(one.get()) + "' in " + place.path +
                    " is not valid now, only " + validity_of(one.get());
        } else {
            ++others;
        }
    }
    if (!first.empty()) {
        first += others == 0 ? "" : "; so are " + std::to_string(others) + " more in this file";
        remarks.push_back({Severity::warning, place.key, std::move(first)});
    }
}

void add_error(TlsProblem problem, std::vector<TlsRemark>& remarks) {
    remarks.push_back({Severity::error, std::move(problem.key), std::move(problem.reason)});
}

// What stands in files that can be used; of others, why not.
std::optional<TlsTexts> usable(const TlsFiles& files, std::vector<TlsRemark>& remarks) {
    auto texts = read_tls_files(files);
    if (texts.has_error()) {
        add_error(texts.error(), remarks);
        return std::nullopt;
    }
    auto made = TlsContext::make(files, *texts);
    if (made.has_error()) {
        add_error(made.error(), remarks);
        return std::nullopt;
    }
    return *std::move(texts);
}

void check_trust(const TlsFiles& files, std::vector<TlsRemark>& remarks) {
    TlsFiles alone;
    alone.trust_cacerts = files.trust_cacerts;
    if (auto texts = usable(alone, remarks)) {
        check_dates({"trust_cacerts", *alone.trust_cacerts}, *texts->trust_cacerts, remarks);
    }
}

void check_client(const TlsFiles& files, std::vector<TlsRemark>& remarks) {
    TlsFiles alone = files;
    alone.trust_cacerts.reset();
    auto texts = usable(alone, remarks);
    if (!texts) {
        return;
    }
    check_dates({"client_cert", *alone.client_cert}, *texts->client_cert, remarks);
    auto key = read_key({"client_key", *alone.client_key}, *texts);
    if (alone.client_key_password && key.has_value() && !key->is_encrypted) {
        remarks.push_back(
            {Severity::warning,
             "client_key_password",
             "is not needed: " + *alone.client_key + " is not encrypted"}
        );
    }
}

}  // namespace

std::vector<TlsRemark> check_tls(const TlsFiles& files) {
    std::vector<TlsRemark> remarks;
    if (files.trust_cacerts) {
        check_trust(files, remarks);
    }
    if (files.client_cert && files.client_key) {
        check_client(files, remarks);
    }
    return remarks;
}

}  // namespace sfg::functions
