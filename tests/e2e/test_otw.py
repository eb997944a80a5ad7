# SPDX-License-Identifier: Apache-2.0
"""Guide 8.13: a module gets new firmware from its host, and whatever happens on the way, it is never without one."""
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import zlib

from harness import BIN, EndToEnd, Module, Process, Vendor, eventually, run
from test_kill_points import Control

MARK = b"XL-FIRMWARE-VERSION="
BLOCK = 9216
STEPS_MAX = 60  # more than an update has


def next_version(version, by):
    """As long as `version`."""
    major, minor, patch = version.split(".")
    return f"{major}.{minor}.{int(patch) + by}"


class Updated(EndToEnd):
    def setUp(self):
        super().setUp()
        self.vendor = Vendor(self.folder / "vendor").create_ca()
        self.plain = self.folder / "plain"  # the module without debug symbols
        run("strip", "-o", self.plain, BIN / "expresslink-module")
        self.version = run(BIN / "expresslink-module", "--version").stdout.strip()
        self.nobody = ("--endpoint", "staging.iot.localhost", "--root-ca", self.vendor.ca / "root.pem")

    def powered(self, identity=None, kind=Module, name="module", extra=()):
        state = self.folder / name
        state.mkdir()
        module = kind(identity or self.vendor.issue(1, *self.nobody)[0], 8883, *extra, state=state)
        self.started.append(module)
        return module.power_up()

    def program(self, by):
        """The module's own program with another version in it."""
        version = next_version(self.version, by)
        return self.program_of(version), version

    def program_of(self, version):
        """`version` is as long as the module's own."""
        patched = self.folder / f"program-{version}"
        content = self.plain.read_bytes()
        self.assertEqual(content.count(MARK + self.version.encode()), 1)
        patched.write_bytes(content.replace(MARK + self.version.encode(), MARK + version.encode()))
        patched.chmod(0o755)
        return patched

    def named(self, program, version):
        """A copy of any program that says that it is this version of a module's firmware."""
        named = self.folder / f"{pathlib.Path(program).name}-{version}"
        named.write_bytes(pathlib.Path(program).read_bytes() + MARK + version.encode() + b"\0")
        return named

    def sign(self, program, vendor=None):
        image = self.folder / f"{pathlib.Path(program).name}-{(vendor or self.vendor).name}.img"
        (vendor or self.vendor).factory("image", "sign", "--ca", (vendor or self.vendor).ca, "--program", program, "--out",
                                        image)
        return image

    def send(self, module, image, check=True):
        """As a vendor does, with the tool; the module's own line is closed meanwhile."""
        module.close()
        done = run(BIN / "expresslink-factory", "image", "send", module.link, image, check=check)
        module.open()
        return done

    def transfer(self, module, content, until=None):
        """As a host does: the answer to the last thing that was sent."""
        answer = module.at(f"AT+OTW {len(content)},{BLOCK}")
        for start in range(0, len(content) if until is None else until, BLOCK):
            if answer != "OK":
                return answer
            module.write(content[start:start + BLOCK])
            answer = module.line().decode()
        return module.line().decode() if until is None and answer == "OK" else answer

    def assert_runs(self, module, version):
        self.assertEqual(module.at("AT"), "OK")
        self.assertEqual(module.at("AT+CONF? Version"), f"OK {version}")


