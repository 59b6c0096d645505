// The section `spec.gateway` of an endpoint: what only this gateway knows. StateFun ignores it, so
// that one module.yaml serves both.
//
//     gateway:
//       concurrency: adaptive        # or 1 to 192 calls at a time
//       attempts: 4                  # refused calls before a batch is searched for its cause
//       backoff: {initial: 100ms, max: 10s}
//       onPoison: park               # or deadLetter
//       dispatch: at-once            # or after-commit
//
// Threads:  one reader, one thread.
#pragma once

#include "protocol/module_fields.h"
#include "protocol/module_spec.h"

namespace sfg::module_reader {

// Reads the section into `endpoint`, if there is one.
void read_gateway_section(Fields& spec, EndpointSpec& endpoint);

}  // namespace sfg::module_reader
