"""A shop between topics: what is in carts, on receipts and left in stock adds up, always.

SHOP_SECONDS (8): how long users buy while the gateway is killed.
"""
import json
import os
import pathlib
import random
import time
import unittest

from bed import KafkaTest, egress, ingress
from polling import let_run

SECONDS = float(os.environ.get("SHOP_SECONDS", 8))
ARTICLES = [f"article-{n}" for n in range(5)]
USERS = [f"user-{n}" for n in range(20)]
RESTOCK = 1_000_000


class Shop(KafkaTest):
    namespace = "shop"
    program = pathlib.Path(__file__).with_name("shop_functions.py")

    def setUp(self):
        super().setUp()
        address = self.broker.address
        for topic in ("stock", "carts", "receipts"):
            self.broker.create_topic(topic, 4)
        targets = {"stock": "shop/stock", "carts": "shop/cart"}
        self.start_gateway(
            ingress(address, targets, name="shop/in", value_type="shop/Command"),
            egress(address, "exactly-once", name="shop/out"),
        )

    def test_receipts_are_complete_and_there_once_over_kills(self):
        writer = self.writer()
        for article in ARTICLES:
            writer.write("stock", article, json.dumps({"add": RESTOCK}))
        writer.flush()
        wanted = {}
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            for _ in range(30):
                self.buy(writer, wanted)
            let_run(random.uniform(0, 0.5))
            self.gateway.restart()
        writer.flush()
        reader = self.reader("receipts", 4)
        self.assertEqual(wanted, self.receipts(reader, len(wanted)))
        # Somebody who buys all that is left.
        left = {article: RESTOCK - sum(articles.get(article, 0) for _, articles in wanted.values())
                for article in ARTICLES}
        for article in ARTICLES:
            writer.write("carts", "last", json.dumps({"article": article, "count": RESTOCK}))
        writer.write("carts", "last", json.dumps({"checkout": "the end"}))
        writer.flush()
        wanted["the end"] = ("last", left)
        self.assertEqual(wanted, self.receipts(reader, len(wanted)))

    def receipts(self, reader, count):
        """{checkout: (user, articles)}."""
        reader.read(lambda seen: len(seen) >= count)
        found = {}
        for key, value, _ in reader.read_more(1):
            receipt = json.loads(value)
            checkout = receipt["checkout"]
            self.assertNotIn(checkout, found, "a receipt is there twice")
            found[checkout] = (key.decode(), receipt["articles"])
        return found

    @staticmethod
    def buy(writer, wanted):
        """A few articles, then the checkout, by a user that has not bought anything else yet."""
        user = f"{random.choice(USERS)}-{len(wanted)}"
        articles = {}
        for _ in range(random.randint(1, 4)):
            article, count = random.choice(ARTICLES), random.randint(1, 9)
            articles[article] = articles.get(article, 0) + count
            writer.write("carts", user, json.dumps({"article": article, "count": count}))
        checkout = f"checkout-{len(wanted)}"
        writer.write("carts", user, json.dumps({"checkout": checkout}))
        wanted[checkout] = (user, articles)


if __name__ == "__main__":
    unittest.main()