class Otw(Updated):
    # conformance: 204
    def test_new_firmware_runs_with_what_the_module_had_and_again_after_the_power_was_off(self):
        mine = self.powered()
        certificate = mine.at("AT+CONF? Certificate pem")
        mine.at("AT+CONF CustomName=kept")
        mine.at("AT+CONF Topic1=lost")
        mine.events()
        pid = mine.process.child.pid
        for by in (1, 2):  # the second from one slot to the other
            program, version = self.program(by)
            done = self.send(mine, self.sign(program))
            self.assertIn(f"version {version} runs", done.stdout)
            self.assert_runs(mine, version)
        self.assertEqual(mine.events(), ["2 0 STARTUP"])
        self.assertEqual(mine.at("AT+CONF? CustomName"), "OK kept")
        self.assertEqual(mine.at("AT+CONF? Topic1"), "OK")
        self.assertEqual(mine.at("AT+CONF? ThingName"), f"OK {mine.thing}")
        self.assertEqual(mine.at("AT+CONF? Certificate pem"), certificate)
        self.assertEqual(mine.process.child.pid, pid)
        self.assertEqual(mine.power_off(), 0)
        self.assertFalse(mine.link.is_symlink())
        mine.power_up()
        self.assert_runs(mine, version)

    def test_what_the_vendor_did_not_sign_for_this_module_is_refused_and_explained(self):
        mine = self.powered()
        program, _ = self.program(1)
        content = bytearray(self.sign(program).read_bytes())
        stranger = Vendor(self.folder / "stranger", name="Other").create_ca()
        self.assertIn("image is for Other - M-1, but the module is a ACME - M-1",
                      self.send(mine, self.sign(program, vendor=stranger), check=False).stderr)
        forger = Vendor(self.folder / "forger").create_ca()  # who calls himself the same
        done = self.send(mine, self.sign(program, vendor=forger), check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("ERR23 INVALID SIGNATURE. The image is signed with another key", done.stderr)
        damaged = self.folder / "damaged.img"
        content[len(content) // 2] ^= 1
        damaged.write_bytes(content)
        self.assertIn("ERR21 INVALID OTA UPDATE damaged. ", self.send(mine, damaged, check=False).stderr)
        cut = self.folder / "cut.img"
        cut.write_bytes(content[:-1])
        self.assertIn("was not copied whole", self.send(mine, cut, check=False).stderr)
        old = self.sign(self.program_of("0.0.9"))
        self.assertIn("ERR21 INVALID OTA UPDATE older than what runs. ", self.send(mine, old, check=False).stderr)
        self.assert_runs(mine, self.version)
        self.assertEqual(mine.at("AT+OTW 0"), "ERR4 PARAMETER ERROR")
        done = self.vendor.factory("image", "sign", "--ca", self.vendor.ca, "--program", shutil.which("false"), "--out",
                                   self.folder / "nothing", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("does not say which version it is; is it an expresslink-module?", done.stderr)
        self.assertFalse((self.folder / "nothing").exists())

    # conformance: 204
    def test_a_transfer_that_is_cut_off_leaves_the_old_firmware(self):
        mine = self.powered()
        program, _ = self.program(1)
        content = self.sign(program).read_bytes()
        mine.events()
        incoming = mine.state / "nv/firmware.incoming"
        self.assertEqual(self.transfer(mine, content, until=5 * BLOCK), "OK")
        self.assertTrue(incoming.exists())
        os.kill(mine.process.child.pid, signal.SIGUSR2)  # RST
        mine.eventually_event("2 0 STARTUP")
        self.assertFalse(incoming.exists())
        self.assert_runs(mine, self.version)
        self.assertEqual(self.transfer(mine, content, until=5 * BLOCK), "OK")
        mine.close()
        mine.process.kill()
        mine.power_up()
        self.assertFalse(incoming.exists())
        self.assert_runs(mine, self.version)

    def test_firmware_that_does_not_come_up_is_taken_back_without_anybodys_help(self):
        mine = self.powered()
        mine.at("AT+CONF CustomName=kept")
        _, version = self.program(1)
        for broken in (self.named(shutil.which("false"), version), "killed"):  # one that ends with an error, one that is ended by a signal
            if broken == "killed":
                broken = self.folder / "killed"
                content = bytearray(self.program_of(version).read_bytes())
                content[24:32] = bytes(8)  # it begins where nothing is to be executed
                broken.write_bytes(content)
            done = self.send(mine, self.sign(broken), check=False)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn(f"The module runs version {self.version}, not {version}", done.stderr)
            self.assert_runs(mine, self.version)
            self.assertEqual(mine.at("AT+CONF? CustomName"), "OK kept")
        self.assertRegex(mine.process.log(), r"(?s)given up.*ended with code 1.*given up.*ended (by signal 11|with code)")
        mine.power_off()
        mine.power_up()
        self.assert_runs(mine, self.version)

    def test_firmware_that_does_not_come_up_is_seen_when_whoever_started_the_module_ignores_children(self):
        mine = self.powered()
        mine.power_off()
        before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the module inherits it
        try:
            mine.power_up()
        finally:
            signal.signal(signal.SIGCHLD, before)
        broken = self.named(shutil.which("false"), self.program(1)[1])
        self.assertIn("the new firmware did not come up", self.send(mine, self.sign(broken), check=False).stderr)
        self.assert_runs(mine, self.version)
        self.assertIn("ended with code 1", mine.process.log())

    def test_a_host_that_comes_during_a_trial_after_a_power_cut_stays(self):
        mine = self.powered(extra=("--log-level", "debug"))
        program, version = self.program(1)
        self.send(mine, self.sign(program))
        mine.power_off()
        value = b"-a0"  # nothing but the installed program runs, a is to be tried, no try is counted
        sums = struct.pack(">II", len(value), zlib.crc32(value, zlib.crc32(b"platform.firmware")))
        (mine.state / "nv/platform.firmware.value").write_bytes(b"XLV1" + sums + value)
        said = len(mine.process.log())
        mine.process = Process(mine.process.command, mine.process.log_path)
        eventually(lambda: "new firmware is tried" in mine.process.log()[said:], "its trial")
        os.kill(mine.process.child.pid, signal.SIGUSR1)  # WAKE, which wakes nobody
        mine.open()
        self.assert_runs(mine, version)
        self.assertEqual(mine.events(), ["2 0 STARTUP"])
        trial, after = mine.process.log()[said:].split("new firmware runs from now on")
        self.assertIn("EVENT pin level=low", trial)
        self.assertNotIn("EVENT pin level=high", trial)
        self.assertIn("EVENT pin level=high", after)

    def test_an_image_that_the_disk_has_changed_is_not_started(self):
        mine = self.powered()
        program, version = self.program(1)
        self.send(mine, self.sign(program))
        mine.power_off()
        slot = mine.state / "nv/firmware.a"
        content = bytearray(slot.read_bytes())
        content[len(content) // 2] ^= 1
        slot.write_bytes(content)
        mine.power_up()
        self.assert_runs(mine, self.version)
        self.assertIn("the updated one is damaged", mine.process.log())
        self.send(mine, self.sign(program))
        self.assert_runs(mine, version)

    def started_on(self, *line):
        """The number that ends the name of the line of a module that has been started with it."""
        identity, = self.vendor.issue(1, *self.nobody)
        process = Process([BIN / "expresslink-module", "--identity", identity, "--state", self.folder / "nv", *line],
                          self.folder / "module.log")
        self.started.append(process)
        return eventually(lambda: re.search(r"ready: \S*?(\d+)\n", process.log()), "its line").group(1)

    def update_over(self, sent, received):
        program, version = self.program(1)
        content = self.sign(program).read_bytes()
        sent.write(b"AT+OTW\r\n")  # the image tells its size
        self.assertEqual(received.readline(), b"OK\r\n")
        for start in range(0, len(content), 2048):
            sent.write(content[start:start + 2048])
            self.assertEqual(received.readline(), b"OK\r\n")
        self.assertEqual(received.readline(), b"OK COMPLETE\r\n")
        sent.write(b"AT+CONF? Version\r\n")
        self.assertEqual(received.readline(), f"OK {version}\r\n".encode())

    def test_a_host_on_tcp_keeps_its_connection(self):
        port = self.started_on("--tcp", "127.0.0.1:0")
        with socket.create_connection(("127.0.0.1", int(port)), 60) as host, host.makefile("rwb", 0) as line:
            self.update_over(line, line)

    def test_a_host_on_a_serial_line_keeps_it(self):
        host, device = os.openpty()
        self.started_on("--serial", os.ttyname(device))
        os.close(device)  # the module's own descriptor alone keeps the line up
        with os.fdopen(host, "r+b", 0) as line:
            self.update_over(line, line)

    def test_a_host_at_standard_input_and_output_goes_on(self):
        identity, = self.vendor.issue(1, *self.nobody)
        with open(self.folder / "module.log", "wb") as log, subprocess.Popen(
                [BIN / "expresslink-module", "--identity", identity, "--state", self.folder / "nv", "--stdio"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, bufsize=0) as module:
            self.update_over(module.stdin, module.stdout)

    def test_a_new_key_counts_once_the_module_has_its_certificate(self):
        mine = self.powered()
        program, version = self.program(1)
        self.vendor.factory("image", "new-key", "--ca", self.vendor.ca)
        image = self.sign(program)
        self.assertIn("ERR23", self.send(mine, image, check=False).stderr)
        mine.write(b"AT+CONF OTAcertificate=pem\r" + (self.vendor.ca / "firmware.pem").read_bytes())
        self.assertEqual(mine.line(), b"OK")
        self.send(mine, image)
        self.assert_runs(mine, version)

    def test_a_module_of_an_older_factory_gets_its_first_certificate_from_its_host(self):
        identity, = self.vendor.issue(1, *self.nobody)
        (identity / "ota-certificate.pem").unlink()
        mine = self.powered(identity)
        program, version = self.program(1)
        image = self.sign(program)
        self.assertIn("ERR23 INVALID SIGNATURE OTAcertificate is empty", self.send(mine, image, check=False).stderr)
        mine.write(b"AT+CONF OTAcertificate=pem\r" + (self.vendor.ca / "firmware.pem").read_bytes())
        self.assertEqual(mine.line(), b"OK")
        self.send(mine, image)
        self.assert_runs(mine, version)


class MortalModule(Module):
    """Dies, or its firmware on trial does, at a step with which something is stored."""
    control = None

    def environment(self):
        self.control = self.control or Control(self.state / "control", "kill_at_write.so")
        return self.control.environment


class OtwPoints(Updated):
    def test_there_is_a_firmware_whatever_step_is_the_last(self):
        program, version = self.program(1)
        content = self.sign(program).read_bytes()
        for moment in ("before", "after"):
            for number in range(1, STEPS_MAX):
                mine = self.powered(kind=MortalModule, name=f"{moment}-{number}")
                mine.control.arm(moment, number)
                is_told = self.update(mine, content)
                has_died = mine.process.child.poll() is not None
                killed = mine.control[Control.KILLS]
                mine.control.disarm()
                if has_died:
                    mine.close()
                    mine.power_up()
                runs = mine.at("AT+CONF? Version")
                self.assertIn(runs, (f"OK {self.version}", f"OK {version}"), f"{moment} {number}")
                if is_told and has_died or not killed:
                    self.assertEqual(runs, f"OK {version}", f"{moment} {number}: it was told")
                mine.power_off()
                if not killed:
                    break
            print(f"died {moment} {number - 1} steps")
            self.assertGreater(number, 10)

    def update(self, module, content):
        """Whether the host was told that it is complete."""
        is_told = False
        try:
            is_told = self.transfer(module, content) == "OK COMPLETE"
            module.at("AT")
        except (OSError, AssertionError):
            module.process.child.wait(5)  # nothing else has silenced it
        return is_told
