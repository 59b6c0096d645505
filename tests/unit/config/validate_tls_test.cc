// What `validate` says about the TLS files of a module, without calling anybody.
#include "gateway/cli/cli.h"
#include "tests/support/certificates.h"
#include "tests/support/temp_directory.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

namespace sfg::test {
namespace {

using std::chrono::hours;

// A module with an endpoint over TLS, and the files that it names.
class Bed {
public:
    Bed() {
        KeyPair client = make_certificate({"gateway", {}}, &authority);
        write("ca.pem", authority.certificate);
        write("client.pem", client.certificate);
        write("client.key", encrypt_key(client.key, "pass word"));
        write("password", "pass word\n");
    }

    void write(const std::string& name, const std::string& text) {
        std::ofstream(directory.path() + "/" + name, std::ios::binary) << text;
    }

    // The problems with it; each key has a line of its own, from the sixth on.
    std::string problems(bool has_password = true) {
        std::string module = directory.path() + "/module.yaml";
        std::ofstream out(module);
        out << "kind: io.statefun.endpoints.v2/http\nspec:\n  functions: shop/*\n"
               "  urlPathTemplate: https://fn/\n  transport:\n";
        for (const auto& [key, name] :
             {std::pair{"trust_cacerts", "ca.pem"},
              std::pair{"client_cert", "client.pem"},
              std::pair{"client_key", "client.key"}}) {
            out << "    " << key << ": " << directory.path() << "/" << name << "\n";
        }
        if (has_password) {
            out << "    client_key_password: " << directory.path() << "/password\n";
        }
        out.close();
        std::ostringstream standard_out;
        std::ostringstream standard_error;
        code = cli::run_cli({"validate", module}, {}, {standard_out, standard_error}, {});
        return standard_error.str();
    }

    // A problem at this line.
    static bool tells(const std::string& told, const std::string& line, const std::string& what) {
        std::size_t at = told.find("module.yaml:" + line + ":");
        std::size_t end = std::min(told.find('\n', at), told.size());
        return at != std::string::npos && told.substr(at, end - at).find(what) != std::string::npos;
    }

    KeyPair authority = make_certificate({.name = "Authority", .is_authority = true}, nullptr);
    TempDirectory directory;
    int code = -1;
};

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("validate is content with TLS files that belong together", "[cli]") {
    Bed bed;
    CHECK(bed.problems().empty());
    CHECK(bed.code == 0);
}

TEST_CASE("validate finds TLS files that don't parse, at their line and key", "[cli]") {
    Bed bed;
    bed.write("ca.pem", "pem");
    bed.write("client.key", "nonsense");
    std::string told = bed.problems();
    INFO(told);
    CHECK(bed.code == 1);
    CHECK(bed.tells(told, "6", "error: spec.transport.trust_cacerts (document 1): "));
    CHECK(contains(told, "ca.pem: holds no PEM certificate"));
    CHECK(bed.tells(told, "8", "error: spec.transport.client_key (document 1): "));
    CHECK(contains(told, "holds no PEM private key that can be read"));
}

TEST_CASE("validate finds a key of another certificate", "[cli]") {
    Bed bed;
    bed.write("client.pem", make_certificate({"renewed", {}}, &bed.authority).certificate);
    std::string told = bed.problems();
    INFO(told);
    CHECK(bed.code == 1);
    CHECK(bed.tells(told, "8", "error: spec.transport.client_key (document 1): "));
    CHECK(contains(told, "is not the key of client_cert"));
}

TEST_CASE("validate tries the password of a key", "[cli]") {
    Bed bed;
    bed.write("password", "other");
    std::string told = bed.problems();
    INFO(told);
    CHECK(bed.code == 1);
    CHECK(bed.tells(told, "9", "error: spec.transport.client_key_password (document 1): "));
    CHECK(contains(told, "does not open it"));

    told = bed.problems(false);
    INFO(told);
    CHECK(bed.code == 1);
    CHECK(bed.tells(told, "8", "error: spec.transport.client_key (document 1): "));
    CHECK(contains(told, "is encrypted; name the file with its client_key_password"));

    KeyPair open = make_certificate({"open", {}}, &bed.authority);
    bed.write("client.pem", open.certificate);
    bed.write("client.key", open.key);
    told = bed.problems();
    INFO(told);
    CHECK(bed.code == 0);
    CHECK(bed.tells(told, "9", "warning: spec.transport.client_key_password (document 1): "));
    CHECK(contains(told, "client.key is not encrypted"));
}

TEST_CASE("validate warns of certificates that are not valid now", "[cli]") {
    Bed bed;
    CertificateRequest past{"past", {}};
    past.begins = hours(-48);
    past.ends = hours(-24);
    CertificateRequest future{"future", {}};
    future.begins = hours(24);
    future.ends = hours(48);
    KeyPair client = make_certificate(past, &bed.authority);
    bed.write("client.pem", client.certificate);
    bed.write("client.key", encrypt_key(client.key, "pass word"));
    bed.write(
        "ca.pem",
        bed.authority.certificate + make_certificate(past, nullptr).certificate +
            make_certificate(future, nullptr).certificate
    );
    std::string told = bed.problems();
    INFO(told);
    CHECK(bed.code == 0);
    CHECK(bed.tells(told, "6", "warning: spec.transport.trust_cacerts (document 1): "));
    CHECK(contains(told, "is not valid now, only from "));
    CHECK(contains(told, "; so are 1 more in this file"));
    CHECK(bed.tells(told, "7", "warning: spec.transport.client_cert (document 1): "));
}

}  // namespace sfg::test
