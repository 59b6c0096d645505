"""The command interpreter of the smoke test on the official Python SDK."""
import base64
from datetime import timedelta

from statefun import (
    LongType,
    ValueSpec,
    egress_message_builder,
    make_json_type,
    message_builder,
    simple_type,
)

from commands_pb2 import Commands, SourceCommand, VerificationResult

NAME = "statefun.smoke.e2e/command-interpreter-fn"
EGRESS_RECORD = make_json_type("io.statefun.playground/EgressRecord")


def _protobuf_type(typename, kind):
    return simple_type(typename, kind.SerializeToString, kind.FromString)


SOURCE_COMMAND = _protobuf_type("statefun.smoke.e2e/source-command", SourceCommand)
COMMANDS = _protobuf_type("statefun.smoke.e2e/commands", Commands)


def bind(functions):
    functions.bind(NAME, specs=[ValueSpec("state", LongType)])(interpret)


def interpret(context, message):
    if message.is_type(SOURCE_COMMAND):
        commands = message.as_type(SOURCE_COMMAND).commands
    else:
        commands = message.as_type(COMMANDS)
    for command in commands.command:
        kind = command.WhichOneof("command")
        if kind == "increment":
            context.storage.state = (context.storage.state or 0) + 1
        elif kind == "send":
            context.send(_commands_to(command.send))
        elif kind == "send_after":
            later = command.send_after
            delay = timedelta(milliseconds=later.delay_ms)
            context.send_after(delay, _commands_to(later), later.cancellation_token)
        elif kind == "cancel_send_after":
            context.cancel_delayed_message(command.cancel_send_after.cancellation_token)
        elif kind == "send_egress":
            _emit(context, "discard-sink", "discarded")
        elif kind == "verify":
            _emit(context, "verification-sink", _verified(context, command.verify.expected))


def _commands_to(send):
    return message_builder(NAME, str(send.target), value=send.commands, value_type=COMMANDS)


def _verified(context, expected):
    result = VerificationResult(
        id=int(context.address.id), expected=expected, actual=context.storage.state or 0
    )
    return base64.b64encode(result.SerializeToString()).decode()


def _emit(context, topic, payload):
    record = {"topic": topic, "payload": payload}
    context.send_egress(
        egress_message_builder("io.statefun.playground/egress", record, EGRESS_RECORD)
    )
