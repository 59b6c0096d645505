"""The checker is checked: each rule must catch a bad snippet and leave a good one alone."""
import unittest

import style
from source import Source, blank_cpp, cpp_functions

CMAKE = """
# not_here.cc is only mentioned.
sfg_library(x SRCS a.cc deep/b.cc ../other/c.cc ${PROJECT_SOURCE_DIR}/far/d.cc)
"""


def found(path, text, rule):
    return [violation.message for violation in rule(Source(path, text))]


class BannedTokens(unittest.TestCase):
    def banned(self, path, text):
        return found(path, text, style.banned_tokens)

    def test_tokens_are_caught_in_code(self):
        for snippet in (
            "co_spawn(io, run(), token);",
            "spawn(io, run(), detached);",
            "std::cout << 1 << std::endl;",
            "assert(x > 0);",
            "using namespace std;",
            "auto r = co_await call(Spec{1});",
            "co_await post([x] { return x; });",
        ):
            with self.subTest(snippet):
                self.assertTrue(self.banned("gateway/x.cc", snippet + "\n"))

    def test_tokens_in_comments_strings_and_other_words_are_left_alone(self):
        for snippet in (
            "// nothing is detached here",
            'log("detached");',
            "static_assert(sizeof(int) == 4);",
            "using namespace std::chrono_literals;",
            "SFG_ASSERT(x);",
            "auto spec = Spec{1};\nauto r = co_await call(spec);",
            'auto q = R"(assert(x))";',
        ):
            with self.subTest(snippet):
                self.assertEqual([], self.banned("gateway/x.cc", snippet + "\n"))

    def test_tests_do_not_sleep(self):
        sleep = "std::this_thread::sleep_for(1s);\n"
        self.assertTrue(self.banned("tests/unit/x/y_test.cc", sleep))
        self.assertEqual([], self.banned("tests/bench/load.cc", sleep))
        self.assertTrue(self.banned("tests/integration/test_x.py", "time.sleep(1)\n"))
        self.assertEqual([], self.banned("tests/integration/polling.py", "time.sleep(1)\n"))

    def test_the_engine_has_no_clock(self):
        now = "auto t = std::chrono::steady_clock::now();\n"
        self.assertTrue(self.banned("gateway/engine/turn.cc", now))
        self.assertTrue(self.banned("gateway/engine/turn.cc", "auto t = SteadyClock::now();\n"))
        self.assertEqual([], self.banned("gateway/runtime/loop.cc", now))

    def test_comments_and_documents_are_read_too(self):
        for text in (
            "TO" + "DO later",
            "see /ro" + "ot/x",
            "in /wo" + "rk/main",
            "from py" + "pi.org",
            "as ../sha" + "red/design.md says",
        ):
            with self.subTest(text):
                self.assertTrue(self.banned("README.md", f"{text}\n"))
        self.assertEqual([], self.banned("README.md", "GET /v1/replies, $(pwd)/wo" + "rk/x\n"))


class Includes(unittest.TestCase):
    def test_beast_is_for_the_listed_files(self):
        beast = "#include <boost/beast/http.hpp>\n"
        self.assertTrue(found("gateway/commit/committer.cc", beast, style.includes))
        self.assertEqual([], found("gateway/runtime/net.cc", beast, style.includes))

    def test_the_pure_folders_do_no_io(self):
        for path, header in (
            ("gateway/engine/a.cc", "<boost/asio/io_context.hpp>"),
            ("storage/a.cc", "<boost/asio.hpp>"),
            ("gateway/engine/a.h", "<thread>"),
            ("gateway/engine/a.cc", "<fstream>"),
            ("protocol/a.cc", "<random>"),
        ):
            with self.subTest(path=path, header=header):
                self.assertTrue(found(path, f"#include {header}\n", style.includes))
        self.assertEqual([], found("gateway/engine/a.h", "#include <chrono>\n", style.includes))

    def test_dependencies_have_one_direction(self):
        for path, header in (
            ("protocol/a.cc", "storage/store.h"),
            ("storage/a.cc", "gateway/engine/commit.h"),
            ("gateway/engine/a.cc", "gateway/functions/pool.h"),
            ("sdk-cpp/statefun/a.cc", "gateway/gateway.h"),
        ):
            with self.subTest(path=path, header=header):
                self.assertTrue(found(path, f'#include "{header}"\n', style.includes))
        self.assertEqual(
            [], found("gateway/engine/a.cc", '#include "storage/store.h"\n', style.includes)
        )


