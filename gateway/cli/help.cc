#include "gateway/cli/help.h"

namespace sfg::cli {

const std::string_view kAbout =
    R"(StateFun Gateway: stateful functions over HTTP, in one process.

Reads a StateFun module.yaml, takes messages, calls the functions it binds, and keeps their state,
their messages and their order through crashes.)";

const std::string_view kFooter = R"(Begin:
  statefun-gateway validate --module module.yaml
  statefun-gateway serve --module module.yaml --data ./data
  curl -H 'Content-Type: text/plain' -d hello \
       http://127.0.0.1:8070/v1/send/my.ns/my_function/an-id

Exit codes:
  0  done
  1  the command line, gateway.yaml or a module is wrong; every problem is on standard error
  2  cannot start, for example because a port is in use
  3  the data directory cannot be used: permission, not ours, another format, damaged, in use
  4  the disk refused a sync; a restart recovers what is durable
  5  validate --probe: an endpoint did not answer

"statefun-gateway COMMAND --help" tells more about one command.
)";

const std::string_view kServeFooter = R"(Where a value comes from, the first that has it:
  1. the option                 --memory-budget 64MiB
  2. the environment            SFG_MEMORY_BUDGET=64MiB
  3. the file of --config       memoryBudget: 64MiB
  4. the default
  Every option has these three spellings. A key of the file that is not known is an error. Paths are
  relative to the working directory.

Values:
  SIZE      bytes, or a number with KiB, MiB, GiB or TiB (kb, MB, g ... mean the same)
  DURATION  a number with ms, s, min or h: 500ms, 30s, 2min
  HOST:PORT 127.0.0.1:8070, [::1]:8070, 0.0.0.0:8070; port 0 takes a free one

Running:
  The first lines on standard error name the addresses. GET /readyz on the admin address is 200 as
  soon as messages are accepted. SIGTERM and SIGINT stop it: it takes no more, lets calls in flight
  finish, makes everything durable, and exits with 0. After kill -9 start it again: nothing that was
  accepted is lost. SIGHUP reads the modules again, and so does POST /v1/module on the admin
  address, which tells what changed. A file with an error changes nothing.

Examples:
  statefun-gateway serve --module module.yaml --data ./data
  statefun-gateway serve --module conf/modules/ --data /var/lib/statefun --config gateway.yaml
  SFG_MODULE=module.yaml SFG_DATA=/data SFG_API=0.0.0.0:8070 statefun-gateway serve
)";

const std::string_view kValidateFooter =
    R"(Takes the options of serve, reads what serve would read, starts nothing and needs no --data.
Prints the bindings as they were understood, a sentence each, or every problem with its place, and
exits with 1 then. With --strict a warning is a problem: a key that has no effect, for example.

A value of a module may hold ${NAME} or ${NAME:-default}, taken from the environment; $${ stands
for the text ${. StateFun does not know them.

--probe connects to each endpoint and posts an empty body. The SDKs refuse it before any function of
yours runs, so a 400 or a 500 is a good answer here: something serves that URL.

Examples:
  statefun-gateway validate module.yaml
  statefun-gateway validate --strict --module conf/modules/ --config gateway.yaml
  statefun-gateway validate --probe module.yaml
)";

const std::string_view kMigrateFooter =
    R"(Writes a module in the layout of StateFun 1.0, 2.x or 3.0 anew, as documents with kind and
spec, on standard output. What such a file can't say any more, a function's states for example, is a
comment above its document and a line on standard error.

Example:
  statefun-gateway migrate old.yaml > module.yaml
)";

}  // namespace sfg::cli
