"""A real Kafka broker (KRaft, one node) for tests: start, kill, start again, stop.

The libraries come from tests/kafka/build.sh. Everything the broker writes is in its directory.
"""
import os
import pathlib
import signal
import socket
import subprocess
import time

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LIBS = ROOT / "build" / "kafka" / "libs"
START_S = 60
STOP_S = 30
CLUSTER_ID = "AAAAAAAAAAAAAAAAAAAAAA"

# What is not Kafka's default makes one node enough, and restarts after a kill short.
PROPERTIES = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "log.dirs": "data",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "auto.create.topics.enable": "false",
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "500",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "500",
}


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Broker:
    """`extra` are lines of server.properties; `listeners` are further ways to reach it, each with
    the name of its security protocol (SSL, SASL_PLAINTEXT, SASL_SSL) and an address of its own."""

    def __init__(self, directory, extra=None, listeners=()):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        names = ["PLAINTEXT", *listeners]
        self.addresses = {name: f"127.0.0.1:{free_port()}" for name in names}
        self.address = self.addresses["PLAINTEXT"]
        self.client = {"bootstrap.servers": self.address}
        self._child = None
        controller = f"127.0.0.1:{free_port()}"
        doors = [f"{name}://{self.addresses[name]}" for name in names]
        properties = {
            **PROPERTIES,
            "controller.quorum.voters": f"1@{controller}",
            "listeners": ",".join([*doors, f"CONTROLLER://{controller}"]),
            "advertised.listeners": ",".join(doors),
            "listener.security.protocol.map": ",".join(
                ["CONTROLLER:PLAINTEXT", *(f"{name}:{name}" for name in names)]
            ),
            **(extra or {}),
        }
        text = "".join(f"{key}={value}\n" for key, value in properties.items())
        (self.directory / "server.properties").write_text(text)
        self._java("kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", "server.properties")

    def _command(self, *arguments):
        return [
            "java", "-Xms256m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", f"{LIBS}/*", *arguments,
        ]

    def _java(self, *arguments):
        done = subprocess.run(
            self._command(*arguments), cwd=self.directory, capture_output=True, text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{arguments[0]} failed:\n{done.stdout}{done.stderr}")

    def start(self):
        log = open(self.directory / "log", "ab")
        self._child = subprocess.Popen(
            self._command("kafka.Kafka", "server.properties"), cwd=self.directory,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )
        log.close()
        self.wait_ready()
        return self

    def wait_ready(self):
        deadline = time.monotonic() + START_S
        while True:
            if self._child.poll() is not None:
                raise RuntimeError("the broker ended:\n" + self.log_text()[-2000:])
            try:
                admin = self.admin()
                admin.list_topics(timeout=1)
                return
            except KafkaException:
                if time.monotonic() > deadline:
                    raise

    @property
    def pid(self):
        return self._child.pid

    def log_text(self):
        return (self.directory / "log").read_text(errors="replace")

    def admin(self):
        return AdminClient({**self.client, "log_level": 0})

    def create_topic(self, name, partitions=1, config=None):
        topic = NewTopic(name, partitions, 1, config=config or {})
        admin = self.admin()  # Named: it must live as long as its answers are waited for.
        for future in admin.create_topics([topic]).values():
            future.result(START_S)

    def add_partitions(self, name, total):
        admin = self.admin()
        for future in admin.create_partitions([NewPartitions(name, total)]).values():
            future.result(START_S)

    def pause(self):
        """It answers nothing, as if the network were gone."""
        os.kill(self._child.pid, signal.SIGSTOP)

    def resume(self):
        os.kill(self._child.pid, signal.SIGCONT)

    def kill(self):
        self._child.kill()
        self._child.wait()

    def stop(self):
        if self._child is None or self._child.poll() is not None:
            return
        os.kill(self._child.pid, signal.SIGCONT)
        self._child.terminate()
        try:
            self._child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
