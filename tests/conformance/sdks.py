"""The four official SDKs: how the conformance functions of each are started."""
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = HERE / "programs"
BUILT = HERE.parents[1] / "build/sdks"
LANGUAGES = ("python", "javascript", "go", "java")

_COMMANDS = {
    "python": [sys.executable, "-B", str(PROGRAMS / "python/functions.py")],
    "javascript": ["node", str(PROGRAMS / "javascript/functions.js")],
    "go": [str(BUILT / "go/functions")],
    "java": [
        "java", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
        "-cp", f"{BUILT}/java/classes:{BUILT}/java/lib/*", "conformance.Main",
    ],
}
_ENVIRONMENTS = {
    "python": {"PYTHONPATH": str(BUILT / "python")},
    "javascript": {"NODE_PATH": str(BUILT / "javascript/node_modules")},
    "go": {},
    "java": {},
}


def command(language):
    """Without its --port. Fails if the program was not built."""
    assert (BUILT / language / "stamp").exists(), (
        f"the {language} functions are not built: run tests/conformance/programs/build.sh"
    )
    return list(_COMMANDS[language])


def environment(language, **more):
    return {**_ENVIRONMENTS[language], **more}


def only():
    """The languages that SMOKE_SDK names, all of them if it is not set."""
    chosen = os.environ.get("SMOKE_SDK", "").replace(",", " ").split()
    unknown = set(chosen) - set(LANGUAGES)
    assert not unknown, f"SMOKE_SDK: {sorted(unknown)} are none of {LANGUAGES}"
    return chosen or LANGUAGES
