#include "gateway/functions/body_sink.h"

#include "gateway/functions/failure.h"
#include "gateway/functions/response_reader.h"

namespace sfg::functions {

void BodySink::begin(std::size_t bytes_max) {
    bytes_max_ = bytes_max;
    seen_ = 0;
    is_kept_ = false;
}

void BodySink::header_known() {
    is_kept_ = is_accepted(response_);
}

bool BodySink::take(std::string_view bytes) {
    seen_ += bytes.size();
    if (!is_kept_) {
        std::size_t room = kShownBodyBytes - std::min(kShownBodyBytes, response_.body.size());
        response_.body += bytes.substr(0, room);
        return true;
    }
    if (seen_ > wire_bytes_max()) {
        return false;
    }
    response_.body += bytes;
    return true;
}

std::size_t BodySink::wire_bytes_max() const {
    constexpr std::size_t kWrapping = 4096;
    bool is_plain = response_.coding == ContentCoding::identity;
    return is_plain ? bytes_max_ : bytes_max_ + bytes_max_ / 512 + kWrapping;
}

bool BodySink::is_drained() const {
    return !is_kept_ && seen_ > ResponseReader::kDrainBytesMax;
}

std::string BodySink::limit_text(const std::string& body) const {
    return "answered with " + body + ", the limit is payload_max_bytes " +
           std::to_string(bytes_max_);
}

}  // namespace sfg::functions
