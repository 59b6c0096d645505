"""make bench: what the gateway costs, beside the functions that it calls.

Runs the workloads of workloads.py one after the other, each with a fresh gateway, function server
and load generator on this machine. README.md says what the rows mean.

    make bench                       all of them
    make bench ONLY=send,call-1      some
    make bench QUICK=1               whether they run, and count right; the figures mean nothing

A missed target is a finding (with --strict a failure); an error, or a count that is not what it
must be, is a failure.
"""
import argparse
import contextlib
import fcntl
import os
import pathlib
import platform
import shutil
import sys
import time

import kafka
import plot
import report
from bed import Bed, Result
from processes import BenchError
from workloads import WORKLOADS

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
WORK = ROOT / "build" / "bench"
BUSY_LOAD = 0.5  # Runnable processes of others, before anything starts.
FULL_CORES = 0.8  # A load generator that takes so much of its core may be what limits.


def chosen(names):
    """The workloads of these names, in the table's order; without names all that can run."""
    unknown = set(names) - {workload.name for workload in WORKLOADS}
    if unknown:
        known = ", ".join(workload.name for workload in WORKLOADS)
        raise BenchError(f"no workload {', '.join(sorted(unknown))}; there are {known}")
    if names:
        return [workload for workload in WORKLOADS if workload.name in names]
    left_out = set() if kafka.is_there() else {w.name for w in WORKLOADS if w.needs_kafka()}
    if left_out:
        print(f"Without {', '.join(sorted(left_out))}: tests/kafka/build.sh brings the broker.")
    return [workload for workload in WORKLOADS if workload.name not in left_out]


def run_all(bed, workloads):
    """{name: Result}; prints the table's lines as they come, and the others after it."""
    results = {}
    others = []
    print(report.heading(), flush=True)
    for workload in workloads:
        try:
            result = workload.work.run(bed)
        except BenchError as error:
            result = Result(faults=[str(error)])
        results[workload.name] = result
        if "messages_per_s" in result.figures:
            print(report.row(workload.name, result.figures), flush=True)
        elif result.figures:
            others.append(report.story(workload.name, result.figures))
    print("\n" + "\n".join(others), flush=True)
    return results


def run(arguments, workloads):
    load_before = os.getloadavg()[0]
    quick = arguments.quick
    bed = Bed(arguments.build.resolve(), WORK, quick)
    sync_us = bed.sync_us()
    began = time.monotonic()
    results = run_all(bed, workloads)
    machine = {
        "cpus": os.cpu_count(), "kernel": platform.release(), "load_before": load_before,
        "sync_us": sync_us, "quick": quick, "seconds": time.monotonic() - began,
        "date": time.strftime("%Y-%m-%d"),
    }
    verdicts = [
        verdict for workload in workloads if results[workload.name].figures
        for verdict in report.verdicts(workload, results[workload.name].figures)
    ]
    print(f"\n{os.cpu_count()} cores, one sync of the disk takes {sync_us / 1000:.3f} ms")
    if load_before > BUSY_LOAD:
        print(f"The machine was busy (load {load_before:.1f}): only ratios mean something.")
    for name, result in results.items():
        if result.figures.get("load_cores", 0) > FULL_CORES:
            print(f"{name}: the load generator may have been what limits")
    if not quick:
        print("\n".join(map(str, verdicts)))
    saved = report.save(WORK / "results.json", machine, results, verdicts)
    (WORK / "results.svg").write_text(plot.svg(saved))
    print(f"All figures: {WORK.relative_to(ROOT)}/results.json, and a plot, results.svg")
    faults = [f"{name}: {fault}" for name, result in results.items() for fault in result.faults]
    for fault in faults:
        print(f"FAULT  {fault}", file=sys.stderr)
    missed = arguments.strict and not all(verdict.reached for verdict in verdicts)
    return 1 if faults or missed else 0


@contextlib.contextmanager
def exclusively():
    """An empty folder to work in, for the one benchmark of this build."""
    WORK.parent.mkdir(exist_ok=True)
    with open(WORK.with_suffix(".lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = "another benchmark is running: two at once measure each other"
            raise BenchError(text) from None
        shutil.rmtree(WORK, ignore_errors=True)
        WORK.mkdir()
        yield WORK


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--only", default=os.environ.get("ONLY", ""), help="names, with commas")
    parser.add_argument("--strict", action="store_true", help="a missed target is a failure")
    parser.add_argument("--quick", action="store_true",
                        default=os.environ.get("QUICK", "") not in ("", "0"))
    arguments = parser.parse_args()
    try:
        workloads = chosen([name for name in arguments.only.split(",") if name])
        with exclusively():
            return run(arguments, workloads)
    except BenchError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
