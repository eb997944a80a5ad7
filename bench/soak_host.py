# SPDX-License-Identifier: Apache-2.0
"""A host that types whatever comes to its mind, and knows what its module must answer."""
import os
import random
import re
import signal
import threading
import time

from soak_ledger import Promise

FAULTLESS = {  # what is answered the same way in any state
    "AT": "OK", "AT+": "ERR3 COMMAND NOT FOUND", "AT+NONSENSE": "ERR3 COMMAND NOT FOUND", "ATTENTION": "ERR2 PARSE ERROR",
    "AT+CONF? Nobody": "ERR11 UNKNOWN KEY", "AT+CONF Version=1": "ERR12 KEY READONLY",
    "AT+CONF? Passphrase": "ERR13 KEY WRITEONLY", "AT+CONF CustomName": "ERR4 PARAMETER ERROR",
    "AT+CONF CustomName=" + "x" * 129: "ERR4 PARAMETER ERROR", "AT+CONF CustomName=\\x": "ERR5 INVALID ESCAPE",
    "AT+SEND17 x": "ERR7 OUT OF RANGE", "AT+SEND9 x": "ERR8 PARAMETER UNDEFINED", "AT+GET9": "ERR8 PARAMETER UNDEFINED",
    "AT+CONF QoS=2": "ERR4 PARAMETER ERROR", "AT+CONF? QoS pem": "ERR4 PARAMETER ERROR",
    "AT+WHERE?": "ERR16 LOCATION NOT AVAILABLE", "AT+CONF? TechSpec": "OK v1.2",
}
TIME = r"OK date \d{4}/\d\d/\d\d time \d\d:\d\d:\d\d\.\d\d SNTP"
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789 {}[]:,=+?\"'%/"


class Unexpected(AssertionError):
    pass


