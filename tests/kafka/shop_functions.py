"""A shop whose commands come from Kafka and whose receipts go there, on the official SDK.

  shop/stock   its id is an article. {"add": n} restocks; {"take": n, "cart": id} asks for some, and
               is answered with what there was
  shop/cart    its id is a user. {"article": a, "count": n} puts into the cart what stock has;
               {"checkout": name} sends {"checkout": name, "articles": {a: n}} to the topic
               "receipts" as soon as every article that was asked for is answered, and empties it

A checkout waits for the answers, so that the sum of all receipts and stocks is known beforehand.
"""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from function_server import of_sdk, run  # noqa: E402
from statefun import (  # noqa: E402
    IntType,
    StatefulFunctions,
    ValueSpec,
    kafka_egress_message,
    make_json_type,
    message_builder,
)

COMMAND = make_json_type("shop/Command")
BASKET = make_json_type("shop/Basket")

functions = StatefulFunctions()


def command_to(function, entity, command):
    return message_builder(function, entity, value=command, value_type=COMMAND)


@functions.bind("shop/stock", specs=[ValueSpec("left", IntType)])
def stock(context, message):
    command = message.as_type(COMMAND)
    left = (context.storage.left or 0) + command.get("add", 0)
    if "cart" in command:
        taken = min(left, command["take"])
        left -= taken
        answer = {"taken": taken, "from": context.address.id}
        context.send(command_to("shop/cart", command["cart"], answer))
    context.storage.left = left


@functions.bind("shop/cart", specs=[ValueSpec("basket", BASKET)])
def cart(context, message):
    command = message.as_type(COMMAND)
    basket = context.storage.basket or {"articles": {}, "asked": 0, "checkout": None}
    if "article" in command:
        basket["asked"] += 1
        order = {"take": command["count"], "cart": context.address.id}
        context.send(command_to("shop/stock", command["article"], order))
    elif "taken" in command:
        basket["asked"] -= 1
        articles = basket["articles"]
        articles[command["from"]] = articles.get(command["from"], 0) + command["taken"]
    else:
        basket["checkout"] = command["checkout"]
    if basket["checkout"] and basket["asked"] == 0:
        receipt = {"checkout": basket["checkout"], "articles": basket["articles"]}
        context.send_egress(kafka_egress_message(
            typename="shop/out", topic="receipts", key=context.address.id,
            value=json.dumps(receipt),
        ))
        basket = {"articles": {}, "asked": 0, "checkout": None}
    context.storage.basket = basket


if __name__ == "__main__":
    run(of_sdk(functions))
