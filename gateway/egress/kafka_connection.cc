#include "gateway/egress/kafka_connection.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace sfg::kafka {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kStep{2'000};

// Of the topics that it knows: of none, before it has sent to any.
Error ask_metadata(rd_kafka_t* handle, int timeout_ms) {
    const rd_kafka_metadata_t* metadata = nullptr;
    auto code = rd_kafka_metadata(handle, 0, nullptr, &metadata, timeout_ms);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return Error(rd_kafka_error_new(code, "%s", rd_kafka_err2str(code)));
    }
    rd_kafka_metadata_destroy(metadata);
    return nullptr;
}

bool passes(const rd_kafka_error_t* error) {
    auto code = rd_kafka_error_code(error);
    return rd_kafka_error_is_retriable(error) || code == RD_KAFKA_RESP_ERR__TIMED_OUT ||
           code == RD_KAFKA_RESP_ERR__TRANSPORT;
}

}  // namespace

void ConnectionErrors::saw(int code, const char* reason) {
    // A broker that does not like a certificate says so in an alert of TLS.
    bool is_alert = std::string_view(reason).find("SSL alert") != std::string_view::npos;
    bool refuses = is_alert || code == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
                   code == RD_KAFKA_RESP_ERR__SSL ||
                   code == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED;
    bool says_nothing =
        code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || code == RD_KAFKA_RESP_ERR__FATAL;
    // What comes after a refusal says less.
    if (says_nothing || (is_refused_ && !refuses)) {
        return;
    }
    is_refused_ = refuses;
    reason_ = reason;
}

std::string ConnectionErrors::text() const {
    return reason_.empty() ? "" : " (the last connection failed: " + reason_ + ")";
}

void ConnectionErrors::clear() {
    reason_.clear();
    is_refused_ = false;
}

Error meet_broker(
    rd_kafka_t* handle,
    Meeting meeting,
    milliseconds patience,
    const ConnectionErrors& errors
) {
    auto until = steady_clock::now() + patience;
    int step_ms = static_cast<int>(std::min(kStep, patience).count());
    while (true) {
        Error error = meeting == Meeting::transactional
                          ? Error(rd_kafka_init_transactions(handle, step_ms))
                          : ask_metadata(handle, step_ms);
        rd_kafka_poll(handle, 0);
        bool ends = !error || !passes(error.get()) || errors.is_refused();
        if (ends || steady_clock::now() >= until) {
            return error;
        }
    }
}

}  // namespace sfg::kafka
