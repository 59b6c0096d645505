// Result<T, E>: a value or an expected failure. Never ignored, never thrown.
#pragma once

#include <boost/system/result.hpp>

namespace sfg {

template <typename T, typename E>
using Result = boost::system::result<T, E>;

}  // namespace sfg
