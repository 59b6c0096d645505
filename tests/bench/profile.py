"""make profile: where the gateway's CPU goes, by the stages of a message's way.

The `send` load with 64 connections runs against the reference function; perf samples the whole
gateway, and each sample is folded into the stage that its function belongs to (profile_stages.py).
A stage's figure is the share of the samples, and that share of the gateway's CPU per turn in the
same seconds.

    python3 tests/bench/profile.py [--build build/release] [--mode send] [--seconds 10]
                                   [--symbols 5] [--markdown]

PROFILE.md keeps the figures, with what moved them.
"""
import argparse
import collections
import pathlib
import shutil
import signal
import subprocess
import sys

from processes import BenchError, FunctionServer, Gateway, LoadGenerator
from profile_stages import STAGES, stage_of

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
WORK = ROOT / "build" / "profile"
FREQUENCY_HZ = 1999  # Not a multiple of what timers run at.
CONNECTIONS, IDS, WARM_UP_S = 64, 10_000, 2


class Recorder:
    """perf over one process, from start() to stop()."""

    def __init__(self, pid):
        self.path = WORK / "perf.data"
        command = [
            "perf", "record", "-q", "-e", "cpu-clock", "-F", str(FREQUENCY_HZ), "-g",
            "-p", str(pid), "-o", str(self.path),
        ]
        try:
            self._child = subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
            )
        except FileNotFoundError:
            raise BenchError("perf is missing: install the package linux-perf") from None

    def stop(self):
        self._child.send_signal(signal.SIGINT)
        said = self._child.communicate()[1]
        if not self.path.exists() or self.path.stat().st_size == 0:
            raise BenchError(f"perf recorded nothing: {said}")

    def samples(self):
        """The stacks, each a list of (symbol, object), the innermost function first."""
        command = [
            "perf", "script", "-i", str(self.path), "-F", "ip,sym,dso", "--no-inline",
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BenchError(f"{' '.join(command)} failed: {done.stderr}")
        for block in done.stdout.split("\n\n"):
            stack = [frame_of(line) for line in block.splitlines() if line.strip()]
            if stack:
                yield stack


def frame_of(line):
    """(symbol, object) of a line like `  7f12ab write+0x1d (/lib/libc.so.6)`."""
    _, _, rest = line.strip().partition(" ")
    symbol, _, place = rest.rpartition(" (")
    return symbol, place.rstrip(")")


class Profile:
    def __init__(self, stacks):
        self.stages = collections.Counter()
        self.symbols = collections.defaultdict(collections.Counter)
        for stack in stacks:
            stage = stage_of(stack)
            self.stages[stage] += 1
            self.symbols[stage][stack[0]] += 1
        self.total = sum(self.stages.values())
        if self.total == 0:
            raise BenchError("no samples: was the gateway idle?")

    def share(self, stage):
        return self.stages[stage] / self.total


def measure(build, mode, seconds):
    """(the profile, the gateway's CPU per turn, turns per second)."""
    programs = build / "tests/bench"
    function = FunctionServer(programs / "reference_function", [], WORK)
    try:
        gateway = Gateway(build / "gateway/statefun-gateway", function.url, WORK)
        recorders = []

        def sample(_):
            if not recorders:
                recorders.append(Recorder(gateway.pid))
            elif len(recorders) == 1:
                recorders[0].stop()
            return gateway.cpu_us(), gateway.metric("statefun_turns_total")

        try:
            _, (begin, end) = LoadGenerator(programs / "load_generator").run(
                sample, mode=mode, port=gateway.port, connections=CONNECTIONS, ids=IDS,
                warm_up=WARM_UP_S, seconds=seconds,
            )
            gateway.check_alive()
        finally:
            gateway.stop()
    finally:
        function.stop()
    turns = end[1] - begin[1]
    return Profile(recorders[0].samples()), (end[0] - begin[0]) / turns, turns / seconds


def print_table(profile, us_per_turn, symbols):
    print(f"{'us/turn':>8} {'share':>6}  stage")
    for stage in STAGES:
        share = profile.share(stage)
        print(f"{share * us_per_turn:8.2f} {share:6.1%}  {stage}")
        for (symbol, place), count in profile.symbols[stage].most_common(symbols):
            place = pathlib.Path(place).name
            print(f"{'':8} {count / profile.total:6.1%}      {symbol[:100]} ({place})")


def print_markdown(profile, us_per_turn):
    print("| stage | us/turn | share |\n|---|---|---|")
    for stage in STAGES:
        share = profile.share(stage)
        print(f"| {stage} | {share * us_per_turn:.2f} | {share:.1%} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--mode", choices=("send", "call"), default="send")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--symbols", type=int, default=0, metavar="N", help="the N first of each")
    parser.add_argument("--markdown", action="store_true", help="a table for PROFILE.md")
    options = parser.parse_args()
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    try:
        profile, us_per_turn, per_s = measure(
            options.build.resolve(), options.mode, options.seconds
        )
    except BenchError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.mode}, {CONNECTIONS} connections: {us_per_turn:.1f} us of the gateway's CPU a"
          f" turn, {per_s:,.0f} turns/s, {profile.total:,} samples")
    if options.markdown:
        print_markdown(profile, us_per_turn)
    else:
        print_table(profile, us_per_turn, options.symbols)
    return 0


if __name__ == "__main__":
    sys.exit(main())
