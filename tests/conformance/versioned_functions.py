"""Functions of which two versions run at once; VERSION is 1 or 2.

  app/counter   counts its messages in `count`, and those that this version took in `by_1` or
                `by_2`; {"note": text} keeps a note, in version 1 for an hour, in 2 for a second
  app/steady    counts its messages in `count`, in both versions
  app/changed   adds up in `value`, which is an int in version 1 and a string in version 2

A call is replied with {name: value} of all states that the version declares.
"""
import os
from datetime import timedelta

from function_server import of_sdk, run
from statefun import (
    IntType,
    LongType,
    StatefulFunctions,
    StringType,
    ValueSpec,
    make_json_type,
    message_builder,
)

VERSION = int(os.environ["VERSION"])
ADD = make_json_type("app/Add")
STATES = make_json_type("app/States")
NOTE_LIVES = timedelta(hours=1) if VERSION == 1 else timedelta(seconds=1)
BY = f"by_{VERSION}"
COUNTER = [
    ValueSpec("count", LongType),
    ValueSpec(BY, LongType),
    ValueSpec("note", StringType, expire_after_write=NOTE_LIVES),
]
STEADY = [ValueSpec("count", LongType)]
CHANGED = [ValueSpec("value", IntType if VERSION == 1 else StringType)]

functions = StatefulFunctions()


def add(context, name):
    setattr(context.storage, name, (getattr(context.storage, name) or 0) + 1)


def reply(context, specs):
    if context.caller is not None:
        values = {spec.name: getattr(context.storage, spec.name) for spec in specs}
        context.send(message_builder(
            context.caller.typename, context.caller.id, value=values, value_type=STATES
        ))


@functions.bind("app/counter", specs=COUNTER)
def counter(context, message):
    add(context, "count")
    add(context, BY)
    note = message.as_type(ADD).get("note")
    if note:
        context.storage.note = note
    reply(context, COUNTER)


@functions.bind("app/steady", specs=STEADY)
def steady(context, message):
    add(context, "count")
    reply(context, STEADY)


@functions.bind("app/changed", specs=CHANGED)
def changed(context, message):
    n = message.as_type(ADD)["n"]
    if VERSION == 1:
        context.storage.value = (context.storage.value or 0) + n
    else:
        context.storage.value = (context.storage.value or "") + str(n)
    reply(context, CHANGED)


if __name__ == "__main__":
    run(of_sdk(functions))
