#include "gateway/ingress/wire_view.h"

namespace sfg::ingress {

bool WireView::next() {
    tag_ = in_.ReadTag();
    if (tag_ == 0) {
        return false;
    }
    is_good_ = read_value();
    return is_good_;
}

bool WireView::read_value() {
    if (is_varint()) {
        return in_.ReadVarint64(&varint_);
    }
    if (!is_bytes()) {
        return Wire::SkipField(&in_, tag_);
    }
    std::uint32_t size = 0;
    if (!in_.ReadVarint32(&size)) {
        return false;
    }
    auto at = static_cast<std::size_t>(in_.CurrentPosition());
    if (size > all_.size() - at) {
        return false;
    }
    bytes_ = all_.substr(at, size);
    return in_.Skip(static_cast<int>(size));
}

}  // namespace sfg::ingress
