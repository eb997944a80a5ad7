# SPDX-License-Identifier: Apache-2.0
"""The network between modules and the cloud, as bad as a test wants it."""
import contextlib
import socket
import threading


class Network:
    """A TCP proxy. `closed`: endpoints (as SNI names them) that cannot be reached; connections to them break before the
    cloud hears of them. `lost`: "up" and "down", what never arrives from now on of what is sent to or by the cloud."""

    def __init__(self, cloud_port):
        self.cloud_port = cloud_port
        self.closed, self.lost = set(), set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lines = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                module, _ = self.listener.accept()
                threading.Thread(target=self.connect, args=(module,), daemon=True).start()

    def connect(self, module):
        with module, contextlib.suppress(OSError):
            hello = module.recv(65536)
            if any(endpoint.encode() in hello for endpoint in self.closed):
                return
            with socket.create_connection(("127.0.0.1", self.cloud_port)) as cloud:
                cloud.sendall(hello)
                self.lines.append((module, cloud))
                down = threading.Thread(target=self.carry, args=(cloud, module, "down"), daemon=True)
                down.start()
                self.carry(module, cloud, "up")
                down.join()

    def carry(self, source, target, way):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if way not in self.lost:
                    target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self):
        """Every connection breaks."""
        lines, self.lines = self.lines, []
        for line in lines:
            for end in line:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def heal(self):
        self.lost.clear()
        self.closed.clear()

    def end(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.cut()
