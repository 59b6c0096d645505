// What `validate` says about TLS files: all that would fail or end soon, before anybody is called.
//
// Threads:  blocking; reads and parses the files.
#pragma once

#include "protocol/module_spec.h"

#include <vector>

namespace sfg::functions {

// Errors: a file that can't be read or parsed, a key of another certificate, a password that does
// not open the key. Warnings: certificates that are not valid now, a password that nothing needs.
[[nodiscard]] std::vector<TlsRemark> check_tls(const TlsFiles& files);

}  // namespace sfg::functions
