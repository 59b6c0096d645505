"""The house rules that a program can check: one line per violation, exit code 1 if there are any.

    python3 tests/tools/style.py [ROOT]

Each rule is a function that takes one Source (or all of them) and yields violations. A rule that
needs an exception names it here, with the reason beside it.
"""
import pathlib
import posixpath
import re
import sys
from typing import NamedTuple

from source import Source

FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 70
LINE_CHARS_MAX = 100

# Beast costs 10 s of compile time per file: these files have a reason to include it.
BEAST_FILES = {
    "gateway/functions/response_parser.cc",
    "gateway/runtime/http_parser.cc",
    "gateway/runtime/net.cc",
    "sdk-cpp/statefun/connection.cc",
    "tests/bench/function_server.cc",
}

# What may include what, by folder: the direction of dependencies.
MAY_INCLUDE = {
    "protocol": ("protocol/",),
    "storage": ("protocol/", "storage/"),
    "gateway/engine": ("protocol/", "storage/", "gateway/engine/"),
    "gateway/runtime": ("protocol/", "gateway/runtime/"),
    "sdk-cpp": ("protocol/", "sdk-cpp/"),
}

# Waiting by the clock, where a test has to: polling with a deadline, and when to kill.
SLEEP_FILES = ("tests/integration/polling.py",)

SKIPPED_FOLDERS = {".git", "build", "data", "__pycache__", ".cache"}
CODE_SUFFIXES = (".h", ".cc", ".py", ".sh", ".proto")
TEXT_SUFFIXES = CODE_SUFFIXES + (".md", ".txt", ".yaml", ".yml", ".json", ".cmake", "")


class Violation(NamedTuple):
    path: str
    line: int
    message: str


class Ban(NamedTuple):
    pattern: str
    instead: str
    applies: callable = lambda source: True


def _cpp(source):
    return source.is_cpp


def _test(source):
    return source.under("tests") and not source.under("tests/bench")


def _cpp_test(source):
    return source.is_cpp and _test(source)


def _python_test(source):
    return source.is_python and _test(source) and source.path not in SLEEP_FILES


def _engine(source):
    return source.is_cpp and source.under("gateway/engine", "protocol")


BANS = (
    Ban(r"\bdetached\b", "name the work and let its owner wait for it", _cpp),
    Ban(r"\bco_spawn\b", "write a callback or a state machine", _cpp),
    Ban(r"\bco_await\b[^;]*(\[[^\]]*\]\s*[({]|\w\s*\{)",
        "name the lambda or aggregate first: GCC bug 107288", _cpp),
    Ban(r"\bstd::endl\b", "write '\\n'", _cpp),
    Ban(r"\busing namespace std\s*;", "name what is used", _cpp),
    Ban(r"(?<![\w:.])assert\s*\(", "use SFG_ASSERT: it stays on in release", _cpp),
    Ban(r"\b(sleep_for|sleep_until|usleep|nanosleep)\b",
        "wait for the event, or use a fake clock", _cpp_test),
    Ban(r"\btime\.sleep\b", "poll with a deadline: tests/integration/polling.py", _python_test),
    Ban(r"\b\w*[Cc]lock\w*::now\s*\(", "hand the time in: the engine has no clock", _engine),
    Ban(r"\b(fopen|ifstream|ofstream|getenv|rand)\b", "hand it in: no I/O here", _engine),
)

# In every text file, comments included. [.] keeps this file from matching itself.
TEXT_BANS = (
    Ban(r"\bTO[D]O\b|\bFIX[M]E\b|\bXX[X]\b", "do it, or file an issue"),
    Ban(r"(?<![\w.$})-])/(root|work|home)/[\w.]", "no machine's paths in the repository"),
    Ban(r"[.][.]/share[d]\b", "say it in the repository's own words"),
    Ban(
        r"pypi[.]org|pythonhosted[.]org|npmjs[.]|crates[.]io|proxy[.]golang|maven[.]org"
        r"|deb[.]debian[.]org",
        "name the package, not the registry",
    ),
)

IMPURE_HEADERS = {
    "protocol": {"thread", "future", "random", "iostream", "fstream"},
    "gateway/engine": {
        "thread", "mutex", "shared_mutex", "condition_variable", "future", "atomic", "random",
        "iostream", "fstream", "filesystem", "cstdio", "ctime",
    },
}


def _line_of(text, at):
    return text.count("\n", 0, at) + 1


def banned_tokens(source):
    for ban in BANS:
        if ban.applies(source):
            for match in re.finditer(ban.pattern, source.code):
                yield Violation(source.path, _line_of(source.code, match.start()),
                                f"'{match.group().split()[0]}' is banned: {ban.instead}")
    for ban in TEXT_BANS:
        for match in re.finditer(ban.pattern, source.text):
            yield Violation(source.path, _line_of(source.text, match.start()),
                            f"'{match.group()}' is banned: {ban.instead}")


