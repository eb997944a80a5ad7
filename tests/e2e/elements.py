# SPDX-License-Identifier: Apache-2.0
"""Secure elements in software, each of its own: swtpm as a TPM 2.0, SoftHSM as a PKCS#11 token."""
import os
import pathlib
import socket

from harness import Process, eventually, free_port, run

PIN = "4711"
SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class SwTpm:
    """A TPM 2.0 in a process of its own."""
    options = ("--keystore", "tpm2")

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.port = free_port()
        self.options += ("--tcti", f"swtpm:host=127.0.0.1,port={self.port}")
        self.process = None
        self.bring_back()

    def take_away(self):
        self.process.kill()

    def bring_back(self):
        self.process = Process(["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.folder}", "--server",
                                f"type=tcp,port={self.port}", "--ctrl", f"type=tcp,port={self.port + 1}", "--flags",
                                "not-need-init,startup-clear"], f"{self.folder}.log")
        eventually(lambda: accepts(self.port), "the TPM listens")

    def end(self):
        self.process.end()


class SoftHsm:
    """A PKCS#11 token in a folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.tokens = self.folder / "tokens"
        self.tokens.mkdir(parents=True)
        self.pin = self.folder / "pin"
        self.write_pin(PIN)
        configuration = self.folder / "softhsm2.conf"
        configuration.write_text(f"directories.tokendir = {self.tokens}\nobjectstore.backend = file\n")
        os.environ["SOFTHSM2_CONF"] = str(configuration)
        run("softhsm2-util", "--init-token", "--free", "--label", "line 1", "--pin", PIN, "--so-pin", "12345678")
        self.options = ("--keystore", "pkcs11", "--pkcs11-module", SOFTHSM, "--token", "line 1", "--pin-file", self.pin)

    def write_pin(self, pin):
        self.pin.write_text(pin + "\n")
        self.pin.chmod(0o600)

    def take_away(self):
        self.tokens.rename(self.folder / "away")
        self.tokens.mkdir()

    def bring_back(self):
        self.tokens.rmdir()
        (self.folder / "away").rename(self.tokens)

    def end(self):
        pass
