"""Reads C++ and Python just well enough to measure it: blanks comments, finds functions."""
import ast
import io
import re
import tokenize
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r'''
      (?P<raw>R"(?P<delim>[^()\\\s]{0,16})\(.*?\)(?P=delim)")
    | (?P<string>"(?:\\.|[^"\\\n])*")
    | (?P<digits>\b[0-9][0-9a-fA-FxX]*(?:'[0-9a-fA-F]+)+)
    | (?P<char>'(?:\\.|[^'\\\n])+')
    | (?P<line>//[^\n]*)
    | (?P<block>/\*.*?\*/)
    ''',
    re.DOTALL | re.VERBOSE,
)


def blank_cpp(text, keep_strings=False):
    """The text with comments (and strings) as blanks; every line keeps its number and length."""

    def blank(match):
        is_text = match.group("raw") or match.group("string") or match.group("char")
        keep = match.group("digits") or (keep_strings and is_text)
        return match.group() if keep else _blank(match)

    return _TOKEN.sub(blank, text)


def blank_python(text):
    """The same for Python."""
    lines = [list(line) for line in text.split("\n")]
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (tokenize.STRING, tokenize.COMMENT):
            (first, begin), (last, end) = token.start, token.end
            for number in range(first, last + 1):
                line = lines[number - 1]
                start = begin if number == first else 0
                stop = end if number == last else len(line)
                line[start:stop] = " " * (stop - start)
    return "\n".join("".join(line) for line in lines)


@dataclass
class Function:
    name: str
    first_line: int  # Of its signature, counted from 1.
    last_line: int

    @property
    def length(self):
        return self.last_line - self.first_line + 1


_NOT_A_FUNCTION = re.compile(
    r"^(?:template\s*<.*>\s*)?(?:inline\s+)?(?:class|struct|union|enum|namespace|extern)\b",
    re.DOTALL,
)


def _blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def cpp_functions(text):
    """The outermost functions (and test cases) of a file, by counting braces."""
    code = blank_cpp(text)
    code = re.sub(r"(?m)^[ \t]*#(?:[^\n\\]|\\\n|\\.)*", _blank, code)  # Preprocessor lines.
    found, scopes, head_start = [], [], 0
    for brace in re.finditer(r"[{};]", code):
        at, char = brace.start(), brace.group()
        inside = any(kind == "function" for kind, _, _ in scopes)
        if char == "{":
            head = code[head_start:at].strip()
            first = head_start + (len(code[head_start:at]) - len(code[head_start:at].lstrip()))
            is_function = (
                not inside and "(" in head and not head.endswith("=")
                and not _NOT_A_FUNCTION.match(head)
            )
            scopes.append(("function" if is_function else "other", first, head))
            head_start = at + 1
        elif char == "}" and scopes:
            kind, first, head = scopes.pop()
            if kind == "function":
                name = re.split(r"\s", head.split("(")[0].strip())[-1] or "?"
                found.append(Function(name, code.count("\n", 0, first) + 1,
                                      code.count("\n", 0, at) + 1))
            head_start = at + 1
        elif char == ";":
            head_start = at + 1
    return found


def python_functions(text):
    return [
        Function(node.name, node.lineno, node.end_lineno)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]


@dataclass
class Source:
    """One file of the repository; `path` is relative to its root, with slashes."""

    path: str
    text: str
    lines: list = field(init=False)
    code: str = field(init=False)  # Comments and strings are blank.

    def __post_init__(self):
        self.lines = self.text.split("\n")
        if self.is_cpp:
            self.code = blank_cpp(self.text)
        elif self.is_python:
            self.code = blank_python(self.text)
        else:
            self.code = self.text

    @property
    def is_cpp(self):
        return self.path.endswith((".h", ".cc"))

    @property
    def is_python(self):
        return self.path.endswith(".py")

    def under(self, *folders):
        return self.path.startswith(tuple(f"{folder}/" for folder in folders))

    def functions(self):
        if self.is_cpp:
            return cpp_functions(self.text)
        return python_functions(self.text) if self.is_python else []

    def includes(self):
        """(line number, what is included) of every #include."""
        code = blank_cpp(self.text, keep_strings=True)
        for number, line in enumerate(code.split("\n"), 1):
            match = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
            if match:
                yield number, match.group(1)
