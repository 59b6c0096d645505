// The TLS files of an endpoint.
//
// Threads:  one reader, one thread.
// Source:   StateFun's ResourceLocator: "classpath:x", an absolute URI "file:/x", or a path. There
//           is no class path here: "classpath:x" is looked for as ./x.
#pragma once

#include "protocol/module_fields.h"
#include "protocol/module_spec.h"

#include <string_view>
#include <vector>

namespace sfg::module_reader {

// Reads the four keys into `endpoint.tls`, as paths. Reports halves of a pair, and, where the
// options can tell, files that are not there or hold something else.
// Requires: endpoint.url_template is set.
void read_tls(Fields& fields, EndpointSpec& endpoint);

[[nodiscard]] const std::vector<std::string_view>& tls_keys();

}  // namespace sfg::module_reader
