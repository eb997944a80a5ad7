# SPDX-License-Identifier: Apache-2.0
"""The module on a serial line as a kernel gives it, and its pins' options."""
import os
import pathlib
import select
import subprocess
import termios
import tty

from harness import BIN, PATIENCE, EndToEnd, Process, Vendor, eventually


class Hardware(EndToEnd):
    def setUp(self):
        super().setUp()
        vendor = Vendor(self.folder / "vendor", "Open", "Sim-1").create_ca()
        root = vendor.ca / "root.pem"
        self.identity = vendor.issue(1, "--endpoint", "staging.iot.localhost", "--root-ca", root)[0]

    def command(self, *options):
        return [BIN / "expresslink-module", "--identity", self.identity, "--state", self.folder / "state", *options]

    def line(self, fd):
        text = b""
        while not text.endswith(b"\n"):
            self.assertTrue(select.select([fd], [], [], PATIENCE)[0], text)
            text += os.read(fd, 1)
        return text

    def test_a_serial_line_at_115200_8n1_without_echo(self):
        host, port = os.openpty()
        tty.setraw(host)
        name = pathlib.Path(os.ttyname(port))
        module = Process(self.command("--serial", name), self.folder / "module.log")
        self.started.append(module)
        eventually(lambda: "ready: " + str(name) in module.log(), "the module has opened the line")
        _, _, control, local, in_speed, out_speed, _ = termios.tcgetattr(port)
        self.assertEqual((in_speed, out_speed), (termios.B115200, termios.B115200))
        self.assertEqual(control & (termios.CSIZE | termios.PARENB | termios.CSTOPB), termios.CS8)
        self.assertEqual(local & (termios.ECHO | termios.ICANON), 0)
        os.write(host, b"AT\r\nAT+CONF? TechSpec\r\n")
        self.assertEqual(self.line(host), b"OK\r\n")
        self.assertEqual(self.line(host), b"OK v1.2\r\n")
        os.close(port)
        os.close(host)
        eventually(lambda: module.child.poll() is not None, "the module ends with its line")
        self.assertEqual(module.child.returncode, 1, module.log())

    def test_a_pin_that_does_not_exist_is_named(self):
        for option in ("--event-pin", "--reset-pin", "--wake-pin"):
            done = subprocess.run(self.command("--stdio", option, "no-such-chip:5"), capture_output=True, text=True,
                                  stdin=subprocess.DEVNULL, timeout=PATIENCE)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("no-such-chip:5", done.stderr)

    def test_a_pin_is_a_chip_and_a_number(self):
        done = subprocess.run(self.command("--stdio", "--event-pin", "17"), capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=PATIENCE)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("CHIP:LINE", done.stderr)
