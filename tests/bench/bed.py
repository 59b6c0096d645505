"""Bed: what a workload runs in. The binaries, a folder for its files, and how long it may take.

Result: what a workload gives back. Figures are named `what_unit`; report.py knows how to print
them, workloads.py what is to be reached.
"""
import contextlib
import dataclasses
import json
import os
import shutil
import statistics
import subprocess
import time

from processes import BenchError, FunctionServer, Gateway, LoadGenerator

BODY = 100  # Messages in one body, where the load generator sends many at once.


@dataclasses.dataclass
class Result:
    figures: dict = dataclasses.field(default_factory=dict)
    faults: list = dataclasses.field(default_factory=list)  # What makes the figures worthless.

    def expect(self, what, found, wanted):
        """A count that is known beforehand."""
        if found != wanted:
            self.faults.append(f"{what}: {found:,.0f} instead of {wanted:,.0f}")


class Bed:
    def __init__(self, build, work, quick):
        self.quick = quick
        self._build = build
        self._work = work
        self.load_generator = LoadGenerator(self._program("load_generator"))

    def _program(self, name):
        return self._build / "tests/bench" / name

    def scaled(self, full, quick):
        return quick if self.quick else full

    def sync_us(self):
        """The median time, now, of one synced append to the disk that holds the store."""
        took = []
        path = self._fresh("sync")
        with open(path, "wb", buffering=0) as file:
            for _ in range(self.scaled(100, 5)):
                file.write(bytes(4096))
                began = time.perf_counter()
                os.fdatasync(file.fileno())
                took.append((time.perf_counter() - began) * 1e6)
        path.unlink()
        return statistics.median(took)

    def socket_path(self):
        return self._fresh("function.sock")

    def _fresh(self, name):
        """A path in the work folder, where nothing is."""
        path = self._work / name
        if path.is_dir():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        return path

    @contextlib.contextmanager
    def function_server(self, name, *arguments):
        server = FunctionServer(self._program(name), arguments, self._work)
        try:
            yield server
            server.check_alive()
        finally:
            server.stop()

    @contextlib.contextmanager
    def gateway(self, function_url, more="", keep=False):
        binary = self._build / "gateway/statefun-gateway"
        gateway = Gateway(binary, function_url, self._work, more, keep)
        try:
            yield gateway
            gateway.check_alive()
        finally:
            gateway.stop()

    def empty_folder(self, name="store"):
        return self._fresh(name)

    def load(self, name):
        """Another load generator than the usual one."""
        return LoadGenerator(self._program(name))

    def program(self, name, *arguments):
        """The JSON that a program of the benchmark prints."""
        command = [str(self._program(name)), *map(str, arguments)]
        child = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        if child.returncode != 0:
            raise BenchError(f"{' '.join(command)} ended with {child.returncode}")
        return json.loads(child.stdout)