class Headers(unittest.TestCase):
    def test_a_header_begins_with_its_contract(self):
        good = "// Mailbox: messages of one address.\n//\n// Threads: any.\n#pragma once\nint x;\n"
        self.assertEqual([], found("a.h", good, style.header_contract))
        for bad in ("#pragma once\nint x;\n", "// Mailbox.\nint x;\n", "int y;\n#pragma once\n"):
            with self.subTest(bad):
                self.assertTrue(found("a.h", bad, style.header_contract))


class Lengths(unittest.TestCase):
    def test_long_files_need_a_reason_in_the_first_line(self):
        body = "int x;\n" * 301
        self.assertTrue(found("a.cc", body, style.lengths))
        excused = "// Longer than 300: one table.\n" + body
        self.assertEqual([], found("a.cc", excused, style.lengths))

    def test_long_functions_are_found_wherever_they_are(self):
        body = "    call();\n" * 70
        for text in (
            f"void f(int a) {{\n{body}}}\n",
            f"namespace n {{\nclass C {{\n    int g() const {{\n{body}    }}\n}};\n}}\n",
            f'TEST_CASE("it works", "[x]") {{\n{body}}}\n',
            f"C::C() : a_{{1}}, b_(2) {{\n{body}}}\n",
        ):
            with self.subTest(text[:40]):
                self.assertEqual(1, len(found("a.cc", text, style.lengths)))
                self.assertEqual(
                    [], found("a.cc", "// Longer than 70: why.\n" + text, style.lengths)[1:]
                )
        self.assertTrue(found("a.py", "def f():\n" + "    x = 1\n" * 70, style.lengths))

    def test_tables_and_classes_are_not_functions(self):
        rows = '    Entry{1, "x"},\n' * 100
        self.assertEqual([], cpp_functions(f"const std::array kTable = {{\n{rows}}};\n"))
        self.assertEqual([], cpp_functions("struct S {\n" + "    int x;\n" * 100 + "};\n"))

    def test_long_lines_are_caught_unless_they_cannot_be_broken(self):
        self.assertTrue(found("a.cc", "int " + "x" * 100 + ";\n", style.lengths))
        self.assertEqual([], found("a.cc", '    "' + "x" * 100 + '",\n', style.lengths))


class Text(unittest.TestCase):
    def test_blanks_tabs_and_missing_newlines_are_caught(self):
        for text in ("int x; \n", "\tint x;\n", "int x;", "int x;\n\n"):
            with self.subTest(repr(text)):
                self.assertTrue(found("a.cc", text, style.blanks))
        self.assertEqual([], found("Makefile", "all:\n\ttrue\n", style.blanks))

    def test_every_source_is_in_a_target(self):
        def lost(path):
            sources = [Source("dir/CMakeLists.txt", CMAKE), Source(path, "int x;\n")]
            return [violation.path for violation in style.in_targets(sources)]

        self.assertEqual([], lost("dir/a.cc"))
        for path in ("dir/deep/b.cc", "other/c.cc", "far/d.cc"):
            self.assertEqual([], lost(path))
        self.assertEqual(["dir/not_here.cc"], lost("dir/not_here.cc"))
        self.assertEqual(["dir/b.cc"], lost("dir/b.cc"))
        self.assertEqual(["dir/test_y.py"], lost("dir/test_y.py"))
        self.assertEqual([], lost("dir/helper.py"))

    def test_the_changelog_has_its_shape(self):
        good = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- x\n\n## [0.1.0] - 2026-01-31\n"
        self.assertEqual([], found("CHANGELOG.md", good, style.changelog))
        for bad in (
            good.replace("## [Unreleased]\n", ""),
            good.replace("Added", "News"),
            good.replace(" - 2026-01-31", ""),
        ):
            with self.subTest(bad):
                self.assertTrue(found("CHANGELOG.md", bad, style.changelog))

    def test_blanking_keeps_line_numbers_and_digit_separators(self):
        text = 'int a = 1\'000; /* one\ntwo */ char c = \'"\'; // three\nauto s = "x\\"y";\n'
        blanked = blank_cpp(text)
        self.assertEqual(text.count("\n"), blanked.count("\n"))
        self.assertIn("1'000", blanked)
        for word in ("one", "two", "three", "x"):
            self.assertNotIn(word, blanked)


if __name__ == "__main__":
    unittest.main()
