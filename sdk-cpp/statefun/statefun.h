// The C++ SDK for stateful functions: everything a function author needs, in one include.
// Start reading at functions.h.
#pragma once

#include "statefun/context.h"
#include "statefun/functions.h"
#include "statefun/message.h"
#include "statefun/protobuf.h"
#include "statefun/serve.h"
#include "statefun/state.h"
#include "statefun/type.h"
