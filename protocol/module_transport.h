// How an endpoint is called: the transports of StateFun and their time-outs.
//
// Threads:  one reader, one thread.
// Source:   StateFun parses transports when the first message for a function arrives, and fails
//           the job then. Here they are part of the load.
#pragma once

#include "protocol/module_fields.h"
#include "protocol/module_spec.h"

namespace sfg::module_reader {

// Reads the map `spec.transport` of an endpoint of version 2 into `endpoint`.
void read_transport(
    Context context,
    const YamlNode& map,
    const Place& place,
    EndpointSpec& endpoint
);

// What okhttp uses where nothing is said.
void set_okhttp_defaults(EndpointSpec& endpoint);

// Reads `timeouts` from the fields (of an okhttp transport, or of a spec of version 1).
void read_okhttp_timeouts(Fields& fields, EndpointSpec& endpoint);

// The keys of the async transport, for advice about misplaced ones.
[[nodiscard]] const std::vector<std::string_view>& async_keys();

}  // namespace sfg::module_reader
