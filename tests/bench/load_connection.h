// Connection: one kept-alive connection of the load generator. It sends its next request as soon as
// there is one and it may, and reads the answers in their order.
//
// Threads:   the loop's.
// Lifetime:  as long as its Run; a broken connection begins anew by itself.
// Limits:    options.pipeline requests are out at a time.
#pragma once

#include "tests/bench/answer_reader.h"
#include "tests/bench/load_run.h"
#include "tests/bench/request_template.h"

#include <boost/asio/generic/stream_protocol.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

class Connection {
public:
    // A server that cannot be talked to is not worth measuring.
    static constexpr std::uint64_t kBrokenMax = 1000;

    explicit Connection(Run& run);

    // Connects and begins.
    void start();

    // Sends what may be sent now.
    void fill();

private:
    const std::string& next_request();
    void write(std::string_view bytes);
    void write_rest(std::string_view bytes);
    void read();
    void received(std::size_t count);
    void answered();
    void broken(std::string why);

    Run& run_;
    boost::asio::generic::stream_protocol::socket socket_;
    std::vector<RequestTemplate> templates_;  // One for each target.
    std::string batch_;                       // Of several requests, while it is written.
    std::deque<Begun> out_;
    AnswerReader answers_;
    bool is_writing_ = false;
    bool is_reading_ = false;
    std::uint64_t generation_ = 0;  // Handlers of a socket that broke are not for its successor.
};

}  // namespace bench
