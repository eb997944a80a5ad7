# SPDX-License-Identifier: Apache-2.0
"""What was sent, what came, and what should have come."""
import dataclasses
import math
import threading
import time


class Promise:
    """When a host's subscription stood beyond doubt: whoever sent to it then with QoS 1 must have been heard."""

    def __init__(self):
        self.lock = threading.Lock()
        self.windows = []  # [from, until]
        self.doubted = 0.0  # when the network last was in a fault; infinite during one

    def opens(self, since):
        """The subscription of a session begun at `since` is acknowledged; True unless a fault may have met it."""
        with self.lock:
            stands = self.doubted < since
            if stands:
                self.windows.append([time.monotonic(), math.inf])
            return stands

    def ends(self, moment=None):
        with self.lock:
            self._end(moment or time.monotonic())

    def _end(self, moment):
        if self.windows and self.windows[-1][1] == math.inf:
            self.windows[-1][1] = moment

    def is_open(self):
        with self.lock:
            return bool(self.windows) and self.windows[-1][1] == math.inf

    def fault_begins(self):
        with self.lock:
            self._end(time.monotonic())
            self.doubted = math.inf

    def fault_ends(self):
        with self.lock:
            self.doubted = time.monotonic()

    def was_met_since(self, moment):
        """A fault was there, or still is."""
        with self.lock:
            return self.doubted >= moment

    def held(self, since, until):
        with self.lock:
            return any(start <= since and until <= end for start, end in self.windows)


@dataclasses.dataclass
class Message:
    receiver: int
    qos: int
    text: str
    sent: float
    accepted: float | None = None  # when SEND was answered with OK
    received: int = 0


class Ledger:
    """`settle`: seconds that a message accepted by the cloud may take to arrive."""

    def __init__(self, settle):
        self.settle = settle
        self.lock = threading.Lock()
        self.messages = {}
        self.failures = []

    def fail(self, text):
        with self.lock:
            self.failures.append(text)
        print(f"FAILED {text}", flush=True)

    def sending(self, name, receiver, qos, text):
        with self.lock:
            self.messages[name] = Message(receiver, qos, text, time.monotonic())

    def accepted(self, name):
        self.messages[name].accepted = time.monotonic()

    def received(self, receiver, text):
        message = self.messages.get(text.split(" ")[0])
        if message is None or message.text != text or message.receiver != receiver:
            self.fail(f"host {receiver} received what nobody sent it: {text[:80]!r}")
            return
        message.received += 1
        if message.received > 1:
            self.fail(f"host {receiver} received {text[:40]!r} {message.received} times")

    def judge(self, promises):
        """Adds what is missing to the failures. Messages sent, accepted, received; promised; lost of QoS 0."""
        counts = dict.fromkeys(("sent", "accepted", "received", "promised", "lost_of_qos_0"), 0)
        for name, message in self.messages.items():
            stood = message.accepted and promises[message.receiver].held(message.sent, message.accepted + self.settle)
            counts["sent"] += 1
            counts["accepted"] += message.accepted is not None
            counts["received"] += message.received
            if stood and message.qos == 1:
                counts["promised"] += 1
                if message.received != 1:
                    self.fail(f"{name} to host {message.receiver}, QoS 1 and acknowledged, came {message.received} times")
            elif stood and message.received == 0:
                counts["lost_of_qos_0"] += 1
        return counts
