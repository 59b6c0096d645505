"""Session tracker: remembers for every user when they logged in last.

Two function types on the official StateFun SDK:

  my_company/session_tracker  one entity per user: the last login, and how many there were
  my_company/company_counter  one entity per company: counts what the trackers tell it

The functions keep nothing themselves: the gateway holds the state, hands it in with each call, and
makes what they answer durable. This process can be stopped, replaced or run twice at any time.
"""
import argparse
import time

from aiohttp import web
from statefun import (
    Context,
    LongType,
    Message,
    RequestReplyHandler,
    StatefulFunctions,
    ValueSpec,
    egress_message_builder,
    make_json_type,
    message_builder,
)

LOGIN_REQUEST = make_json_type("my_company/LoginRequest")  # {"user", "company"}
LOGIN_REPLY = make_json_type("my_company/LoginReply")  # {"user", "last_seen", "logins"}
COMPANY_LOGIN = make_json_type("my_company/CompanyLogin")  # {"user"}
EGRESS_RECORD = make_json_type("io.statefun.playground/EgressRecord")  # {"topic", "payload"}

EGRESS = "io.statefun.playground/egress"

functions = StatefulFunctions()


@functions.bind(
    "my_company/session_tracker",
    specs=[ValueSpec("last_seen", LongType), ValueSpec("logins", LongType)],
)
async def session_tracker(context: Context, message: Message):
    login = message.as_type(LOGIN_REQUEST)
    user = context.address.id
    last_seen = context.storage.last_seen  # None at the first login.
    logins = (context.storage.logins or 0) + 1
    context.storage.last_seen = time.time_ns() // 1_000_000
    context.storage.logins = logins

    if context.caller is not None:  # A call or another function; a plain send has none.
        context.send(
            message_builder(
                target_typename=context.caller.typename,
                target_id=context.caller.id,
                value={"user": user, "last_seen": last_seen, "logins": logins},
                value_type=LOGIN_REPLY,
            )
        )
    context.send(
        message_builder(
            target_typename="my_company/company_counter",
            target_id=login["company"],
            value={"user": user},
            value_type=COMPANY_LOGIN,
        )
    )
    emit(context, "logins", f"{user} logged in (login {logins})")


@functions.bind("my_company/company_counter", specs=[ValueSpec("logins", LongType)])
async def company_counter(context: Context, message: Message):
    logins = (context.storage.logins or 0) + 1
    context.storage.logins = logins
    emit(context, "companies", f"{context.address.id} has {logins} logins")


def emit(context: Context, topic: str, payload: str):
    record = {"topic": topic, "payload": payload}
    context.send_egress(egress_message_builder(EGRESS, value=record, value_type=EGRESS_RECORD))


def application() -> web.Application:
    handler = RequestReplyHandler(functions)

    async def handle(request: web.Request) -> web.Response:
        answer = await handler.handle_async(await request.read())
        return web.Response(body=answer, content_type="application/octet-stream")

    # The gateway sends at most 16 MiB of messages in a batch, and the state comes on top.
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.add_routes([web.post("/statefun", handle)])
    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8000)
    web.run_app(application(), host="127.0.0.1", port=parser.parse_args().port)
