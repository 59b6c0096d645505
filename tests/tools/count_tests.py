"""Adds up the results that ctest wrote as JUnit files; the last line is 'N passed, N failed'."""
import sys
import xml.etree.ElementTree as xml


def main(paths):
    passed = failed = 0
    for path in paths:
        for case in xml.parse(path).getroot().iter("testcase"):
            if case.get("status") == "run":
                passed += 1
            else:
                failed += 1
                print(f"failed: {case.get('name')} ({path})")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
