#include "gateway/functions/http_response.h"

#include "gateway/functions/failure.h"
#include "gateway/runtime/http_types.h"

namespace sfg::functions {

std::optional<std::string> object_to_codings(const HttpResponse& response) {
    const std::string& transfer = response.transfer_encoding;
    if (!transfer.empty() && !runtime::same_name(transfer, "chunked")) {
        return "answered with Transfer-Encoding '" + printable(transfer, 100) +
               "'; only chunked is understood";
    }
    if (!parse_coding(response.content_encoding)) {
        return "answered with Content-Encoding '" + printable(response.content_encoding, 100) +
               "'; gzip and deflate are understood";
    }
    return std::nullopt;
}

}  // namespace sfg::functions
