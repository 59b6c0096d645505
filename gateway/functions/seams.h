// Seams: what the calling of functions needs of the process around it.
//
// Lifetime: all of it outlives everything that was given it.
#pragma once

#include "gateway/functions/resolver.h"
#include "gateway/runtime/helpers.h"
#include "gateway/runtime/loop.h"

namespace sfg::functions {

struct Seams {
    runtime::Loop& loop;
    runtime::Helpers& helpers;
    Resolver& resolver;
};

}  // namespace sfg::functions
