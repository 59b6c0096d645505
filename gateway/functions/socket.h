// Socket: a stream socket to a function server, TCP or Unix.
//
// Includes Asio's sockets, so only the .cc files that do I/O include it.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>

namespace sfg::functions {

using Socket = boost::asio::generic::stream_protocol::socket;

}  // namespace sfg::functions
