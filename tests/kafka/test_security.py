"""Passwords and certificates between the gateway and a real Kafka broker, and what fails there."""
import itertools
import json
import unittest

from bed import KafkaTest, egress, ingress
from broker import Broker
from certificates import Authority
from polling import wait_until

PROTOCOLS = ("SSL", "SASL_SSL", "SASL_PLAINTEXT")
SPELLINGS = ("java", "librdkafka")
SOON_S = 10
USER, PASSWORD = "shop", 'p;" ä\\'
WRONG = "wrong-password"
LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule required"


def jaas(**options):
    """As Java's clients and the broker read it."""
    def quoted(value):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

    words = [f"{name}={quoted(value)}" for name, value in options.items()]
    return " ".join([LOGIN, *words]) + ";"


def of_properties_file(text):
    """A value as server.properties has it: escapes once more, ASCII only."""
    escaped = text.replace("\\", "\\\\")
    return "".join(c if ord(c) < 128 else f"\\u{ord(c):04x}" for c in escaped)


class Security(KafkaTest):
    @classmethod
    def make_broker(cls, directory):
        cls.authority = Authority(directory)
        cls.stranger = Authority(directory, "stranger")
        cls.client_certificate, cls.client_key = cls.authority.sign("client")
        cls.client_store = directory / "client-store.pem"
        cls.client_store.write_text(cls.client_key.read_text() + cls.client_certificate.read_text())
        certificate, key = cls.authority.sign("broker")
        store = directory / "store.pem"
        store.write_text(key.read_text() + certificate.read_text())
        users = of_properties_file(jaas(**{f"user_{USER}": PASSWORD}))
        return Broker(directory / "broker", listeners=("SSL", "SASL_SSL", "SASL_PLAINTEXT"), extra={
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": store,
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": cls.authority.certificate,
            "listener.name.ssl.ssl.client.auth": "required",
            "sasl.enabled.mechanisms": "PLAIN",
            "listener.name.sasl_ssl.plain.sasl.jaas.config": users,
            "listener.name.sasl_plaintext.plain.sasl.jaas.config": users,
        })

    def settings(self, protocol, spelling="java", password=PASSWORD, authority=None,
                 certificate=True):
        """Of a client, by the names of Kafka's Java client or by those of librdkafka."""
        by_java = spelling == "java"
        settings = {"security.protocol": protocol}
        if protocol.endswith("SSL"):
            path = str((authority or self.authority).certificate)
            settings |= {"ssl.truststore.type": "PEM", "ssl.truststore.location": path} \
                if by_java else {"ssl.ca.location": path}
        if protocol == "SSL" and certificate:
            store = str(self.client_store)
            settings |= {"ssl.keystore.type": "PEM", "ssl.keystore.location": store} \
                if by_java else {"ssl.certificate.location": str(self.client_certificate),
                                 "ssl.key.location": str(self.client_key)}
        if protocol.startswith("SASL"):
            settings |= {"sasl.mechanism": "PLAIN",
                         "sasl.jaas.config": jaas(username=USER, password=password)} \
                if by_java else {"sasl.mechanisms": "PLAIN", "sasl.username": USER,
                                 "sasl.password": password}
        return settings

    def properties(self, protocol, **how):
        lines = [f"    - {name}: {json.dumps(value)}\n"
                 for name, value in self.settings(protocol, **how).items()]
        return "  properties:\n" + "".join(lines)

    def document(self, protocol, semantic="exactly-once", **how):
        return egress(
            self.broker.addresses[protocol], semantic, self.properties(protocol, **how)
        )

    def ingress(self, name, protocol, **how):
        """Of a topic of its own, which is named as it is."""
        return ingress(
            self.broker.addresses[protocol], {name: "k/echo"}, name=f"k/{name}",
            extra="" if protocol == "PLAINTEXT" else self.properties(protocol, **how),
        )

    def test_records_arrive_over_every_listener(self):
        for protocol, spelling in itertools.product(PROTOCOLS, SPELLINGS):
            with self.subTest(protocol, spelling=spelling):
                topic = f"out-{protocol}-{spelling}"
                self.broker.create_topic(topic)
                self.start_gateway(self.document(protocol, spelling=spelling))
                try:
                    self.emit(topic, topic, 3)
                    records = self.reader(topic).read(lambda seen: len(seen) >= 3)
                    self.check_emitted_once_in_order(records, {topic: 3})
                finally:
                    self.gateway.kill()

    def test_records_are_read_over_every_listener(self):
        names = {f"in-{protocol}-{spelling}": (protocol, spelling)
                 for protocol, spelling in itertools.product(PROTOCOLS, SPELLINGS)}
        for topic in (self.own_topic, *names):
            self.broker.create_topic(topic)
        self.start_gateway(
            egress(self.broker.address, "exactly-once"),
            *(self.ingress(name, protocol, spelling=spelling)
              for name, (protocol, spelling) in names.items()),
        )
        self.write_to(names)
        self.check_echoed({name: 1 for name in names})

    def test_an_ingress_that_is_refused_is_named_and_the_others_go_on(self):
        wrongs = {
            f"{what}-{spelling}": (protocol, {"spelling": spelling, **wrong}, told)
            for what, (protocol, wrong, told) in self.wrongs().items() for spelling in SPELLINGS
        }
        for topic in (self.own_topic, "good", *wrongs):
            self.broker.create_topic(topic)
        out = egress(self.broker.address, "exactly-once")
        good = self.ingress("good", "PLAINTEXT")
        self.start_gateway(
            out, good,
            *(self.ingress(name, protocol, **how) for name, (protocol, how, _) in wrongs.items()),
        )
        self.write_to(["good", *wrongs])
        for name, (_, _, told) in wrongs.items():
            wait_until(lambda n=name, t=told: self.is_told_of(n, t), f"{name}: {told}", SOON_S)
        self.check_echoed({"good": 1})
        self.assertNotIn(WRONG, self.gateway.log())
        self.change_module(
            out, good,
            *(self.ingress(name, protocol, spelling=how["spelling"])
              for name, (protocol, how, _) in wrongs.items()),
        )
        self.write_to(["good"])
        self.check_echoed({"good": 2, **{name: 1 for name in wrongs}})

    def is_told_of(self, name, text):
        return any(f"k/{name}" in line and text in line for line in self.gateway.log().splitlines())

    def write_to(self, topics):
        writer = self.writer()
        for topic in topics:
            writer.write(topic, topic, "x")
        writer.flush()

    def check_echoed(self, totals):
        """k/echo has counted so many records of each topic, which is their key."""
        records = self.reader(self.own_topic).read(lambda seen: len(seen) >= sum(totals.values()))
        seen = [(key.decode(), json.loads(value)["seen"]) for key, value, _ in records]
        wanted = [(name, n + 1) for name, total in totals.items() for n in range(total)]
        self.assertEqual(sorted(wanted), sorted(seen))

    def wrongs(self):
        """What may be wrong: the listener, how, and what is told."""
        return {
            "password": ("SASL_SSL", {"password": WRONG}, "Invalid username or password"),
            "plain": ("SASL_PLAINTEXT", {"password": WRONG}, "Invalid username or password"),
            "authority": ("SASL_SSL", {"authority": self.stranger}, "certificate verify failed"),
            "certificate": ("SSL", {"certificate": False}, "alert bad certificate"),
        }

    def test_a_check_that_fails_is_named_and_costs_nothing_but_time(self):
        for semantic in ("exactly-once", "at-least-once"):
            for what, (protocol, wrong, told) in self.wrongs().items():
                with self.subTest(what, semantic=semantic):
                    topic = f"{what}-{semantic}"
                    self.broker.create_topic(topic)
                    self.start_gateway(self.document(protocol, semantic, **wrong))
                    try:
                        self.check_it_is_told_and_mended(topic, told, protocol, semantic)
                    finally:
                        self.gateway.kill()

    def check_it_is_told_and_mended(self, topic, told, protocol, semantic):
        self.emit(topic, topic, 3)
        wait_until(lambda: told in self.gateway.log(), f"it is told: {told}")
        self.assertNotIn(WRONG, self.gateway.log())
        self.emit(topic, topic, 2)  # All else goes on.
        self.change_module(self.document(protocol, semantic))
        records = self.reader(topic).read(lambda seen: len(seen) >= 5)
        self.check_emitted_once_in_order(records, {topic: 5})


if __name__ == "__main__":
    unittest.main()
