"""The demonstration: three logins, kill -9, a fourth login that knows the third.

Starts the functions and the gateway, narrates what it does, checks what comes back, and stops
everything again. Ends with 0 if all was as it should be.

    python examples/session-tracker/demo.py --gateway build/release/gateway/statefun-gateway
"""
import argparse
import json
import pathlib
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
WORK = HERE.parent.parent / "build" / "demo"
DEADLINE_S = 20


class Surprise(Exception):
    """Something was not as it should be."""


def say(text=""):
    print(text, flush=True)


def check(condition, what):
    if not condition:
        raise Surprise(what)


def port_or_free(wanted):
    """The wanted port, or a free one if somebody else has it."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise Surprise("no free port")


def wait_for(condition, what):
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        check(time.monotonic() < deadline, f"{what} within {DEADLINE_S} s")
        time.sleep(0.01)


def answers(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def curl(*arguments, quiet=False):
    """Runs curl as a user would; returns status and body."""
    if not quiet:
        say(f"  $ curl {' '.join(shlex.quote(a) for a in arguments)}")
    done = subprocess.run(
        ["curl", "-s", "-w", "\n%{http_code}", *arguments],
        capture_output=True, text=True, timeout=60,
    )
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


class Demo:
    def __init__(self, gateway, functions):
        self.gateway_path = gateway
        self.functions = functions  # Another program that serves them; None: functions.py.
        self.ports = {name: port_or_free(port) for name, port in (
            ("functions", 8000), ("api", 8070), ("admin", 8071), ("ingress", 8090), ("egress", 8091)
        )}
        self.processes = {}

    def write_module(self):
        text = (HERE / "module.yaml").read_text()
        text = text.replace("127.0.0.1:8000", f"127.0.0.1:{self.ports['functions']}")
        text = text.replace("port: 8090", f"port: {self.ports['ingress']}")
        text = text.replace("port: 8091", f"port: {self.ports['egress']}")
        (WORK / "module.yaml").write_text(text)

    def start(self, name, command):
        with open(WORK / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )

    def alive(self, name):
        code = self.processes[name].poll()
        check(code is None, f"the {name} to run; it ended with {code}, see its log")
        return True

    def start_functions(self):
        program = [self.functions] if self.functions else [
            sys.executable, str(HERE / "functions.py")
        ]
        self.start("functions", [*program, "--port", str(self.ports["functions"])])
        wait_for(
            lambda: self.alive("functions") and answers(self.ports["functions"]),
            "the functions to answer",
        )
        made_with = self.functions or "Python, official SDK"
        say(f"The functions ({made_with}) serve port {self.ports['functions']}.")

    def start_gateway(self):
        began = time.monotonic()
        self.start("gateway", [
            self.gateway_path, "serve", "--module", str(WORK / "module.yaml"),
            "--data", str(WORK / "data"),
            "--api", f"127.0.0.1:{self.ports['api']}",
            "--admin", f"127.0.0.1:{self.ports['admin']}",
        ])
        ready = f"http://127.0.0.1:{self.ports['admin']}/readyz"
        wait_for(
            lambda: self.alive("gateway") and curl(ready, quiet=True)[0] == 200,
            "the gateway to be ready",
        )
        took_ms = (time.monotonic() - began) * 1000
        say(f"The gateway serves port {self.ports['api']}, ready after {took_ms:.0f} ms.")

    def login(self, user, company):
        status, body = curl(
            "-X", "POST", "-H", "Content-Type: application/vnd.my_company/LoginRequest",
            "-d", json.dumps({"user": user, "company": company}),
            f"http://127.0.0.1:{self.ports['api']}/v1/call/my_company/session_tracker/{user}",
        )
        say(f"  {body}")
        check(status == 200, f"200 for the login, not {status}")
        return json.loads(body)

    def records(self, topic, count):
        """Takes `count` records of a topic; each GET takes one."""
        url = f"http://127.0.0.1:{self.ports['egress']}/{topic}"
        say(f"  $ curl {url}    (once for each record)")
        taken = []

        def take():
            status, body = curl(url, quiet=True)
            if status == 200 and body:
                say(f"  {body}")
                taken.append(body)
            return len(taken) == count

        wait_for(take, f"{count} records in the topic {topic}")
        return taken

    def run(self):
        self.write_module()
        self.start_functions()
        self.start_gateway()

        say("\nThree logins. Each reply tells when the user was seen last.")
        for n in (1, 2, 3):
            before_ms = time.time_ns() // 1_000_000
            reply = self.login("ada", "analytical")
            check(reply["logins"] == n, f"login {n}, not {reply['logins']}")
            check((reply["last_seen"] is None) == (n == 1), "last_seen from the second on")

        say("\nkill -9 of the gateway, without warning; then a start on the same directory.")
        self.processes["gateway"].kill()
        self.processes["gateway"].wait()
        self.start_gateway()

        say("\nThe fourth login. It knows the third.")
        reply = self.login("ada", "analytical")
        check(reply["logins"] == 4, f"login 4, not {reply['logins']}")
        check(
            reply["last_seen"] is not None and reply["last_seen"] >= before_ms,
            "last_seen to be the time of the third login",
        )

        say("\nWhat the functions emitted waited for a reader, from before the kill and after:")
        logins = self.records("logins", 4)
        expected = [f"ada logged in (login {n})" for n in (1, 2, 3, 4)]
        check(logins == expected, "four logins in order")
        companies = self.records("companies", 4)
        check(companies[-1] == "analytical has 4 logins", "a company with four logins")

        say("\nA graceful stop:")
        self.processes["gateway"].send_signal(signal.SIGTERM)
        code = self.processes["gateway"].wait(timeout=DEADLINE_S)
        check(code == 0, f"exit code 0 of the gateway, not {code}")
        say("  the gateway ended with 0.")

    def stop(self):
        for process in self.processes.values():
            if process.poll() is None:
                process.kill()
                process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gateway", required=True, help="path of the statefun-gateway executable")
    parser.add_argument("--functions", help="another program that serves the same functions")
    options = parser.parse_args()
    gateway = pathlib.Path(options.gateway).resolve()
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    demo = Demo(str(gateway), options.functions)
    try:
        demo.run()
    except (Surprise, subprocess.TimeoutExpired, OSError) as problem:
        say(f"\nNot as expected. Expected: {problem}. Logs are in {WORK}.")
        return 1
    finally:
        demo.stop()
    say("\nAll as expected.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
