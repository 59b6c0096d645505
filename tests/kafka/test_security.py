"""Passwords and certificates between the gateway and a real Kafka broker, and what fails there."""
import json
import unittest

from bed import KafkaTest, egress
from broker import Broker
from certificates import Authority
from polling import wait_until

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

    def settings(self, protocol, password=PASSWORD, authority=None, certificate=True):
        """Of a client, by the names of Kafka's Java client where it has them."""
        settings = {"security.protocol": protocol}
        if protocol.endswith("SSL"):
            settings["ssl.truststore.type"] = "PEM"
            settings["ssl.truststore.location"] = str((authority or self.authority).certificate)
        if protocol == "SSL" and certificate:
            settings["ssl.certificate.location"] = str(self.client_certificate)
            settings["ssl.key.location"] = str(self.client_key)
        if protocol.startswith("SASL"):
            settings["sasl.mechanism"] = "PLAIN"
            settings["sasl.jaas.config"] = jaas(username=USER, password=password)
        return settings

    def document(self, protocol, semantic="exactly-once", **wrong):
        lines = [f"    - {name}: {json.dumps(value)}\n"
                 for name, value in self.settings(protocol, **wrong).items()]
        return egress(
            self.broker.addresses[protocol], semantic, "  properties:\n" + "".join(lines)
        )

    def test_records_arrive_over_every_listener(self):
        for protocol in ("SSL", "SASL_SSL", "SASL_PLAINTEXT"):
            with self.subTest(protocol):
                topic = f"out-{protocol}"
                self.broker.create_topic(topic)
                self.start_gateway(self.document(protocol))
                self.emit(protocol, topic, 3)
                records = self.reader(topic).read(lambda seen: len(seen) >= 3)
                self.check_emitted_once_in_order(records, {protocol: 3})
                self.gateway.stop()

    def test_a_check_that_fails_is_named_and_costs_nothing_but_time(self):
        wrongs = {
            "password": ("SASL_SSL", {"password": WRONG}, "Invalid username or password"),
            "authority": ("SASL_SSL", {"authority": self.stranger}, "certificate verify failed"),
            "certificate": ("SSL", {"certificate": False}, "alert bad certificate"),
        }
        for semantic in ("exactly-once", "at-least-once"):
            for what, (protocol, wrong, told) in wrongs.items():
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
