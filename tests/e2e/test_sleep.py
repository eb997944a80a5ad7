# SPDX-License-Identifier: Apache-2.0
"""Guide 4.7.4: a module that sleeps does nothing at all, and wakes for what its mode names."""
import os
import pathlib
import signal
import time

from harness import EndToEnd, Vendor, eventually

LOOKED_AT = 1.5  # seconds of sleep in which nothing may run


class Sleep(EndToEnd):
    def setUp(self):
        super().setUp()
        cloud = self.cloud()
        vendor = Vendor(self.folder / "vendor").create_ca().enroll(cloud)
        self.mine = self.module(vendor.issue_for(cloud)[0], cloud)
        self.mine.connect()  # so that every part of the program, the resolver's thread included, has been at work
        self.assertEqual(self.mine.at("AT+DISCONNECT"), "OK 0 DISCONNECTED")

    def turns(self):
        """How often any thread of the module has begun to run."""
        count = 0
        for task in pathlib.Path(f"/proc/{self.mine.process.child.pid}/task").iterdir():
            lines = (task / "status").read_text().splitlines()
            count += sum(int(line.split()[1]) for line in lines if "ctxt_switches" in line)
        return count

    def assert_rests(self):
        eventually(lambda: self.mine.process.log().count("asleep") > self.mine.process.log().count("awake"), "it sleeps")
        time.sleep(0.2)
        before = self.turns()
        time.sleep(LOOKED_AT)
        self.assertEqual(self.turns(), before, "something ran while the module slept")

    def signal(self, number):
        os.kill(self.mine.process.child.pid, number)

    # conformance: 76 77 82
    def test_light_sleep_ends_with_a_command_or_the_wake_pin_and_keeps_the_topics(self):
        self.mine.at("AT+CONF Topic1=t")
        self.assertEqual(self.mine.at("AT+SLEEP"), "OK 0")
        self.assert_rests()
        self.assertEqual(self.mine.at("AT+CONF? Topic1"), "OK t")
        self.assertEqual(self.mine.events(), ["2 0 STARTUP"])
        self.assertEqual(self.mine.at("AT+SLEEP 3600"), "OK 0")
        self.assert_rests()
        self.signal(signal.SIGUSR1)
        eventually(lambda: self.mine.process.log().count("awake") == 2, "the WAKE pin wakes")
        self.assertEqual(self.mine.events(), ["2 0 STARTUP"])
        self.assertEqual(self.mine.at("AT+CONNECT"), "OK 1 CONNECTED")
        self.assertEqual(self.mine.at("AT+SLEEP"), "ERR18 ACTIVE CONNECTION")

    # conformance: 75 77 78
    def test_deep_sleep_hears_no_command_and_ends_with_time_or_pins(self):
        for wake, how in (("AT+SLEEP1 4", None), ("AT+SLEEP1", signal.SIGUSR1), ("AT+SLEEP1", signal.SIGUSR2)):
            with self.subTest(wake=wake, how=how):
                self.mine.at("AT+CONF Topic1=t")
                self.assertEqual(self.mine.at(wake), "OK 1")
                self.mine.write(b"AT+CONF CustomName=lost\n")
                self.assert_rests()
                self.assertTrue(self.mine.silent(0))
                if how:
                    self.signal(how)
                eventually(lambda: self.mine.process.log().count("asleep") == self.mine.process.log().count("awake"),
                           "it wakes")
                self.assertEqual(self.mine.events(), ["2 0 STARTUP"])
                self.assertEqual(self.mine.at("AT+CONF? Topic1"), "OK")
                self.assertEqual(self.mine.at("AT+CONF? CustomName"), "OK")

    def test_a_sleeping_module_ends_like_any_other(self):
        self.assertEqual(self.mine.at("AT+SLEEP9"), "OK 1")
        self.assert_rests()
        self.assertEqual(self.mine.power_off(), 0)
