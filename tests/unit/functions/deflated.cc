#include "tests/unit/functions/deflated.h"

#include <zlib.h>

#include <stdexcept>

namespace sfg::test {

std::string deflated(std::string_view text, Wrapping wrapping) {
    int bits = wrapping == Wrapping::gzip ? 15 + 16 : (wrapping == Wrapping::zlib ? 15 : -15);
    z_stream z{};
    if (deflateInit2(&z, 6, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        throw std::runtime_error("zlib has no memory");
    }
    std::string out(deflateBound(&z, text.size()), '\0');
    z.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));
    z.avail_in = static_cast<uInt>(text.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    deflate(&z, Z_FINISH);
    out.resize(z.total_out);
    deflateEnd(&z);
    return out;
}

}  // namespace sfg::test
