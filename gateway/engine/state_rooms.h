// StateRooms: everything about states put together: what functions declare, what requests carry,
// what turns change, and how expired values leave.
//
// Threads: the engine's.
#pragma once

#include "gateway/engine/core.h"
#include "gateway/engine/expiry_dues.h"
#include "gateway/engine/expiry_index.h"
#include "gateway/engine/expiry_sweep.h"
#include "gateway/engine/registration.h"
#include "gateway/engine/states.h"

#include <algorithm>

namespace sfg::engine {

struct StateRooms {
    explicit StateRooms(Core& core)
        : dues(core),
          index(core, dues),
          values(core, dues),
          registration(core, index),
          sweep(core, dues, values) {}

    // After each event, before the loads; returns when to call it next.
    SteadyMs settle() {
        SteadyMs next = sweep.settle();
        return std::min(next, index.settle());
    }

    // A new epoch.
    void clear() {
        sweep.clear();
        index.clear();
        dues.clear();
    }

    ExpiryDues dues;
    ExpiryIndex index;
    States values;
    Registration registration;
    ExpirySweep sweep;
};

}  // namespace sfg::engine
