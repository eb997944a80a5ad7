# SPDX-License-Identifier: Apache-2.0
"""What the module costs and carries: instructions of AT commands, and messages through a real module and a real cloud."""
import os
import pathlib
import re
import shutil
import tempfile
import threading
import time

from harness import BIN, Cloud, Module, Vendor, jitp_template, policy_of, run
from measures import Row, Table

COMMANDS = ["AT", "AT+CONF? ThingName", "AT+CONF Topic2=data/of/mine", "AT+CONF CustomName=toaster", "AT+SEND1 " + "x" * 128,
            "AT+GET1", "AT+EVENT?", "AT+TIME?"]
UART_BYTES_PER_SECOND = 115200 / 10  # 8N1: ten bits a byte


def instructions(command, function, count):
    """Of one call of bench_at's `function`."""
    with tempfile.TemporaryDirectory() as folder:
        program = f"{folder}/bench_at"  # valgrind needs its names only, and Debian's cannot read DWARF 5
        run("strip", "--strip-debug", "-o", program, BIN / "bench_at")
        done = run("valgrind", "--tool=callgrind", "--collect-atstart=no", f"--toggle-collect=xl::bench::{function}(*",
                   f"--callgrind-out-file={folder}/out", program, command, count)
        return int(re.search(r"Collected : (\d+)", done.stderr).group(1)) / count, done.stdout.split()


def at_commands(_stage, count=200):
    if not shutil.which("valgrind"):
        raise SystemExit("instructions are counted by valgrind's callgrind: apt-get install valgrind")
    rows = []
    for command in COMMANDS:
        whole, (typed, answered) = instructions(command, "counted_command", count)
        framing, _ = instructions(command, "counted_framing", count)
        name = re.sub("x{9,}", "<128 bytes>", command)
        rows.append(Row(f"{name} ({typed} bytes in, {answered} out)", f"{whole:.0f} instructions", f"{framing:.0f}",
                        whole / framing))
    return Table("Instructions of an AT command",
                 f"x86-64, counted by callgrind, so the same on any machine of the kind: the module from a line's first byte "
                 f"to its answer's last, ports that only copy, {count} of each. SEND with QoS 0 to a wire that takes "
                 f"everything. Baseline: the same line through the framing alone and the same answer copied.", rows)


class Stream:
    """One host sends, the other gets; at most `ahead` messages are on their way, so that no queue overflows."""

    def __init__(self, sender, receiver, size, count, ahead=24):
        self.sender, self.receiver, self.count = sender, receiver, count
        self.room = threading.Semaphore(ahead)
        self.payloads = [f"{number} ".ljust(size, "x") for number in range(count)]
        self.failure = None

    def send(self):
        try:
            for payload in self.payloads:
                if not self.room.acquire(timeout=60):
                    raise AssertionError("what was sent does not arrive")
                if (answer := self.sender.at(f"AT+SEND2 {payload}")) != "OK":
                    raise AssertionError(f"SEND: {answer}")
        except (AssertionError, OSError) as error:
            self.failure = error

    def get(self):
        """Every message, in its order and once."""
        deadline = time.monotonic() + 120
        for payload in self.payloads:
            while (answer := self.receiver.at("AT+GET1")) == "OK":
                if self.failure or time.monotonic() > deadline:
                    raise SystemExit(f"a message is missing: {payload[:20]}; {self.failure}")
            if answer != f"OK {payload}":
                raise SystemExit(f"expected {payload[:20]!r}, got {answer[:20]!r}")
            self.room.release()
        if self.receiver.at("AT+GET1") != "OK":
            raise SystemExit("a message came twice")

    def bytes_per_second(self):
        """Over each of the two serial lines, of payload alone."""
        began = time.monotonic()
        thread = threading.Thread(target=self.send)
        thread.start()
        self.get()
        thread.join()
        return sum(map(len, self.payloads)) / (time.monotonic() - began)


def streaming(_stage):
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        cloud = Cloud(folder / "cloud", "--log-level", "warn", "--publishes-per-second", "0", "--bytes-per-second", "0")
        modules = []
        try:
            cloud.start()
            vendor = Vendor(folder / "vendor").create_ca()
            vendor.enroll_with_template(cloud, jitp_template(policy_of(("*", "*"))))
            for number, identity in enumerate(vendor.issue_for(cloud, 2)):
                os.mkdir(folder / f"module-{number}")
                modules.append(Module(identity, cloud.mqtt, "--log-level", "error", state=folder / f"module-{number}"))
                modules[-1].power_up().connect()
            sender, receiver = modules
            for qos, size, count in ((0, 128, 4000), (0, 1024, 2000), (1, 1024, 2000), (1, 8192, 400)):
                for module in modules:
                    module.at(f"AT+CONF QoS={qos}")
                receiver.events()
                receiver.subscribe(1, "bench/stream")
                sender.at("AT+CONF Topic2=bench/stream")
                ahead = 24 if size < 8192 else 3  # 32 KiB wait for GET at most
                rate = Stream(sender, receiver, size, count, ahead).bytes_per_second()
                ratio = rate / UART_BYTES_PER_SECOND
                rows.append(Row(f"QoS {qos}, {count} messages of {size} bytes", f"{rate:.0f} B/s",
                                f"{UART_BYTES_PER_SECOND:.0f} B/s", ratio, "ratio ≥ 8", ratio >= 8))
        finally:
            for module in modules:
                module.end()
            if cloud.process:
                cloud.process.end()
    return Table("Streaming through modules",
                 "A host's SENDs through a module on a pseudo-terminal, the cloud, and another module to its host's GETs: bytes "
                 "of payload a second over either line, every message once and in its order, or the measurement ends. "
                 "Baseline: what a UART of 115200 baud, 8N1, carries at all.", rows)
