// The PEM files of an endpoint, read whole.
//
// Threads:  any; blocking. While the loop runs, on a helper.
// Limits:   kTlsFileBytesMax per file.
#pragma once

#include "protocol/limits.h"
#include "protocol/module_spec.h"
#include "protocol/result.h"

#include <cstddef>
#include <optional>
#include <string>

namespace sfg::functions {

// A bundle of all authorities that browsers know has 0.3 MB.
inline constexpr std::size_t kTlsFileBytesMax = 4 * kMiB;

// What the files of TlsFiles hold. Absent: the file was not named.
struct TlsTexts {
    std::optional<std::string> trust_cacerts;
    std::optional<std::string> client_cert;
    std::optional<std::string> client_key;
    std::optional<std::string> client_key_password;

    friend bool operator==(const TlsTexts&, const TlsTexts&) = default;
};

// Where a problem is: the key of module.yaml (or none), and the path that stands there.
struct TlsPlace {
    std::string key;
    std::string path;

    [[nodiscard]] std::string text() const { return key.empty() ? path : key + " " + path; }
};

struct TlsProblem {
    TlsProblem() = default;

    TlsProblem(const TlsPlace& place, const std::string& what)
        : key(place.key),
          reason(place.text() + ": " + what) {}

    std::string key;     // Of module.yaml.
    std::string reason;  // Names the key and the file.

    friend bool operator==(const TlsProblem&, const TlsProblem&) = default;
};

[[nodiscard]] Result<TlsTexts, TlsProblem> read_tls_files(const TlsFiles& files);

[[nodiscard]] inline bool names_files(const TlsFiles& files) {
    return files.trust_cacerts || files.client_cert || files.client_key ||
           files.client_key_password;
}

}  // namespace sfg::functions
