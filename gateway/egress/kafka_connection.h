// What a client of Kafka meets when it connects: which check it failed, told soon.
//
// librdkafka goes on trying whatever a broker says, and reports a time-out in the end; why it could
// not connect it says beside, through its error callback.
//
// Threads:    one: the errors are told when it polls.
#pragma once

#include "gateway/egress/kafka_handles.h"

#include <chrono>
#include <string>

namespace sfg::kafka {

class ConnectionErrors {
public:
    // For the error callback.
    void saw(int code, const char* reason);

    // A check has failed that no repetition passes: a password, a certificate.
    [[nodiscard]] bool is_refused() const { return is_refused_; }

    // To be put behind an error: " (the last connection failed: ...)", or nothing.
    [[nodiscard]] std::string text() const;

    void clear();

private:
    std::string reason_;
    bool is_refused_ = false;
};

enum class Meeting : std::uint8_t { plain, transactional };

// Waits until a broker has taken the client, and (transactional) the transactions of a predecessor
// are ended. Null: it has. Blocks for `patience`, less if the connection is refused.
[[nodiscard]] Error meet_broker(
    rd_kafka_t* handle,
    Meeting meeting,
    std::chrono::milliseconds patience,
    const ConnectionErrors& errors
);

}  // namespace sfg::kafka
