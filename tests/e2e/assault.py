# SPDX-License-Identifier: Apache-2.0
"""A program: connection attempts from one address that never prove to be a device's. No certificate, a stranger's
certificate, garbage, and silence at every point of the handshake, which it keeps up until the server cuts it. Ends by
itself; what it did is one JSON object on standard output."""
import argparse
import collections
import contextlib
import itertools
import json
import pathlib
import random
import socket
import ssl
import threading
import time

PATIENCE = 60


class Attempts:
    """One method for each way to waste the server's time; what it returns is kept open in silence."""

    def __init__(self, options):
        self.address, self.endpoint = ("127.0.0.1", options.port), options.endpoint
        self.nobody = ssl.create_default_context(cafile=str(options.root_ca))
        self.stranger = ssl.create_default_context(cafile=str(options.root_ca))
        self.stranger.load_cert_chain(options.stranger / "certificate.pem", options.stranger / "key.pem")

    def dial(self):
        return socket.create_connection(self.address, PATIENCE)

    def shaken(self, context):
        return context.wrap_socket(self.dial(), server_hostname=self.endpoint)

    def flights(self, count, fraction):
        """The first flights of a handshake, of the last one only a part."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.stranger.wrap_bio(incoming, outgoing, server_hostname=self.endpoint)
        peer = self.dial()
        for flight in range(1, count + 1):
            with contextlib.suppress(ssl.SSLWantReadError):
                tls.do_handshake()
            data = outgoing.read()
            peer.sendall(data[:int(len(data) * fraction)] if flight == count else data)
            if flight < count:
                incoming.write(peer.recv(65536))
        return peer

    def no_certificate(self):
        with self.shaken(self.nobody) as peer:
            peer.recv(1)

    def strange_certificate(self):
        with self.shaken(self.stranger) as peer:
            peer.sendall(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01x")
            peer.recv(4)

    def garbage(self):
        with self.dial() as peer:
            peer.sendall(random.randbytes(300))
            peer.recv(1)

    def silent_at_once(self):
        return self.dial()

    def silent_in_the_hello(self):
        return self.flights(1, 0.5)

    def silent_after_the_hello(self):
        return self.flights(1, 1)

    def silent_in_the_second_flight(self):
        return self.flights(2, 0.5)

    def silent_before_connect(self):
        return self.shaken(self.stranger)

    def all(self):
        return [self.no_certificate, self.strange_certificate, self.garbage, self.silent_at_once,
                self.silent_in_the_hello, self.silent_after_the_hello, self.silent_in_the_second_flight,
                self.silent_before_connect]


class Assault:
    def __init__(self, options):
        self.options = options
        self.kinds = itertools.cycle(Attempts(options).all())
        self.left = iter(range(options.attempts))
        self.lock = threading.Lock()
        self.began = time.monotonic()
        self.held, self.counts = [], collections.Counter()

    def next(self):
        with self.lock:
            number = next(self.left, None)
            if number is None:
                return None
            kind = next(self.kinds)
        if self.options.per_second:
            time.sleep(max(0.0, self.began + number / self.options.per_second - time.monotonic()))
        return kind

    def attack(self):
        while kind := self.next():
            try:
                peer = kind()
            except OSError:
                peer = None
            with self.lock:
                self.counts["attempts"] += 1
                if peer:
                    self.held.append(peer)

    def run(self):
        threads = [threading.Thread(target=self.attack) for _ in range(self.options.threads)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.counts["seconds"] = time.monotonic() - self.began
        self.counts["silent"] = len(self.held)
        self.counts["cut"] = sum(self.is_cut(peer) for peer in self.held)
        return self.counts

    @staticmethod
    def is_cut(peer):
        """Waits for the server to close."""
        peer = peer if not isinstance(peer, ssl.SSLSocket) else socket.socket(fileno=peer.detach())
        with contextlib.suppress(OSError):
            peer.settimeout(PATIENCE)
            try:
                while peer.recv(65536):
                    pass
            except TimeoutError:
                return False
        return True


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--endpoint", required=True)
    options.add_argument("--root-ca", type=pathlib.Path, required=True)
    options.add_argument("--stranger", type=pathlib.Path, required=True, help="an identity that the cloud does not know")
    options.add_argument("--attempts", type=int, required=True)
    options.add_argument("--per-second", type=float, default=0, help="0: as fast as it goes")
    options.add_argument("--threads", type=int, default=32)
    print(json.dumps(Assault(options.parse_args()).run()))


if __name__ == "__main__":
    main()
