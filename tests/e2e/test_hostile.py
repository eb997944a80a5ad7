# SPDX-License-Identifier: Apache-2.0
"""Thousands of peers that misbehave: neither the cloud nor its engine grows, and an honest module is served."""
import contextlib
import pathlib
import random
import re
import socket
import ssl
import struct

from harness import BUILD, EndToEnd, PATIENCE, Vendor, eventually

MIB = 1024 * 1024
# The sanitizers keep freed memory for a while on purpose: there only descriptors and sessions are counted.
COUNTS_MEMORY = BUILD.name not in ("sanitize", "tsan")


def descriptors(pid):
    return len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))


def resident(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def string(text):
    return struct.pack(">H", len(text)) + text.encode()


def packet(header, body):
    return bytes([header, len(body)]) + body


class Attacker:
    """What a stranger, or a thief of one good identity, can send."""

    def __init__(self, cloud, identity, endpoint):
        self.port, self.endpoint = cloud.mqtt, endpoint
        self.thing = (identity / "thing-name").read_text().strip()
        self.context = ssl.create_default_context(cafile=str(cloud.root_ca))
        self.context.load_cert_chain(identity / "certificate.pem", identity / "key.pem")
        self.chance = random.Random(11)

    def dial(self):
        return contextlib.closing(socket.create_connection(("127.0.0.1", self.port), PATIENCE))

    def garbage(self):
        with self.dial() as peer:
            peer.sendall(self.chance.randbytes(self.chance.randrange(1, 2000)))

    def broken_handshake(self):
        """Breaks off inside the first flight, before the answer, or inside the second flight."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.context.wrap_bio(incoming, outgoing, server_hostname=self.endpoint)
        with self.dial() as peer, contextlib.suppress(OSError):
            for flight in (1, 2):
                with contextlib.suppress(ssl.SSLWantReadError):
                    tls.do_handshake()
                data = outgoing.read()
                if flight == 2 or self.chance.random() < 0.5:
                    peer.sendall(data[:self.chance.randrange(len(data) + 1)])
                    return
                peer.sendall(data)
                incoming.write(peer.recv(65536))

    def cut_session(self):
        """A session that ends in the middle of a packet."""
        with contextlib.closing(self.context.wrap_socket(socket.create_connection(("127.0.0.1", self.port), PATIENCE),
                                                         server_hostname=self.endpoint)) as peer:
            peer.sendall(packet(0x10, string("MQTT") + b"\x04\x02\x00\x3c" + string(self.thing)))
            assert peer.recv(4) == b"\x20\x02\x00\x00"
            subscribe = packet(0x82, b"\x00\x01" + string(f"{self.thing}/#") + b"\x01")
            publish = packet(0x32, string(f"{self.thing}/data") + b"\x00\x02" + b"x" * 40)
            peer.sendall(subscribe + publish[:self.chance.randrange(1, len(publish))])


class Hostile(EndToEnd):
    def setUp(self):
        super().setUp()
        self.site = self.cloud("--connects-per-certificate", "1000")
        vendor = Vendor(self.folder / "vendor").create_ca().enroll(self.site)
        honest, thief = vendor.issue(2)
        self.honest = self.module(honest, self.site)
        self.honest.connect()
        self.honest.at("AT+CONF Topic1=data")
        self.attacker = Attacker(self.site, thief, self.site.staging_endpoint())

    def pids(self):
        gateways = {f"gateway {number}": pid for number, pid in enumerate(self.site.gateways())}
        return {"cloud": self.site.process.child.pid, "engine": self.site.engine_pid(), **gateways}

    def attack(self, step, count):
        """Runs the step that often; what each process has grown by, once every connection is gone."""
        memory = {name: resident(pid) for name, pid in self.pids().items()}
        for _ in range(count):
            step()
        eventually(lambda: self.site.metric("gateway_sessions") == 1, "only the honest session is left")
        eventually(lambda: all(descriptors(pid) <= self.idle[name] for name, pid in self.pids().items()),
                   f"descriptors return to {self.idle}")
        return {name: resident(pid) - memory[name] for name, pid in self.pids().items()}

    def check_nothing_grows(self, step, count):
        step()
        eventually(lambda: self.site.metric("gateway_sessions") == 1, "only the honest session is left")
        self.idle = {name: descriptors(pid) + 2 for name, pid in self.pids().items()}  # the metrics' own connection
        first = self.attack(step, count)
        second = self.attack(step, count)
        print(f"grown by {first}, then by {second}")
        for name in first if COUNTS_MEMORY else ():
            self.assertLess(first[name], 16 * MIB, name)
            self.assertLess(second[name], max(first[name], MIB), name)
        self.assertEqual(self.honest.at("AT+SEND1 still here"), "OK")
        self.assertEqual(self.site.metric("engine_ready"), 1)

    def test_thousands_of_garbage_connections_leave_nothing_behind(self):
        self.check_nothing_grows(self.attacker.garbage, 1000)
        self.site.eventually_logs("handshake failed")

    def test_hundreds_of_broken_handshakes_leave_nothing_behind(self):
        self.check_nothing_grows(self.attacker.broken_handshake, 250)
        self.site.eventually_logs("handshake failed")

    def test_hundreds_of_cut_sessions_leave_nothing_behind(self):
        self.check_nothing_grows(self.attacker.cut_session, 250)
        self.site.eventually_logs("disconnected")

    def test_the_metrics_name_no_account_and_no_thing(self):
        self.attacker.cut_session()
        text = self.site.get("/metrics")[1]
        text = re.sub(r"\{(kind|stage)=\"[a-z_]+\"\}", "", text)  # kinds of findings and stages of errands are ours
        self.assertNotRegex(text, r"\{|[0-9]{12}|" + self.attacker.thing)
