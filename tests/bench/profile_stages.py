"""Which stage of a message's way a stack of functions belongs to.

The innermost function decides; in the kernel, the system call that was made. Only the kernel keeps
frame pointers, so who called malloc or memcpy isn't known: those are stages of their own.
"""
import re

# In the order of a message's way. The first pattern that is found in `symbol (object)` decides.
_RULES = (
    ("malloc and free", (
        r"^(malloc|free|calloc|realloc|cfree|_int_(malloc|free)|malloc_consolidate|unlink_chunk"
        r"|sysmalloc|tcache_\w+|operator (new|delete)|arena_get|systrim)",
    )),
    ("memcpy, memcmp and the like", (r"^_*(mem(cpy|move|set|cmp|chr)|str(len|cmp|chr))\w*",)),
    ("store: LevelDB", (r"libleveldb", r"libsnappy", r"\bleveldb::", r"crc32",
                        r"sfg::storage::(\(anonymous namespace\)::)?(LevelDb|Posix)")),
    ("commit: group and committer", (r"sfg::commit::", r"sfg::storage::WriteBatch", r"Group::")),
    ("response: read and parse", (
        r"sfg::(parse_response|scan_result)", r"Scan::", r"each_field", r"to_(result|mutation)",
        r"libprotobuf", r"google::protobuf", r"io::statefun::sdk::reqreply",
        r"sfg::functions::(AnswerDecoder|BodySink|Inflater|Response|HttpResponse)",
    )),
    ("request: build", (r"sfg::make_request", r"BodyBuilder", r"sfg::Body",
                        r"sfg::functions::(make_)?[Rr]equest")),
    ("function call: connection and pool", (r"sfg::functions::",)),
    ("engine", (r"sfg::engine::", r"sfg::SharedBytes", r"sfg::storage::", r"libxxhash", r"\bXXH",
                r"sfg::(message_id|MessageId|make_\w*message|partition_of|is_utf8)",
                r"sfg::(Address|TypeName)",
                r"sfg::InvocationResult", r"std::hash<sfg::", r"sfg::EngineHost", r"3sfg6engine")),
    ("ingress: read, parse, answer", (r"sfg::ingress::", r"sfg::Doors?", r"sfg::runtime::[Hh]ttp",
                                      r"sfg::runtime::\(anonymous namespace\)::", r"boost::beast",
                                      r"sfg::runtime::format")),
    ("loop: Asio, pump, timers", (r"boost::asio", r"sfg::runtime::", r"libpthread",
                                  r"pthread_\w+", r"__condvar_\w+", r"__futex_\w+", r"\[vdso\]",
                                  r"clock_gettime", r"epoll_\w+",
                                  r"^__(GI_)?(libc_)?(send|recv|write|read|writev|readv)\w*")),
    ("strings and containers (libstdc++)", (r"libstdc\+\+", r"^std::")),
)

_KERNEL = (
    ("kernel: receive", r"sys_(recv\w*|read|readv)$"),
    ("kernel: send", r"sys_(send\w*|write|writev)$"),
    ("kernel: epoll", r"sys_epoll|do_epoll"),
    ("kernel: write and sync of files", r"sys_(fdatasync|fsync|pwrite\w*|openat|rename|unlink)"),
    ("kernel: wake and wait of threads", r"futex"),
)
_KERNEL_OTHER = "kernel: other"
_OTHER = "other"

STAGES = (
    "kernel: receive", "ingress: read, parse, answer", "engine", "request: build",
    "function call: connection and pool", "kernel: send", "response: read and parse",
    "commit: group and committer", "store: LevelDB", "kernel: write and sync of files",
    "loop: Asio, pump, timers", "kernel: epoll", "kernel: wake and wait of threads", _KERNEL_OTHER,
    "malloc and free", "memcpy, memcmp and the like", "strings and containers (libstdc++)", _OTHER,
)

_COMPILED = [(stage, [re.compile(rule) for rule in rules]) for stage, rules in _RULES]
_COMPILED_KERNEL = [(stage, re.compile(rule)) for stage, rule in _KERNEL]


def is_kernel(place):
    return "kernel" in place or place.endswith(".ko")


def stage_of(stack):
    """`stack`: (symbol, object) pairs, the innermost first."""
    symbol, place = stack[0]
    if is_kernel(place):
        return _kernel_stage([symbol.partition("+")[0] for symbol, where in stack
                              if is_kernel(where)])
    text = f"{symbol} ({place})"
    for stage, rules in _COMPILED:
        if any(rule.search(text) for rule in rules):
            return stage
    return _OTHER


def _kernel_stage(symbols):
    for symbol in reversed(symbols):  # The system call is the outermost.
        for stage, rule in _COMPILED_KERNEL:
            if rule.search(symbol):
                return stage
    return _KERNEL_OTHER
