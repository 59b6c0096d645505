"""Functions that refuse what they are told to, on the official SDK, at its server's own limits.

  test/list   appends {"n"} to the list in its state; replies the list to a call
  test/other  the same

POST /control {"poison": [7]}     a batch with one of these n is an exception, thus a 500
POST /control {"deadly": [7]}     the process ends at such a batch, in the middle of the call
POST /control {"refuse": "list"}  every batch of this type is an exception
GET  /calls                       [[type, id, messages, bytes, status], ...] of all calls so far
"""
import os

from function_server import octets, run
from statefun import (
    RequestReplyHandler,
    StatefulFunctions,
    ValueSpec,
    make_json_type,
    message_builder,
)
from statefun.request_reply_pb2 import ToFunction

ADD = make_json_type("test/Add")
LIST = make_json_type("test/List")

functions = StatefulFunctions()
orders = {"poison": [], "deadly": [], "refuse": None}


def append(context, message):
    n = message.as_type(ADD)["n"]
    if context.address.name == orders["refuse"] or n in orders["poison"]:
        raise ValueError(f"refusing {n}")
    if n in orders["deadly"]:
        os._exit(1)
    context.storage.seen = (context.storage.seen or []) + [n]
    if context.caller is not None and context.caller.typename == "io.statefun.gateway/call":
        context.send(
            message_builder(
                context.caller.typename, context.caller.id, value=context.storage.seen,
                value_type=LIST,
            )
        )


@functions.bind("test/list", specs=[ValueSpec("seen", LIST)])
def a_list(context, message):
    append(context, message)


@functions.bind("test/other", specs=[ValueSpec("seen", LIST)])
def another(context, message):
    append(context, message)


handler = RequestReplyHandler(functions)
calls = []


async def statefun(request):
    call = ["", "", 0, request.content_length, 413]
    calls.append(call)
    body = await request.read()  # Past the server's limit this is its 413.
    batch = ToFunction.FromString(body).invocation
    call[:] = [batch.target.type, batch.target.id, len(batch.invocations), len(body), 500]
    answer = await handler.handle_async(body)
    call[4] = 200
    return octets(answer)


if __name__ == "__main__":
    # aiohttp's own limit of bodies.
    run(statefun, control=orders.update, shown={"/calls": calls}, body_bytes_max=1024 * 1024)
