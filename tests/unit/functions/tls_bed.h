// TlsBed: an authority, a server's certificate and a client's, as texts and as files.
//
// Threads:  the test's.
// Lifetime: its files go with it.
#pragma once

#include "protocol/module_spec.h"
#include "tests/support/certificates.h"
#include "tests/support/scripted_server.h"
#include "tests/support/temp_directory.h"

#include <string>

namespace sfg::test {

class TlsBed {
public:
    explicit TlsBed(const std::string& authority = "Test Authority");

    // A server for localhost, 127.0.0.1 and ::1 that is signed by the authority.
    [[nodiscard]] KeyPair server() const;
    [[nodiscard]] KeyPair server(CertificateRequest request) const;

    // Such a server that wants a certificate of the authority.
    [[nodiscard]] ServerTls mutual() const;

    [[nodiscard]] const KeyPair& authority() const { return authority_; }

    // Writes the file and returns its path.
    std::string file(const std::string& name, const std::string& text) const;

    // Trusts the authority.
    [[nodiscard]] TlsFiles trusting() const;
    // And shows a client certificate that it signed.
    [[nodiscard]] TlsFiles with_client() const;

private:
    TempDirectory directory_;
    KeyPair authority_;
};

[[nodiscard]] ScriptedServer::Options tls_options(ServerTls tls);

[[nodiscard]] EndpointSpec tls_endpoint(const ScriptedServer& server, TlsFiles files);

}  // namespace sfg::test