def includes(source):
    if not source.is_cpp:
        return
    for line, name in source.includes():

        def violation(what, line=line, name=name):
            return Violation(source.path, line, f"'{name}': {what}")

        if name.startswith("boost/beast") and source.path not in BEAST_FILES:
            yield violation("Beast is for the files that style.py lists")
        pure = source.under("gateway/engine", "protocol", "storage")
        if pure and re.match(r"boost/(asio|beast)", name):
            yield violation("this folder does no network I/O")
        for folder, impure in IMPURE_HEADERS.items():
            if source.under(folder) and name in impure:
                yield violation("no threads, clock, random or I/O here")
        own = re.match(r"(gateway|protocol|storage|sdk-cpp|tests)/", name)
        for folder, allowed in MAY_INCLUDE.items():
            if own and source.under(folder) and not name.startswith(allowed):
                yield violation(f"{folder}/ may include {', '.join(allowed)} only")


def header_contract(source):
    if not source.path.endswith(".h"):
        return
    before, pragma, _ = source.text.partition("#pragma once\n")
    if not pragma:
        yield Violation(source.path, 1, "no '#pragma once'")
    elif not before.startswith("// ") or any(
        line and not line.startswith("//") for line in before.split("\n")
    ):
        yield Violation(source.path, 1, "a header opens with its contract, a comment")


def lengths(source):
    if not source.path.endswith(CODE_SUFFIXES):
        return
    if len(source.lines) > FILE_LINES_MAX and "Longer than" not in source.lines[0]:
        yield Violation(source.path, 1, f"{len(source.lines)} lines, more than {FILE_LINES_MAX}")
    for function in source.functions():
        around = source.lines[max(0, function.first_line - 4) : function.first_line + 2]
        if function.length > FUNCTION_LINES_MAX and not any("Longer than" in s for s in around):
            what = f"{function.name}: {function.length} lines, more than {FUNCTION_LINES_MAX}"
            yield Violation(source.path, function.first_line, what)
    for number, line in enumerate(source.lines, 1):
        # A literal on a line of its own, an include and a URL can't be broken.
        if len(line) > LINE_CHARS_MAX and not re.match(r'\s*["#]|.*://', line):
            what = f"{len(line)} characters, more than {LINE_CHARS_MAX}"
            yield Violation(source.path, number, what)


def blanks(source):
    for number, line in enumerate(source.lines, 1):
        if line != line.rstrip():
            yield Violation(source.path, number, "blanks at the end of the line")
        if "\t" in line and not source.path.endswith("Makefile"):
            yield Violation(source.path, number, "a tab")
    if source.text and not source.text.endswith("\n"):
        yield Violation(source.path, len(source.lines), "no newline at the end of the file")
    if source.text.endswith("\n\n"):
        yield Violation(source.path, len(source.lines), "an empty line at the end of the file")


def in_targets(sources):
    """Every .cc, and every Python test, is named by a CMakeLists.txt."""
    named = set()
    for source in sources:
        if source.path.endswith("CMakeLists.txt"):
            folder = posixpath.dirname(source.path)
            for word in re.findall(r"[\w./{}$-]+", re.sub(r"#.*", "", source.text)):
                if word.startswith("${PROJECT_SOURCE_DIR}/"):
                    named.add(word.partition("/")[2])
                else:
                    named.add(posixpath.normpath(f"{folder}/{word}"))
    for source in sources:
        path = pathlib.PurePosixPath(source.path)
        if path.suffix == ".py" and path.name.startswith("test_"):
            names = {source.path, source.path.removesuffix(".py")}
        elif path.suffix == ".cc":
            names = {source.path}
        else:
            continue
        if not names & named:
            yield Violation(source.path, 1, "in no target: name it in a CMakeLists.txt")


def changelog(source):
    if source.path != "CHANGELOG.md":
        return
    headings = [(n, line) for n, line in enumerate(source.lines, 1) if line.startswith("#")]
    titles = [line for _, line in headings]
    if titles[:2] != ["# Changelog", "## [Unreleased]"]:
        yield Violation(source.path, 1, "it begins with '# Changelog' and '## [Unreleased]'")
    kinds = "Added|Changed|Deprecated|Removed|Fixed|Security"
    for number, line in headings[2:]:
        if not re.fullmatch(rf"### ({kinds})|## \[\d+\.\d+\.\d+\] - \d{{4}}-\d\d-\d\d", line):
            what = f"'{line}': a version with its date, or one of {kinds}"
            yield Violation(source.path, number, what)


FILE_RULES = (banned_tokens, includes, header_contract, lengths, blanks, changelog)
TREE_RULES = (in_targets,)


def check(sources):
    for source in sources:
        for rule in FILE_RULES:
            yield from rule(source)
    for rule in TREE_RULES:
        yield from rule(sources)


def read_tree(root):
    sources = []
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if set(relative.parts) & SKIPPED_FOLDERS or not path.is_file() or path.is_symlink():
            continue
        if path.suffix in TEXT_SUFFIXES and path.name != "LICENSE":
            sources.append(Source(relative.as_posix(), path.read_text(encoding="utf-8")))
    return sources


def main(arguments):
    here = pathlib.Path(__file__).resolve().parents[2]
    root = pathlib.Path(arguments[0]).resolve() if arguments else here
    sources = read_tree(root)
    violations = sorted(check(sources))
    for path, line, message in violations:
        print(f"{path}:{line}: {message}")
    print(f"{len(sources)} files, {len(violations)} violations")
    return 1 if violations or not sources else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
