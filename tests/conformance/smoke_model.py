"""The smoke test's commands, and what they must come to.

StateFun's own smoke test, re-made: trees of commands over 128 instances, at most ten deep, drawn
with its weights. A counter per instance is all that is expected in the end. Ours goes further in
one thing: a cancelled message carries an increment, so that a cancellation that fails is counted.
"""
import random
import uuid
from collections import Counter

from commands_pb2 import Command, Commands, SourceCommand

INSTANCES = 128
DEPTH = 10
COMMANDS_PER_DEPTH = 3  # Fewer than so many, that is.
WEIGHTS = {
    "increment": 0.4, "send": 0.9, "send_after": 0.1, "noop": 0.2, "send_egress": 0.03,
    "cancelled": 0.1,
}
SHORT_MS = 1
NEVER_MS = 3_600_000  # Longer than any test.


class Generator:
    """The same seed makes the same commands."""

    def __init__(self, seed):
        self._random = random.Random(seed)

    def source_command(self):
        target = self._instance()
        depth = self._random.randrange(DEPTH)
        return SourceCommand(target=target, commands=self._commands(depth, target))

    def _instance(self):
        return self._random.randrange(INSTANCES)

    def _commands(self, depth, at):
        """What the instance `at` carries out, and has others carry out."""
        commands = Commands()
        count = self._random.randrange(COMMANDS_PER_DEPTH) if depth > 0 else 0
        for kind in self._random.choices(list(WEIGHTS), list(WEIGHTS.values()), k=count):
            getattr(self, f"_add_{kind}")(commands, depth, at)
        if not commands.command:
            self._add_increment(commands, depth, at)
        return commands

    def _add_noop(self, commands, depth, at):
        pass

    def _add_increment(self, commands, depth, at):
        commands.command.append(Command(increment=Command.Increment()))

    def _add_send_egress(self, commands, depth, at):
        commands.command.append(Command(send_egress=Command.SendEgress()))

    def _add_send(self, commands, depth, at):
        target = self._instance()
        nested = self._commands(depth - 1, target)
        commands.command.append(Command(send=Command.Send(target=target, commands=nested)))

    def _add_send_after(self, commands, depth, at):
        target = self._instance()
        nested = self._commands(depth - 1, target)
        self._later(commands, target, nested, "", SHORT_MS)

    def _later(self, commands, target, nested, token, delay_ms):
        commands.command.append(Command(send_after=Command.SendAfter(
            target=target, commands=nested, cancellation_token=token, delay_ms=delay_ms
        )))

    def _add_cancelled(self, commands, depth, at):
        """Cancelled in the same turn; or in one that comes later, by a message to itself."""
        token = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        increment = Commands(command=[Command(increment=Command.Increment())])
        cancel = Command(cancel_send_after=Command.CancelSendAfter(
            target=at, cancellation_token=token
        ))
        if self._random.random() < 0.5:
            self._later(commands, self._instance(), increment, token, SHORT_MS)
            commands.command.append(cancel)
        else:
            self._later(commands, self._instance(), increment, token, NEVER_MS)
            later = Commands(command=[cancel])
            commands.command.append(Command(send=Command.Send(target=at, commands=later)))


class Expected:
    """What follows from the commands that were accepted."""

    def __init__(self):
        self.counters = Counter()  # By instance.
        self.discarded = 0
        self.messages = 0

    def add(self, source):
        self._walk(source.target, source.commands)

    def _walk(self, at, commands):
        self.messages += 1
        cancelled = {
            c.cancel_send_after.cancellation_token for c in commands.command
            if c.WhichOneof("command") == "cancel_send_after"
        }
        for command in commands.command:
            kind = command.WhichOneof("command")
            if kind == "increment":
                self.counters[at] += 1
            elif kind == "send":
                self._walk(command.send.target, command.send.commands)
            elif kind == "send_after":
                later = command.send_after
                if later.cancellation_token not in cancelled and later.delay_ms != NEVER_MS:
                    self._walk(later.target, later.commands)
            elif kind == "send_egress":
                self.discarded += 1
