// Lists of maps of one entry each, as StateFun writes properties and offsets:
//
//     properties:
//       - linger.ms: 5
//       - acks: all
//
// Threads:  one reader, one thread.
// Source:   StateFun reads the first entry of each map and refuses a map in place of the list. Here
//           all are read, with a warning.
#pragma once

#include "protocol/module_fields.h"

#include <string>
#include <vector>

namespace sfg::module_reader {

struct Entry {
    std::string name;
    std::string value;  // A scalar, as it is written.
    Place place;        // Of the value.
};

// The entries below the key; those that are none have been reported. `accepted` is one of them.
[[nodiscard]] std::vector<Entry>
read_entries(Fields& fields, std::string_view key, std::string_view accepted);

}  // namespace sfg::module_reader
