"""Functions without an SDK: they speak the protocol's own messages, so that any id and any bytes pass.

  any type     counts its messages in the state `count`, replies "<id> <count>" to a call, as bytes
  test/relay   sends an empty message to the test/counter whose id is its argument

POST /control {"delay": 0.5}   every call takes that many seconds from now on
GET  /seen                     [[type, id in hex, number of messages], ...] of all calls so far
"""
import asyncio

from function_server import octets, run
from statefun.request_reply_pb2 import FromFunction, ToFunction

INT = "test/decimal"


def count_of(batch):
    for state in batch.state:
        if state.state_name == "count" and state.state_value.has_value:
            return int(state.state_value.value)
    return 0


def relayed(batch):
    response = FromFunction()
    for invocation in batch.invocations:
        sent = response.invocation_result.outgoing_messages.add()
        sent.target.namespace, sent.target.type = "test", "counter"
        sent.target.id = invocation.argument.value.decode()
        sent.argument.typename, sent.argument.has_value = "test/bytes", True
    return response


def answer(batch):
    """The response to one batch; asks for the state first if it was not handed in."""
    if batch.target.type == "relay":
        return relayed(batch)
    response = FromFunction()
    if not any(state.state_name == "count" for state in batch.state):
        missing = response.incomplete_invocation_context.missing_values.add()
        missing.state_name, missing.type_typename = "count", INT
        return response
    count = count_of(batch)
    result = response.invocation_result
    for invocation in batch.invocations:
        count += 1
        if invocation.caller.type == "call":
            sent = result.outgoing_messages.add()
            sent.target.CopyFrom(invocation.caller)
            sent.argument.typename, sent.argument.has_value = "test/bytes", True
            sent.argument.value = batch.target.id.encode() + b" %d" % count
    mutation = result.state_mutations.add()
    mutation.mutation_type, mutation.state_name = 1, "count"
    mutation.state_value.typename, mutation.state_value.has_value = INT, True
    mutation.state_value.value = b"%d" % count
    return response


class Server:
    def __init__(self):
        self._delay_s = 0
        self.seen = []

    async def statefun(self, request):
        batch = ToFunction.FromString(await request.read()).invocation
        target = batch.target
        self.seen.append([target.type, target.id.encode().hex(), len(batch.invocations)])
        if self._delay_s:
            await asyncio.sleep(self._delay_s)
        return octets(answer(batch).SerializeToString())

    def control(self, order):
        self._delay_s = order["delay"]


if __name__ == "__main__":
    server = Server()
    run(server.statefun, control=server.control, shown={"/seen": server.seen})
