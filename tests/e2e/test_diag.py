# SPDX-License-Identifier: Apache-2.0
"""Guide 7.3.1: what a module tells of its surroundings when its host asks."""
import re
import socket
import time

from harness import EndToEnd, Vendor

PASSPHRASE = "its secret passphrase"


class Diag(EndToEnd):
    def setUp(self):
        super().setUp()
        self.real_cloud = self.cloud()
        self.vendor = Vendor(self.folder / "vendor").create_ca().enroll(self.real_cloud)
        self.air = self.folder / "air"
        self.air.write_text(f"guests\t\t-70\nthe house\t{PASSPHRASE}\t-40\n")

    def powered(self, *options):
        kit = self.module(self.vendor.issue()[0], self.real_cloud, *options)
        kit.events()
        return kit

    def answer(self):
        """How PING answers here: by an echo, where the kernel lets programs send one."""
        try:
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP).close()
        except PermissionError:
            return rf"OK Received response of TCP port {self.mine.port} in \d+ms"
        return r"OK Received ping response in \d+ms"

    # conformance: 169
    def test_ping_measures_a_round_trip_connected_or_not(self):
        self.mine = self.powered()
        for _ in range(2):
            for host in ("127.0.0.1", "localhost", self.real_cloud.staging_endpoint()):
                self.assertRegex(self.mine.at(f"AT+DIAG PING {host}"), rf"\A{self.answer()}\Z")
            self.mine.connect()
        self.assertEqual(self.mine.at("AT+CONNECT?"), "OK 1 0 CONNECTED STAGING")
        self.assertEqual(self.mine.at("AT+EVENT?"), "OK")
        self.assertRegex(self.mine.at("AT+DIAG PING 255.255.255.255"), r"\AERR14 3 UNABLE TO CONNECT \S")
        self.assertEqual(self.mine.at("AT+DIAG SCAN 5"), "ERR17 MODE NOT AVAILABLE No radio")

    def test_a_host_that_says_nothing_is_given_up_and_the_module_goes_on_meanwhile(self):
        """A listener whose queue is full drops what comes: no answer, no refusal."""
        self.mine = self.powered()
        if "TCP" not in self.answer():
            host = "192.0.2.1"  # nobody's; source: RFC 5737
        else:
            host = "127.0.0.77"
            deaf = socket.socket()
            deaf.bind((host, self.mine.port))
            deaf.listen(0)
            self.addCleanup(deaf.close)
            for _ in range(4):
                caller = socket.socket()
                caller.setblocking(False)
                caller.connect_ex((host, self.mine.port))
                self.addCleanup(caller.close)
        self.mine.connect()
        started = time.monotonic()
        self.mine.write(f"AT+DIAG PING {host}\nAT+CONNECT?\n".encode())
        self.assertRegex(self.mine.line().decode(), r"\AERR14 3 UNABLE TO CONNECT \S")
        self.assertLess(time.monotonic() - started, 60)
        self.assertEqual(self.mine.line(), b"OK 1 0 CONNECTED STAGING", "typed meanwhile, answered afterwards")

    # conformance: 169
    def test_scan_tells_what_is_on_the_air(self):
        self.mine = self.powered("--wifi", f"simulator:{self.air}")
        self.assertEqual(self.mine.at("AT+DIAG SCAN 5"), r"OK -40db the house\A-70db guests")
        self.assertEqual(self.mine.at("AT+DIAG PING 127.0.0.1"), "ERR14 2 UNABLE TO CONNECT Failed to access network")
        self.mine.at("AT+CONF SSID=the house")
        self.mine.at(f"AT+CONF Passphrase={PASSPHRASE}")
        self.assertRegex(self.mine.at("AT+DIAG PING 127.0.0.1"), rf"\A{self.answer()}\Z")
        self.air.write_text("")
        self.assertEqual(self.mine.at("AT+DIAG SCAN 5"), "OK")

    def test_the_log_tells_more_or_less_but_no_secret(self):
        self.mine = self.powered("--wifi", f"simulator:{self.air}")
        self.mine.at("AT+CONF SSID=the house")
        self.mine.at("AT+CONF Passphrase=mistyped")
        refusal = "the network refuses the passphrase"
        for verbosity, count in ((0, 0), (9, 1)):
            self.assertEqual(self.mine.at(f"AT+DIAG LOG {verbosity}"), "OK")
            self.assertTrue(self.mine.at("AT+DIAG PING 127.0.0.1").startswith("ERR14 2 "))
            self.assertEqual(bool(re.search(refusal, self.mine.process.log())), count > 0)
        self.mine.at(f"AT+CONF Passphrase={PASSPHRASE}")
        self.mine.connect()
        for secret in (PASSPHRASE, "mistyped"):
            self.assertNotIn(secret, self.mine.process.log())
