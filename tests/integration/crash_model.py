"""What must have happened, worked out without the gateway: the model of the crash test.

A message that enters at an entity makes a tree: each hop sends it on to entities that depend on its
name only. So the messages that each entity must have seen follow from the names that were sent.
"""
import hashlib
from collections import Counter, defaultdict
from typing import NamedTuple

NODES = 300
TOPICS = 4


class Hop(NamedTuple):
    root: str  # Unique name of the message that entered: "client-number".
    path: str  # How this one descends from it: "", "0", "01", ...
    hops: int  # How many more generations there are.

    def as_json(self, sender=None, sender_n=0):
        return {"root": self.root, "path": self.path, "hops": self.hops,
                "sender": sender, "sender_n": sender_n}


def children(hop):
    """(entity, hop) of each message that the receiver of `hop` sends, in order."""
    if hop.hops == 0:
        return []
    digest = hashlib.blake2b(f"{hop.root}:{hop.path}".encode(), digest_size=8).digest()
    one, other = (int.from_bytes(digest[at : at + 2], "big") % NODES for at in (1, 3))
    if digest[0] < 150:
        targets = [one]
    elif digest[0] < 210:
        targets = [one, other]
    else:
        targets = [one, one, one]  # Three from one sender to one receiver: their order counts.
    return [
        (f"n{target}", Hop(hop.root, hop.path + str(i), hop.hops - 1))
        for i, target in enumerate(targets)
    ]


def tree(entity, hop):
    """Every (entity, hop) that follows from `hop` at `entity`, itself included."""
    found, waiting = [], [(entity, hop)]
    while waiting:
        at = waiting.pop()
        found.append(at)
        waiting.extend(children(at[1]))
    return found


def topic_of(entity):
    return f"log{int(entity[1:]) % TOPICS}"


class Record(NamedTuple):
    """What an entity emits for each message: its own count, and where the message came from."""

    entity: str
    n: int
    root: str
    path: str
    sender: str  # None: from outside.
    sender_n: int


def verify(expected, records, counts):
    """Complaints about what the records and counts show; an empty list means exactly once, in order.

    expected  Counter of (entity, root, path) that must have happened
    records   {position: Record} as seen at the egress
    counts    {entity: its counter in the end}
    """
    wrong = []
    positions = sorted(records)
    if positions and positions != list(range(positions[0], positions[0] + len(positions))):
        missing = set(range(positions[0], positions[-1] + 1)) - set(positions)
        wrong.append(f"egress positions are missing: {sorted(missing)[:10]}")
    if positions and positions[0] not in (0, 1):
        wrong.append(f"the first egress position is {positions[0]}")

    happened = Counter((r.entity, r.root, r.path) for r in records.values())
    for what, difference in (("lost", expected - happened), ("too often", happened - expected)):
        if difference:
            wrong.append(f"{what}: {sum(difference.values())}, e.g. {list(difference)[:5]}")

    of_entity = defaultdict(list)
    for position in positions:
        of_entity[records[position].entity].append(records[position])
    wanted = Counter(entity for entity, _, _ in expected.elements())
    for entity in sorted(wanted.keys() | counts.keys()):
        if counts.get(entity, 0) != wanted[entity]:
            wrong.append(f"{entity} counted {counts.get(entity, 0)}, not {wanted[entity]}")
        wrong.extend(_out_of_order(entity, of_entity[entity]))
    return wrong


def _out_of_order(entity, records):
    """Complaints about one entity's records in the order of their egress positions."""
    wrong = []
    if [record.n for record in records] != list(range(1, len(records) + 1)):
        wrong.append(f"{entity} emitted {[record.n for record in records][:20]}...")
    last = {}
    for record in records:
        client, _, number = record.root.rpartition("-")
        if record.sender is None:
            source, order = f"client {client}", (int(number), "")
        else:
            source, order = record.sender, (record.sender_n, record.path[-1:])
        if order <= last.get(source, (0, "")):
            wrong.append(f"{entity} received {order} from {source} after {last[source]}")
        last[source] = order
    return wrong
