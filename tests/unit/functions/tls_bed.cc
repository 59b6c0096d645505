#include "tests/unit/functions/tls_bed.h"

#include "tests/unit/functions/caller_fixture.h"

#include <filesystem>
#include <fstream>
#include <utility>

namespace sfg::test {

TlsBed::TlsBed(const std::string& authority)
    : authority_(make_certificate({.name = authority, .is_authority = true}, nullptr)) {}

KeyPair TlsBed::server() const {
    return server({"server", {"DNS:localhost", "IP:127.0.0.1", "IP:::1"}});
}

KeyPair TlsBed::server(CertificateRequest request) const {
    return make_certificate(request, &authority_);
}

ServerTls TlsBed::mutual() const {
    return {server(), authority_.certificate};
}

std::string TlsBed::file(const std::string& name, const std::string& text) const {
    std::string path = directory_.path() + "/" + name;
    // As tools that care do it: nobody reads half of a file.
    std::ofstream(path + ".new", std::ios::binary) << text;
    std::filesystem::rename(path + ".new", path);
    return path;
}

TlsFiles TlsBed::trusting() const {
    TlsFiles files;
    files.trust_cacerts = file("ca.pem", authority_.certificate);
    return files;
}

TlsFiles TlsBed::with_client() const {
    TlsFiles files = trusting();
    KeyPair client = make_certificate({"gateway", {}}, &authority_);
    files.client_cert = file("client.pem", client.certificate);
    files.client_key = file("client.key", client.key);
    return files;
}

ScriptedServer::Options tls_options(ServerTls tls) {
    ScriptedServer::Options options;
    options.tls = std::move(tls);
    return options;
}

EndpointSpec tls_endpoint(const ScriptedServer& server, TlsFiles files) {
    EndpointSpec spec = endpoint_at(server.url());
    spec.tls = std::move(files);
    return spec;
}

}  // namespace sfg::test
