// urlPathTemplate: what can be called, and why the rest can't.
#include "gateway/functions/url.h"

#include "tests/unit/module/reports.h"

#include <catch2/catch.hpp>

#include <array>
#include <string>

using sfg::LoadedModules;
using sfg::test::check_reports;
using sfg::test::Expected;
using sfg::test::load;

namespace {

LoadedModules load_url(const std::string& url, const std::string& functions = "shop/*") {
    return load(
        "kind: io.statefun.endpoints.v2/http\nspec:\n  functions: '" + functions +
        "'\n  urlPathTemplate: '" + url + "'\n"
    );
}

const std::vector<std::string> kCallable{
    "http://fn:1108/",
    "http://fn:1108",
    "https://fn",
    "http://10.0.0.7:8443/statefun",
    "http://[::1]:8000/statefun",
    "http://functions.ns.svc.cluster.local:8000/statefun?x=1",
    "http://my_function:8000/",
    "http://fn:8000/{function.name}",
    "http://{function.name}.shop:8000/{function.name}?f={function.name}",
    "http://fn:/x",
    "HTTP://fn/x",
    "http://fn/a%20b",
    "http+unix:///run/fn.sock",
    "http+unix:///run/fn.sock/statefun/{function.name}",
    "https+unix:///run/.sock/x",
    "http://fn:65535/",
};

}  // namespace

TEST_CASE("URLs that can be called are accepted in silence", "[module]") {
    for (const std::string& url : kCallable) {
        INFO(url);
        const LoadedModules loaded = load_url(url);
        check_reports(loaded, {});
        CHECK(loaded.spec.endpoints.at(0).url_template == url);
    }
}

TEST_CASE("what the reader accepts, the caller of functions can take apart", "[module]") {
    for (const std::string& url : kCallable) {
        INFO(url);
        const LoadedModules loaded = load_url(url);
        CHECK(sfg::functions::parse_url(loaded.spec.endpoints.at(0).url_for("cart")).has_value());
    }
}

TEST_CASE("a URL that can't be called is refused with the reason", "[module]") {
    const std::array<Expected, 27> cases{{
        {"", "the URL is empty"},
        {"fn:1108/", "the URL has no scheme"},
        {"/statefun", "the URL has no scheme"},
        {"ftp://fn/", "unknown scheme ftp"},
        {"unix:///run/fn.sock", "unknown scheme unix"},
        {"http://", "the URL has no host"},
        {"http:///statefun", "the URL has no host"},
        {"http:/statefun", "the URL has no host"},
        {"http://:8000/", "the URL has no host"},
        {"http://fn:0/", "port 0 is not one from 1 to 65535"},
        {"http://fn:65536/", "port 65536 is not one from 1 to 65535"},
        {"http://fn:80a0/", "the port is not a number"},
        {"http://fn:port/", "accepted: http://host:port/path"},
        {"http://fn/{function}", "a brace that belongs to no {function.name}"},
        {"http://fn/{function.name", "a brace that belongs to no {function.name}"},
        {"http://fn/{ function.name }", "a brace that belongs to no {function.name}"},
        {"http://{{ .Values.host }}/", "Helm or Jinja template"},
        {"http://${HOST}/", "template whose placeholders were not filled in"},
        {"http://fn/a b", "a blank in the URL; write it as %20"},
        {" http://fn/", "a blank in the URL"},
        {"http://fn/%zz", "not a URL"},
        {"http://fn/a|b", "the character"},
        {"http://fn/\u00fc", "a character outside ASCII"},
        {"http://f%6e/", "a percent escape in the host"},
        {"http+unix:///run/fn", "no part of the path ends in .sock"},
        {"http+unix://run/fn.sock", "a unix URL has no host; write three slashes"},
        {"http+unix:///run/%00.sock", "a malformed percent escape"},
    }};
    for (const Expected& each : cases) {
        INFO(each.head);
        const LoadedModules loaded = load_url(each.head);
        check_reports(loaded, {{"error 4 spec.urlPathTemplate", each.part}});
        CHECK(loaded.spec.endpoints.empty());
    }
}

TEST_CASE("a URL, and a socket's path, have a length", "[module]") {
    check_reports(
        load_url("http://fn/" + std::string(16 * 1024, 'x')),
        {{"error 4 spec.urlPathTemplate", "longer than 16 KiB"}}
    );
    CHECK(load_url("http+unix:///" + std::string(101, 'x') + ".sock").ok());
    check_reports(
        load_url("http+unix:///" + std::string(102, 'x') + ".sock"),
        {{"error 4 spec.urlPathTemplate", "107 bytes"}}
    );
}

TEST_CASE("an exact function's name must fit into the URL", "[module]") {
    CHECK(load_url("http://fn/{function.name}", "shop/Cart-1").ok());
    check_reports(
        load_url("http://fn/{function.name}", "shop/my cart"),
        {{"error 4 spec.urlPathTemplate", "a blank in the URL"}}
    );
    CHECK(load_url("http://fn/", "shop/my cart").ok());
}

TEST_CASE("a URL that looks wrong but can be called gives a warning", "[module]") {
    check_reports(
        load_url("http://0.0.0.0:8000/"),
        {{"warning 4 spec.urlPathTemplate", "0.0.0.0 is an address to listen on"}}
    );
    check_reports(
        load_url("http://[::]:8000/"), {{"warning 4 spec.urlPathTemplate", "address to listen on"}}
    );
    check_reports(
        load_url("http://fn/#part"),
        {{"warning 4 spec.urlPathTemplate", "what follows # is not sent"}}
    );
}

TEST_CASE("a password in a URL is not repeated in a report", "[module]") {
    const LoadedModules loaded = load_url("http://me:hush@fn/");
    check_reports(
        loaded,
        {{"warning 4 spec.urlPathTemplate", "are ignored, as StateFun does; found \"http://***@"}}
    );
    CHECK(loaded.diagnostics[0].text().find("hush") == std::string::npos);
    CHECK(load_url("http://me:hush@/").diagnostics.at(0).text().find("hush") == std::string::npos);
}
