"""Cold: more entities than memory holds. Each message finds its entity on the disk, mostly."""
import dataclasses
import statistics
import threading

from bed import BODY
from loads import Load, add_ratios


class MemoryWatch:
    """A process's RSS, once a second."""

    def __init__(self, process, seconds):
        self._process = process
        self._every = seconds
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.seen_mb = []

    def _run(self):
        while not self._over.wait(self._every):
            self.seen_mb.append(self._process.memory_mb())

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def growth_mb(self):
        """The median of the last third over that of the first one."""
        third = max(1, len(self.seen_mb) // 3)
        return statistics.median(self.seen_mb[-third:]) - statistics.median(self.seen_mb[:third])


@dataclasses.dataclass(frozen=True)
class Cold:
    """Every entity gets a message in turn, then for a while any of them."""

    load: Load
    seconds: float

    def run(self, bed):
        load = dataclasses.replace(self.load, ids=bed.scaled(self.load.ids, 2000))
        with bed.function_server(load.server) as server:
            ceiling = load.straight(bed, server)
            with bed.gateway(server.url) as gateway:
                touched = load.through(
                    bed, server, gateway, mode="protobuf", count=load.ids // BODY,
                    warm_up=0,
                )
                touched.accepted *= BODY
                gateway.settle(120)
                with MemoryWatch(gateway, bed.scaled(1, 0.02)) as watch:
                    found = load.through(
                        bed, server, gateway, seconds=bed.scaled(self.seconds, 0.3),
                    )
                found.accepted += touched.accepted
                load.check(found, gateway.settle(60))
        found.expect("entities", touched.accepted, load.ids)
        found.faults += touched.faults + ceiling.faults
        found.figures["touched_per_s"] = touched.figures["messages_per_s"]
        found.figures["growth_mb"] = watch.growth_mb()
        add_ratios(found.figures, ceiling.figures, bed.sync_us())
        return found
