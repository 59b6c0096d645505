#include "gateway/functions/url.h"

#include "gateway/functions/request.h"

#include <catch2/catch.hpp>

namespace sfg::functions {

TEST_CASE("a URL gives host, port and target", "[functions]") {
    Url url = *parse_url("http://user:secret@Example.org:8000/a/b%20c?x=1#part");
    CHECK(url.transport == Url::Transport::tcp);
    CHECK(url.host == "Example.org");
    CHECK(url.port == 8000);
    CHECK(url.target == "/a/b%20c?x=1");
    CHECK(url.host_header == "Example.org:8000");
    CHECK(url.shown == "http://Example.org:8000/a/b%20c?x=1");
}

TEST_CASE("ports 80 and 443 stay out of Host, whatever the scheme", "[functions]") {
    CHECK(parse_url("http://h")->host_header == "h");
    CHECK(parse_url("http://h")->target == "/");
    CHECK(parse_url("http://h:443/")->host_header == "h");
    CHECK(parse_url("http://h:443/")->port == 443);
    CHECK(parse_url("http://h:/")->port == 80);
    CHECK(parse_url("https://h")->port == 443);
    CHECK(parse_url("https://h:80")->host_header == "h");
    CHECK(parse_url("http://h?q")->target == "/?q");
}

TEST_CASE("R09 an IPv6 literal keeps its brackets in Host only", "[functions]") {
    Url url = *parse_url("http://[::1]:8080/");
    CHECK(url.host == "::1");
    CHECK(url.host_header == "[::1]:8080");
    CHECK(url.authority != parse_url("http://[::1]:8081/")->authority);
}

TEST_CASE("R23 a Unix URL's socket ends with the first .sock segment", "[functions]") {
    Url url = *parse_url("http+unix:///run/my%20fn.sock/x/y.sock?q=1");
    CHECK(url.transport == Url::Transport::unix_socket);
    CHECK(url.socket_path == "/run/my fn.sock");
    CHECK(url.target == "/x/y.sock?q=1");
    CHECK(url.host_header == "localhost");
    CHECK(parse_url("https+unix:///a.sock")->target == "/");
    CHECK(parse_url("https+unix:///a.sock")->transport == Url::Transport::unix_socket);
}

TEST_CASE("what cannot be called is refused with its reason", "[functions]") {
    for (const char* text :
         {"",
          "h:80",
          "ftp://h/",
          "http://",
          "http:///path",
          "http://h/a b",
          "http://h/{function.name}",
          "http://h:0/",
          "http://h:65536/",
          "http://h:x/",
          "http://a%20b/",
          "http://h/\r\nEvil: 1",
          "http+unix:///run/socket",
          "http+unix://run/a.sock"}) {
        INFO(text);
        auto url = parse_url(text);
        REQUIRE_FALSE(url.has_value());
        CHECK(url.error().reason.find("the URL '") == 0);
    }
    CHECK_FALSE(parse_url("http+unix:///" + std::string(103, 'a') + ".sock").has_value());
    CHECK(parse_url("http+unix:///" + std::string(101, 'a') + ".sock").has_value());
}

TEST_CASE("a request's header is the one StateFun sends", "[functions]") {
    std::string start = request_head_start(*parse_url("http://h:81/fn"));
    CHECK(
        start + std::string(RequestHeadEnd(42).view()) ==
        "POST /fn HTTP/1.1\r\nHost: h:81\r\nContent-Type: application/octet-stream\r\n"
        "Accept: application/octet-stream\r\nAccept-Encoding: gzip,deflate\r\n"
        "User-Agent: statefun\r\n"
        "Connection: keep-alive\r\nContent-Length: 42\r\n\r\n"
    );
}

}  // namespace sfg::functions