class Host(threading.Thread):
    def __init__(self, number, module, ledger, chance, receivers):
        super().__init__(name=f"host {number}")
        self.number, self.module, self.ledger, self.chance, self.receivers = number, module, ledger, chance, receivers
        self.promise = Promise()
        self.stopping = threading.Event()
        self.name_key = ""
        self.connected = False
        self.session_began = self.drained = time.monotonic()
        self.counts = dict.fromkeys(("commands", "connects", "losses", "overruns", "unexplained"), 0)
        self.sent = 0

    # Asking.
    def ask(self, line, *expected):
        """The answer; it must match one of the patterns, and nothing may have come before."""
        if self.module.pending or not self.module.silent(0):
            raise Unexpected(f"unasked before {line[:40]!r}: {self.module.pending!r}")
        self.counts["commands"] += 1
        answer = self.module.at(line)
        if not any(re.fullmatch(pattern, answer, re.S) for pattern in expected):
            raise Unexpected(f"{line[:60]!r} was answered with {answer[:200]!r}")
        return answer

    def ask_exactly(self, line, expected):
        return self.ask(line, re.escape(expected))

    # What a host does.
    def says_something(self):
        self.ask_exactly(*self.chance.choice(list(FAULTLESS.items())))

    def reads(self):
        self.ask_exactly("AT+CONF? CustomName", f"OK {self.name_key}".rstrip())

    def reads_the_certificate(self):
        lines = self.ask("AT+CONF? Certificate pem", r"OK\d+ pem\n.*").splitlines()
        if lines[1] != "-----BEGIN CERTIFICATE-----" or lines[-1] != "-----END CERTIFICATE-----":
            raise Unexpected(f"that is no certificate: {lines}")

    def writes(self):
        value = self.text(self.chance.randrange(1, 60)).strip()
        self.ask_exactly(f"AT+CONF CustomName={value}", "OK")
        self.name_key = value

    def asks_the_time(self):
        self.ask("AT+TIME?", TIME)

    def types_ahead(self):
        """Several lines at once: each is answered once, in their order."""
        lines = self.chance.choices(list(FAULTLESS.items()), k=self.chance.randrange(2, 12))
        end = self.chance.choice([b"\n", b"\r", b"\r\n"])
        self.counts["commands"] += len(lines)
        self.module.write(b"".join(line.encode() + end for line, _ in lines))
        for line, expected in lines:
            if (answer := self.module.line().decode()) != expected:
                raise Unexpected(f"{line[:60]!r}, typed ahead, was answered with {answer[:200]!r}")

    def sends(self):
        receiver, qos = self.chance.choice(self.receivers), self.chance.choice([0, 1, 1])
        self.ask_exactly(f"AT+CONF Topic2=soak/inbox/{receiver}", "OK")
        self.ask_exactly(f"AT+CONF QoS={qos}", "OK")
        self.sent += 1
        name = f"{self.number}.{self.sent}"
        size = self.chance.choice([0, 20, 200, 200, 1000, 3000])
        text = f"{name} {self.text(size)}"
        self.ledger.sending(name, receiver, qos, text)
        if self.ask(f"AT+SEND2 {text}", "OK", "ERR6 NO CONNECTION") == "OK":
            self.ledger.accepted(name)
            return
        losses, believed = self.counts["losses"], self.connected
        self.drain()
        if believed and self.counts["losses"] == losses:
            raise Unexpected("SEND said that there is no connection, and no event did")

    def disconnects(self):
        self.promise.ends()
        self.ask_exactly("AT+DISCONNECT", "OK 0 DISCONNECTED")
        self.connected = False

    def sleeps(self):
        """In mode 0, from which the next line wakes it."""
        self.disconnects()
        self.ask_exactly(f"AT+SLEEP {self.chance.choice([1, 3600])}", "OK 0")
        self.stopping.wait(self.chance.uniform(0, 2))

    def resets(self):
        self.restarts(lambda: self.ask_exactly("AT+RESET", "OK"))

    def pulls_reset(self):
        self.restarts(lambda: os.kill(self.module.process.child.pid, signal.SIGUSR2))

    def resets_to_the_factory(self):
        self.restarts(lambda: self.ask_exactly("AT+FACTORY_RESET", "OK"))
        self.name_key = ""

    def restarts(self, how):
        self.drain()
        self.promise.ends()
        self.connected = False
        how()
        deadline = time.monotonic() + 30
        while self.ask("AT+EVENT?", "OK.*") != "OK 2 0 STARTUP":
            if time.monotonic() > deadline:
                raise Unexpected("no STARTUP after a reset")
        self.ask_exactly("AT+CONF? Topic2", "OK")
        self.ask_exactly("AT+CONNECT?", "OK 0 0 DISCONNECTED STAGING")

    MIND = {says_something: 8, reads: 8, reads_the_certificate: 2, writes: 8, asks_the_time: 3, types_ahead: 6, sends: 60,
            disconnects: 0.6, sleeps: 0.3, resets: 0.3, pulls_reset: 0.2, resets_to_the_factory: 0.2}

    # Being connected.
    def connect(self):
        began = time.monotonic()
        if self.chance.random() < 0.3:
            self.ask_exactly("AT+CONNECT!", "OK")
            is_there = self.event(r"OK 6 (\d) CONNECT", 130).group(1) == "0"
        else:
            is_there = self.ask("AT+CONNECT", "OK 1 CONNECTED", r"ERR14 [1-6] UNABLE TO CONNECT.*") == "OK 1 CONNECTED"
        if not is_there:
            self.stopping.wait(self.chance.uniform(0.1, 1))
            return
        self.connected, self.session_began = True, began
        self.counts["connects"] += 1
        self.ask_exactly(f"AT+CONF Topic1=soak/inbox/{self.number}", "OK")
        self.ask_exactly("AT+CONF QoS=1", "OK")
        if self.ask("AT+SUBSCRIBE1", "OK", "ERR6 NO CONNECTION") == "OK" and self.event("OK 8 1 SUBACK", 60):
            self.promise.opens(began)

    def event(self, pattern, seconds):
        """The event, others being taken on the way; None when the connection is lost meanwhile."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            answer = self.ask("AT+EVENT?", "OK.*")
            if found := re.fullmatch(pattern, answer):
                return found
            self.take(answer)
            if "CONLOST" in answer:
                return None
            if answer == "OK":
                time.sleep(0.05)
        raise Unexpected(f"no event {pattern!r} within {seconds} s")

    def take(self, answer):
        kind = answer.split(" ")[3] if answer != "OK" else ""
        if kind == "OVERRUN":
            self.counts["overruns"] += 1
            self.promise.ends(self.drained)
        if kind != "CONLOST":
            return
        self.counts["losses"] += 1
        if self.connected and not self.promise.was_met_since(self.session_began):
            self.counts["unexplained"] += 1
            self.ledger.fail(f"{self.name} lost its connection, and nobody had cut it")
        self.promise.ends()
        self.connected = False

    def drain(self):
        began = time.monotonic()
        while (answer := self.ask("AT+EVENT?", "OK.*")) != "OK":
            self.take(answer)
        while (answer := self.ask("AT+GET", "OK", r"OK1 soak/inbox/\d+\n.*")) != "OK":
            self.ledger.received(self.number, answer.split("\n", 1)[1])
        self.drained = began

    def text(self, size):
        """As it is typed: with escapes, no space at its ends."""
        words = [self.chance.choice(["\\\\", "\\A", "\\D"]) if self.chance.random() < 0.02 else self.chance.choice(LETTERS)
                 for _ in range(size)]
        return "".join(words).strip() + "."

    def run(self):
        try:
            while not self.stopping.is_set():
                if not self.connected and self.chance.random() < 0.6:
                    self.connect()
                else:
                    act, = self.chance.choices(list(self.MIND), list(self.MIND.values()))
                    act(self)
                self.drain()
                self.stopping.wait(self.chance.uniform(0, 1))
            deadline = time.monotonic() + self.ledger.settle
            while time.monotonic() < deadline:
                self.drain()
                time.sleep(0.2)
            self.promise.ends()
        except (AssertionError, OSError) as error:
            self.ledger.fail(f"{self.name}: {error}")
            self.promise.ends(self.drained)


class Weather(threading.Thread):
    """What happens to one module's network."""

    def __init__(self, network, endpoint, promise, chance, mean):
        super().__init__(daemon=True)
        self.network, self.endpoint, self.promise, self.chance, self.mean = network, endpoint, promise, chance, mean
        self.stopping = threading.Event()
        self.faults = 0

    def run(self):
        while not self.stopping.wait(self.chance.expovariate(1 / self.mean)):
            kind = self.chance.choice(["cut", "closed", "up", "down", "both"])
            seconds = self.chance.uniform(0, min(self.mean / 2, 15))
            self.faults += 1
            self.promise.fault_begins()
            if kind == "closed":
                self.network.closed.add(self.endpoint)
            elif kind != "cut":
                self.network.lost.update({"up", "down"} if kind == "both" else {kind})
            if kind in ("cut", "closed"):
                self.network.cut()
            self.stopping.wait(seconds)
            self.network.cut()  # what was lost is missing in every connection
            self.network.heal()
            self.promise.fault_ends()
