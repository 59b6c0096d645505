#include "gateway/functions/tls_pem.h"

#include "gateway/functions/tls_text.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace sfg::functions {
namespace {

struct Free {
    void operator()(BIO* bio) const { BIO_free(bio); }
};

using Bio = std::unique_ptr<BIO, Free>;

Bio bio_of(const std::string& text) {
    return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
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

TlsPrivateKey try_key(const std::string& pem, Password& password) {
    ERR_clear_error();
    return TlsPrivateKey(
        PEM_read_bio_PrivateKey(bio_of(pem).get(), nullptr, give_password, &password)
    );
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

}  // namespace

Result<std::vector<TlsCertificate>, TlsProblem>
read_certificates(const TlsPlace& place, const std::string& text) {
    std::vector<TlsCertificate> found;
    Bio bio = bio_of(text);
    ERR_clear_error();
    while (TlsCertificate next{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
        found.push_back(std::move(next));
    }
    unsigned long error = ERR_peek_last_error();
    bool is_end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
    std::string reason = last_tls_error();
    if (!is_end) {
        std::string number = std::to_string(found.size() + 1);
        return TlsProblem{place, "certificate " + number + " can't be read: " + reason};
    }
    if (found.empty()) {
        return TlsProblem{place, "holds no PEM certificate"};
    }
    return found;
}

Result<TlsKey, TlsProblem> read_key(const TlsPlace& place, const TlsTexts& texts) {
    const std::string& pem = *texts.client_key;
    std::string_view whole;
    if (texts.client_key_password) {
        whole = *texts.client_key_password;
    }
    Password password{whole};
    TlsKey found;
    found.key = try_key(pem, password);
    if (!found.key && password.was_asked && without_line_end(whole) != whole) {
        password.text = without_line_end(whole);
        found.key = try_key(pem, password);
    }
    std::string reason = last_tls_error();
    found.is_encrypted = password.was_asked;
    if (found.key) {
        return found;
    }
    if (!password.was_asked) {
        return TlsProblem{place, "holds no PEM private key that can be read: " + reason};
    }
    if (!texts.client_key_password) {
        return TlsProblem{place, "is encrypted; name the file with its client_key_password"};
    }
    TlsProblem problem{place, "the content of client_key_password does not open it: " + reason};
    problem.key = "client_key_password";
    return problem;
}

}  // namespace sfg::functions
